// Lets the embedded database live through days of signals in minutes, then kills it: npm run months -- --days 30
import { runProgram } from "./lib/run-program.mjs";

runProgram("months", "tests/months/main.ts");

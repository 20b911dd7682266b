// Disturbs three of four markets over real sockets, and tells what the others notice: npm run markets -- --minutes 60 --speed 10
import { runProgram } from "./lib/run-program.mjs";

runProgram("markets", "tests/markets/main.ts");

// Fetches a mirror of dumps under kills, and compares every kline: npm run history -- --symbols 50 --months 24
import { runProgram } from "./lib/run-program.mjs";

runProgram("history", "tests/history/main.ts");

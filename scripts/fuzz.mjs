// A million generated requests and frames against the server: npm run fuzz [-- COUNT [SEED]]
import { runProgram } from "./lib/run-program.mjs";

runProgram("fuzz", "tests/fuzz/fuzz.ts");

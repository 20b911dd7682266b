// Generated filters that do much or do it oddly, in both engines: npm run programs [-- COUNT [SEED]]
import { runProgram } from "./lib/run-program.mjs";

runProgram("programs", "tests/programs/programs.ts");

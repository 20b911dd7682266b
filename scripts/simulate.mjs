// Runs the simulation in tests/simulation: npm run simulate -- --seed 1234 --hours 24
import { runProgram } from "./lib/run-program.mjs";

runProgram("simulate", "tests/simulation/main.ts");

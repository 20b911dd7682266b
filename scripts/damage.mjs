// Cuts files of a killed embedded database, and opens it: npm run damage -- --cuts 50 --seed 1
import { runProgram } from "./lib/run-program.mjs";

runProgram("damage", "tests/damage/main.ts");

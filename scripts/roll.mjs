// Restarts and kills two servers behind the kit's proxy, under traffic: npm run roll -- --connections 500
import { runProgram } from "./lib/run-program.mjs";

runProgram("roll", "tests/deploy/roll/main.ts");

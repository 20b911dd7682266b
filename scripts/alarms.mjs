// Causes every alert of the kit for real, and prints what fired, when and beside what: npm run alarms [-- --only NAMES --factor 10 --at-once 2]
import { runProgram } from "./lib/run-program.mjs";

runProgram("alarms", "tests/deploy/alarms/main.ts");

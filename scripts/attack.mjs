// What a healthy user sees while another one misbehaves: npm run attack [-- --seconds 30 --only NAME | --memory]
import { runProgram } from "./lib/run-program.mjs";

runProgram("attack", "tests/attack/main.ts");

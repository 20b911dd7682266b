// Each member of each message with each nasty value, over real sockets: npm run borders
import { runProgram } from "./lib/run-program.mjs";

runProgram("borders", "tests/borders/over-sockets.ts");

// Kills the nodes of a cluster over NATS in turn, and compares what is left with the exchange: npm run cluster -- --minutes 120
import { runProgram } from "./lib/run-program.mjs";

runProgram("cluster", "tests/cluster/main.ts");

// Computes what a plan takes, from what the benchmarks measured: npm run scaling -- --clients 50000 --vcpu-hour 0.04
import { runProgram } from "./lib/run-program.mjs";

runProgram("scaling", "bench/lib/scaling-plan.ts");

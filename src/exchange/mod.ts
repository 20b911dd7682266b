export { createExchange, type Exchange } from "./exchange.ts";
export { faultsHelp } from "./faults/help.ts";
export { parseFaults } from "./faults/plan.ts";
export { createInProcessExchange, type InProcessExchange } from "./in-process/exchange.ts";

export type { PlantedFault } from "./dumps/planted-fault.ts";
export { writeDumps } from "./dumps/write-dumps.ts";
export { createExchange, type Exchange } from "./exchange.ts";
export { faultsHelp } from "./faults/help.ts";
export { parseFaults } from "./faults/plan.ts";
export { createInProcessExchange, type InProcessExchange } from "./in-process/exchange.ts";

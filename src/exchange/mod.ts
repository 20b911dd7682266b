export { createExchange, type Exchange } from "./exchange.ts";
export { createInProcessExchange, type InProcessExchange } from "./in-process/exchange.ts";

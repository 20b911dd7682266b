export { createExchange, type Exchange } from "./exchange.ts";

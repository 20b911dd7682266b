export { createExchange, type Exchange, type ExchangeOptions } from "./exchange.ts";

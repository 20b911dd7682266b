import { nearest, type Symbol } from "../core/mod.ts";
import type { MarketStore } from "../store/mod.ts";
import { RequestProblem } from "./problem.ts";

/** The symbols that are meant, all of which must be followed. */
export function followed(symbols: readonly Symbol[] | "*", store: MarketStore): Symbol[] {
  if (symbols === "*") return store.symbols().map((info) => info.symbol);
  const unknown = symbols.find((symbol) => !store.hasSymbol(symbol));
  if (unknown !== undefined) throw unknownSymbol(unknown, store);
  return [...symbols];
}

/** Seconds after which the list of symbols may be there. */
const LIST_WITHIN_SECONDS = 5;

/**
 * The problem of a symbol that isn't followed, with the nearest that is. While none is known, because the exchange hasn't been reached yet,
 * it isn't known either whether this one is followed.
 */
export function unknownSymbol(symbol: Symbol, store: MarketStore): RequestProblem {
  const names = store.symbols().map((info) => info.symbol as string);
  if (names[0] === undefined) {
    const detail = `it isn't known yet whether ${symbol} is followed: the exchange's list of symbols has not been read`;
    return new RequestProblem("not_ready", detail, LIST_WITHIN_SECONDS);
  }
  const near = nearest(symbol, names, 1);
  const example = `${names.length}, for example ${names[0]}`;
  const hint = near === undefined ? "" : `did you mean ${near}? `;
  return new RequestProblem(
    "unknown_symbol",
    `${symbol} is not followed here: ${hint}GET /symbols lists those that are (${example})`,
  );
}

import type { Symbol } from "../core/mod.ts";
import type { MarketStore } from "../store/mod.ts";
import { RequestProblem } from "./problem.ts";
import { nearest } from "./router.ts";

/** The symbols that are meant, all of which must be followed. */
export function followed(symbols: readonly Symbol[] | "*", store: MarketStore): Symbol[] {
  if (symbols === "*") return store.symbols().map((info) => info.symbol);
  const unknown = symbols.find((symbol) => !store.hasSymbol(symbol));
  if (unknown !== undefined) throw unknownSymbol(unknown, store);
  return [...symbols];
}

/** The problem of a symbol that isn't followed, with the nearest that is. */
export function unknownSymbol(symbol: Symbol, store: MarketStore): RequestProblem {
  const names = store.symbols().map((info) => info.symbol as string);
  const near = nearest(symbol, names, 2) ?? names.find((name) => name.startsWith(symbol));
  const example = names[0] === undefined ? "none yet" : `${names.length}, for example ${names[0]}`;
  const hint = near === undefined ? "" : `did you mean ${near}? `;
  return new RequestProblem(
    "unknown_symbol",
    `${symbol} is not followed here: ${hint}GET /symbols lists those that are (${example})`,
  );
}

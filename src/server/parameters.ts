import { type Interval, isInterval, isSymbolText, parseSymbol, type Symbol } from "../core/mod.ts";
import type { MarketStore } from "../store/mod.ts";
import { RequestProblem } from "./problem.ts";

/** The klines that an answer holds when the caller doesn't say. */
export const DEFAULT_LIMIT = 100;

/** What a query may hold for one series. Times are open times in Unix milliseconds, both included. */
export interface KlineParameters {
  readonly limit: number;
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly closedOnly: boolean;
}

/** The query of a URL; parameters that the route doesn't know are refused, so that a slip of the pen is noticed. */
export function queryOf(url: string, known: readonly string[]): URLSearchParams {
  const mark = url.indexOf("?");
  if (mark < 0) return new URLSearchParams();
  const query = new URLSearchParams(url.slice(mark + 1));
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    const takes = known.length === 0 ? "this route takes none" : `known are ${known.join(", ")}`;
    throw invalid(`unknown parameter "${shortened(name)}": ${takes}`);
  }
  return query;
}

/** Reads `limit`, `startTime`, `endTime` and `closed`. */
export function klineParameters(query: URLSearchParams, capacity: number): KlineParameters {
  const startTime = momentParameter(query, "startTime");
  const endTime = momentParameter(query, "endTime");
  if (startTime !== undefined && endTime !== undefined && startTime > endTime) {
    throw invalid(`startTime ${startTime} lies after endTime ${endTime}: expected startTime to be the earlier one`);
  }
  return { limit: limitParameter(query, capacity), startTime, endTime, closedOnly: flagParameter(query, "closed") };
}

/** Reads `limit`: 1 to the capacity; {@link DEFAULT_LIMIT} (or the capacity, if that is less) when absent. */
export function limitParameter(query: URLSearchParams, capacity: number): number {
  const text = query.get("limit");
  if (text === null) return Math.min(DEFAULT_LIMIT, capacity);
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(limit >= 1 && limit <= capacity)) {
    throw invalid(`limit is "${shortened(text)}": expected a whole number from 1 to ${capacity}`);
  }
  return limit;
}

/** Reads `true` or `false`; false when absent. */
export function flagParameter(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text === null || text === "false") return false;
  if (text === "true") return true;
  throw invalid(`${name} is "${shortened(text)}": expected true or false`);
}

/** Reads a list of symbols, or undefined when absent; `*` means all. */
export function symbolsParameter(query: URLSearchParams, store: MarketStore): Symbol[] | undefined {
  const text = query.get("symbols");
  if (text === null) return undefined;
  if (text === "*") return store.symbols().map((info) => info.symbol);
  return [...new Set(text.split(",").map((name) => knownSymbol(name.trim(), store)))];
}

/** Reads a list of intervals. */
export function intervalsParameter(query: URLSearchParams, store: MarketStore): Interval[] {
  const text = query.get("intervals");
  if (text === null) throw invalid(`intervals is missing: expected a list of ${store.served.join(", ")}`);
  return [...new Set(text.split(",").map((name) => knownInterval(name.trim(), store)))];
}

/** A symbol that is followed. Throws `invalid_parameter` for what can't be one, `unknown_symbol` for what isn't followed. */
export function knownSymbol(text: string, store: MarketStore): Symbol {
  if (!isSymbolText(text)) {
    throw invalid(`"${shortened(text)}" is not a symbol: expected letters and digits such as BTCUSDT`);
  }
  const symbol = parseSymbol(text);
  if (store.hasSymbol(symbol)) return symbol;
  const followed = store.symbols();
  const example = followed[0] === undefined ? "none yet" : `${followed.length}, for example ${followed[0].symbol}`;
  throw new RequestProblem(
    "unknown_symbol",
    `${symbol} is not followed here: GET /symbols lists those that are (${example})`,
  );
}

/** An interval that is served. Throws `unknown_interval` that lists them. */
export function knownInterval(text: string, store: MarketStore): Interval {
  if (isInterval(text) && store.served.includes(text)) return text;
  throw new RequestProblem(
    "unknown_interval",
    `"${shortened(text)}" is not served: expected one of ${store.served.join(", ")} (1m is a minute, 1M a month)`,
  );
}

function momentParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,16}$/.test(text) || Number(text) > 8.64e15) {
    throw invalid(`${name} is "${shortened(text)}": expected Unix milliseconds such as 1760000000000`);
  }
  return Number(text);
}

function invalid(detail: string): RequestProblem {
  return new RequestProblem("invalid_parameter", detail);
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

import * as v from "valibot";
import { type Interval, isInterval, type Symbol, type SymbolInfo, symbolAt } from "../../../core/mod.ts";
import type { MarketStore, Series } from "../../../store/mod.ts";
import { optional, type Parameter } from "../../parameter.ts";
import { BinanceFault, missing } from "./fault.ts";

/** A parameter whose text the handler reads itself, to refuse it in Binance's words. */
function text(says: string, expected: string): Parameter<string | undefined> {
  return optional("text", v.string(), undefined, { says, expected });
}

type Name = "symbol" | "symbols" | "interval" | "startTime" | "endTime" | "limit" | "timeZone" | "type" | "windowSize";

/** The parameters of the façade's routes. */
export const QUERY: Readonly<Record<Name, Parameter<string | undefined>>> = {
  symbol: text("The exchange's own name of a symbol", "a name such as BTCUSDT"),
  symbols: text("Several of them", 'a JSON array such as ["BTCUSDT","ETHUSDT"]'),
  interval: text("The klines' interval", "one that this server keeps, such as 1m"),
  startTime: text("The first open time", "Unix milliseconds"),
  endTime: text("The last open time", "Unix milliseconds"),
  limit: text("How many rows there may be; 500 unless given", "a whole number from 1 on"),
  timeZone: text("Where days begin", "0, as all candles are UTC"),
  type: text("How much a ticker has", "FULL or MINI"),
  windowSize: text(
    "How long before now the ticker's window begins; 1d unless given",
    "1m to 59m, 1h to 23h or 1d to 7d",
  ),
};

/** The characters that names of symbols have (Binance spot API, 2026-07). */
const NAME = "^[\\\\w\\\\-._&&[^a-z]]{1,50}$";

/** A symbol by the exchange's own name. Throws {@link BinanceFault}. */
export function symbolAsked(name: string | undefined, store: MarketStore): Symbol {
  if (name === undefined || name === "") throw missing("symbol");
  const symbol = symbolAt(store.market, name);
  if (symbol === undefined) {
    throw new BinanceFault(
      "invalid_parameter",
      -1100,
      `Illegal characters found in parameter 'symbol'; legal range is '${NAME}'.`,
    );
  }
  if (store.hasSymbol(symbol)) return symbol;
  if (store.symbols().length === 0) {
    throw new BinanceFault("not_ready", -1001, "The exchange's list of symbols has not been read yet.", 5);
  }
  throw new BinanceFault("unknown_symbol", -1121, "Invalid symbol.");
}

/** What is known of the symbols that a query means: one, several, or all. Throws {@link BinanceFault}. */
export function symbolsAsked(
  { symbol, symbols }: { readonly symbol: string | undefined; readonly symbols: string | undefined },
  store: MarketStore,
): readonly SymbolInfo[] {
  if (symbol !== undefined && symbols !== undefined) {
    throw new BinanceFault("invalid_parameter", -1128, "Combination of optional parameters invalid.");
  }
  if (symbol === undefined && symbols === undefined) return store.symbols();
  const names = symbol !== undefined ? [symbol] : namesIn(symbols ?? "");
  const asked = new Set(names.map((name) => symbolAsked(name, store)));
  return store.symbols().filter((info) => asked.has(info.symbol));
}

/** Symbols that one request for windows may name (Binance spot API, 2026-07). */
export const MOST_NAMED = 100;

/** The symbols that a query names, in its order: one or several, not none. Throws {@link BinanceFault}. */
export function symbolsNamed(
  { symbol, symbols }: { readonly symbol: string | undefined; readonly symbols: string | undefined },
  store: MarketStore,
): readonly Symbol[] {
  if (symbol !== undefined && symbols !== undefined) {
    throw new BinanceFault("invalid_parameter", -1128, "Combination of optional parameters invalid.");
  }
  if (symbols === undefined) {
    if (symbol !== undefined && symbol !== "") return [symbolAsked(symbol, store)];
    const words = "Param 'symbol' or 'symbols' must be sent, but both were empty/null!";
    throw new BinanceFault("invalid_parameter", -1102, words);
  }
  const names = namesIn(symbols);
  if (names.length === 0) throw new BinanceFault("invalid_parameter", -1105, "Parameter 'symbols' was empty.");
  if (names.length > MOST_NAMED) {
    const words = `Too many values sent for parameter 'symbols', maximum allowed up to ${MOST_NAMED}.`;
    throw new BinanceFault("invalid_parameter", -1101, words);
  }
  if (new Set(names).size < names.length) {
    throw new BinanceFault("invalid_parameter", -1151, "Symbol is present multiple times in the list.");
  }
  return names.map((name) => symbolAsked(name, store));
}

/** Whether a ticker is to be short: FULL unless given, or MINI. Throws {@link BinanceFault}. */
export function isMiniAsked(type: string | undefined): boolean {
  if (type === undefined || type === "FULL" || type === "MINI") return type === "MINI";
  throw new BinanceFault("invalid_parameter", -1139, "Invalid ticker type.");
}

/** How many symbols a query means, before it is known whether there are such. */
export function countSymbols(
  { symbol, symbols }: { readonly symbol: string | undefined; readonly symbols: string | undefined },
  store: MarketStore,
): number {
  if (symbol !== undefined) return 1;
  return symbols === undefined ? store.symbols().length : symbols.split(",").length;
}

function namesIn(symbols: string): readonly string[] {
  let names: unknown;
  try {
    names = JSON.parse(symbols);
  } catch {
    names = undefined;
  }
  if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
  throw new BinanceFault(
    "invalid_parameter",
    -1100,
    "Illegal characters found in parameter 'symbols'; legal range is a JSON array.",
  );
}

/** The series of a symbol. Throws {@link BinanceFault} for an interval that isn't one, or that isn't kept. */
export function seriesAsked(symbol: Symbol, interval: string | undefined, store: MarketStore): Series {
  if (interval === undefined || interval === "") throw missing("interval");
  if (!isInterval(interval)) throw new BinanceFault("unknown_interval", -1120, "Invalid interval.");
  const series = isServed(interval, store) ? store.series(symbol, interval) : undefined;
  if (series !== undefined) return series;
  const served = store.served.join(", ");
  throw new BinanceFault("unknown_interval", -1120, `Invalid interval. This server keeps ${served}.`);
}

function isServed(interval: Interval, store: MarketStore): boolean {
  return store.served.includes(interval);
}

/** A whole number that may be left out. Throws {@link BinanceFault}. */
export function wholeNumber(name: string, given: string | undefined): number | undefined {
  if (given === undefined || given === "") return undefined;
  if (/^\d{1,20}$/.test(given)) return Math.min(Number(given), Number.MAX_SAFE_INTEGER);
  throw new BinanceFault(
    "invalid_parameter",
    -1100,
    `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`,
  );
}

/** The rows that are asked for; what is over the exchange's own bound counts as that. Throws {@link BinanceFault}. */
export function limitAsked(given: string | undefined, most: number): number {
  const limit = Math.min(most, wholeNumber("limit", given) ?? DEFAULT_ROWS);
  if (limit > 0) return limit;
  throw new BinanceFault("invalid_parameter", -1130, "Data sent for parameter 'limit' is not valid.");
}

/** Rows in an answer when nobody says (Binance spot API, 2026-07). */
const DEFAULT_ROWS = 500;

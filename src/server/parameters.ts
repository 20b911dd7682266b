import * as v from "valibot";
import {
  type Interval,
  isSymbolText,
  MARKET_IDS,
  type MarketId,
  parseSymbol,
  type Symbol,
  wildcardIn,
} from "../core/mod.ts";
import { listOf, momentInputSchema } from "../wire/mod.ts";
import { inPath, optional, type Parameter, required } from "./parameter.ts";
import type { SymbolsAsked } from "./symbols-asked.ts";

/** The klines that an answer holds when the caller doesn't say. */
export const DEFAULT_LIMIT = 100;

/** The most names in one list, the same ones counted again: they are counted before any of them is looked at. */
export const MAX_LIST = 2_000;

/** Which klines of one series are wanted. Times are open times in Unix milliseconds, both included. */
export interface KlineParameters {
  readonly limit: number;
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly closedOnly: boolean;
  /** All of it in one text: answers are kept by it. */
  readonly shape: string;
}

/** Puts together what a query said of the klines that are wanted. */
export function klineParameters(
  limit: number,
  closedOnly: boolean,
  startTime?: number | undefined,
  endTime?: number | undefined,
): KlineParameters {
  const shape = `${limit} ${startTime ?? ""} ${endTime ?? ""} ${closedOnly}`;
  return { limit, startTime, endTime, closedOnly, shape };
}

const symbolText: v.GenericSchema<unknown, Symbol> = v.pipe(
  v.string(),
  v.check(isSymbolText),
  v.transform((text) => parseSymbol(text)),
);
/** A list of texts, each once. */
const shortList = v.pipe(
  listOf(v.string(), MAX_LIST),
  v.transform((names) => [...new Set(names)]),
);

const SYMBOL_EXPECTED = "letters and digits such as BTCUSDT";

/** The parameters that several routes share, made for what this server serves. */
export interface MarketParameters {
  readonly symbol: Parameter<Symbol>;
  readonly interval: Parameter<Interval>;
  readonly limit: Parameter<number>;
  /** Of one series, which may reach beyond memory. */
  readonly longLimit: Parameter<number>;
  readonly startTime: Parameter<number | undefined>;
  readonly endTime: Parameter<number | undefined>;
  readonly closed: Parameter<boolean>;
  readonly symbols: Parameter<SymbolsAsked>;
  readonly someSymbols: Parameter<SymbolsAsked | undefined>;
  readonly market: Parameter<MarketId | undefined>;
  readonly someMarket: Parameter<MarketId | "all" | undefined>;
  readonly intervals: Parameter<readonly Interval[]>;
}

/**
 * Makes the parameters. `capacity`: the most klines of a series that memory holds; `longest`: the most that an answer of one series can
 * hold.
 */
export function marketParameters(
  served: readonly Interval[],
  capacity: number,
  longest: number = capacity,
): MarketParameters {
  const served_ = `one of ${served.join(", ")} (1m is a minute, 1M a month)`;
  const intervalSchema = v.picklist(served);
  const limitUpTo = (most: number): Parameter<number> =>
    optional(
      "number",
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most)),
      Math.min(DEFAULT_LIMIT, capacity),
      { says: "maximum number of klines per series", expected: `a whole number from 1 to ${most}` },
    );
  const moment = (edge: string): Parameter<number | undefined> =>
    optional("moment", momentInputSchema, undefined, {
      says: `open time of the ${edge} kline, included; Unix milliseconds, or ISO 8601 with a zone`,
      expected: "Unix milliseconds such as 1760000000000, or ISO 8601 such as 2026-02-10T00:00Z",
    });
  const symbolList = v.pipe(
    shortList,
    v.array(
      v.pipe(
        v.string(),
        v.check((text) => wildcardIn(text) !== undefined || isSymbolText(text)),
      ),
    ),
    v.transform((names): SymbolsAsked => [...new Set(names.map((name) => wildcardIn(name) ?? parseSymbol(name)))]),
  );
  const ofSymbols = {
    says: "symbols, separated by commas, or * for all; BYBIT:*, BYBIT:*.P or *:* for those of other markets",
    expected: "a list such as BTCUSDT,ETHUSDT, or *",
  };
  return {
    symbol: inPath(symbolText, { says: "a symbol, in either case", expected: SYMBOL_EXPECTED }),
    interval: inPath(intervalSchema, {
      says: "an interval; case matters",
      expected: served_,
      code: "unknown_interval",
    }),
    limit: limitUpTo(capacity),
    longLimit: limitUpTo(longest),
    startTime: moment("first"),
    endTime: moment("last"),
    closed: optional("flag", v.boolean(), false, {
      says: "true omits the open kline",
      expected: "true or false",
    }),
    symbols: required("list", symbolList, ofSymbols),
    someSymbols: optional("list", symbolList, undefined, ofSymbols),
    market: optional("text", v.picklist(MARKET_IDS), undefined, {
      says: "a market of the server; its first one unless said",
      expected: `one of ${MARKET_IDS.join(", ")}`,
    }),
    someMarket: optional("text", v.picklist([...MARKET_IDS, "all"]), undefined, {
      says: "a market of the server, or all; its first one unless said",
      expected: `one of ${MARKET_IDS.join(", ")}, all`,
    }),
    intervals: required("list", v.pipe(shortList, v.array(intervalSchema)), {
      says: "intervals, separated by commas",
      expected: `some of ${served.join(", ")}`,
      code: "unknown_interval",
    }),
  };
}

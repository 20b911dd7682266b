import type { Interval, Symbol } from "../core/mod.ts";
import type { MarketStore, Series } from "../store/mod.ts";
import {
  type ClosesAnswer,
  type CoverageAnswer,
  closesSchema,
  coverageSchema,
  klinesSchema,
  type SymbolsAnswer,
  seriesSchema,
  symbolsSchema,
  tickerSchema,
  tickersSchema,
} from "../wire/mod.ts";
import { json } from "./answer.ts";
import type { AnswerCache } from "./answer-cache.ts";
import { ARROW_TYPE, arrowBytes, wantsArrow } from "./arrow.ts";
import { type KlineParameters, klineParameters, marketParameters } from "./parameters.ts";
import { RequestProblem } from "./problem.ts";
import { ReadyAnswer } from "./respond.ts";
import { type Route, route } from "./route.ts";
import { nearest } from "./router.ts";

/** The most klines that one answer of several series holds: about 60 MB of JSON. */
export const MAX_BATCH_KLINES = 300_000;

/** Series that a token pays for in an answer of several. */
const SERIES_PER_TOKEN = 10;

const encoder = new TextEncoder();

/** The routes about the market itself. `boot` tells this run's entity tags from those of an earlier one. */
export function marketRoutes(store: MarketStore, answers: AnswerCache, boot: string): Route[] {
  const { symbol, interval, limit, startTime, endTime, closed, symbols, someSymbols, intervals } = marketParameters(
    store.served,
    store.capacity,
  );
  const tickersAnswer = (value: object): ReadyAnswer => {
    const version = store.tickersVersion;
    return new ReadyAnswer(version, `W/"${boot}.t${version}"`, encoder.encode(JSON.stringify(value)));
  };
  let allTickers: ReadyAnswer | undefined;
  /** What an address asked for, put together once for as long as the reading of the address is kept. */
  const wanted = new WeakMap<object, KlineParameters>();

  return [
    route({
      method: "GET",
      path: "/klines/{symbol}/{interval}",
      says: "Klines of one series, oldest first",
      scope: "read",
      parameters: { symbol, interval, limit, startTime, endTime, closed },
      answers: { 200: { says: "the klines", schema: klinesSchema } },
      handle: ({ request, values }) => {
        let parameters = wanted.get(values);
        if (parameters === undefined) {
          refuseBackwards(values.startTime, values.endTime);
          parameters = klineParameters(values.limit, values.closed, values.startTime, values.endTime);
          wanted.set(values, parameters);
        }
        const series = store.hasSymbol(values.symbol) ? store.series(values.symbol, values.interval) : undefined;
        if (series === undefined) throw unknownSymbol(values.symbol, store);
        return answers.klines(series, parameters).for(request.headers);
      },
    }),
    route({
      method: "GET",
      path: "/klines",
      says: "Klines of several series; as an Arrow IPC stream with Accept: application/vnd.apache.arrow.stream",
      scope: "read",
      cost: (values) => {
        const count = values.symbols === "*" ? store.symbols().length : values.symbols.length;
        return Math.max(1, Math.ceil((count * values.intervals.length) / SERIES_PER_TOKEN));
      },
      parameters: { symbols, intervals, limit, closed },
      answers: {
        200: { says: "the series", schema: seriesSchema, alsoAs: ARROW_TYPE },
      },
      handle: async ({ request, values }) => {
        const asked = followed(values.symbols, store);
        const klines = asked.length * values.intervals.length * values.limit;
        if (klines > MAX_BATCH_KLINES) {
          throw new RequestProblem(
            "invalid_parameter",
            `${asked.length} symbols × ${values.intervals.length} intervals × limit ${values.limit} are ${klines} klines: expected ${MAX_BATCH_KLINES} at most`,
          );
        }
        const series = seriesOf(asked, values.intervals, store);
        const parameters = klineParameters(values.limit, values.closed);
        const version = series.reduce((sum, one) => sum + one.version, 0);
        const etag = `W/"${boot}.${series.length}.${version}"`;
        if (wantsArrow(request.headers.get("accept"))) {
          const bytes = await arrowBytes(series, parameters);
          return new ReadyAnswer(version, etag, bytes, ARROW_TYPE).for(request.headers);
        }
        const bytes = joined(series.map((one) => answers.seriesBytes(one, parameters)));
        return new ReadyAnswer(version, etag, bytes).for(request.headers);
      },
    }),
    route({
      method: "GET",
      path: "/tickers",
      says: "The tickers of all symbols, or of some, sorted by symbol",
      scope: "read",
      parameters: { symbols: someSymbols },
      answers: { 200: { says: "the tickers", schema: tickersSchema } },
      handle: ({ request, values }) => {
        if (values.symbols !== undefined && values.symbols !== "*") {
          const asked = followed(values.symbols, store).sort();
          const tickers = asked.flatMap((name) => store.ticker(name) ?? []);
          return tickersAnswer({ count: tickers.length, tickers }).for(request.headers);
        }
        if (allTickers?.version !== store.tickersVersion) {
          const tickers = store.tickers();
          allTickers = tickersAnswer({ count: tickers.length, tickers });
        }
        return allTickers.for(request.headers);
      },
    }),
    route({
      method: "GET",
      path: "/ticker/{symbol}",
      says: "A symbol's last 24 hours",
      scope: "read",
      parameters: { symbol },
      answers: { 200: { says: "the ticker", schema: tickerSchema } },
      handle: ({ request, values }) => {
        if (!store.hasSymbol(values.symbol)) throw unknownSymbol(values.symbol, store);
        const ticker = store.ticker(values.symbol);
        if (ticker === undefined) {
          throw new RequestProblem("not_ready", `no ticker of ${values.symbol} has arrived yet: try again in a second`);
        }
        return tickersAnswer(ticker).for(request.headers);
      },
    }),
    route({
      method: "GET",
      path: "/symbols",
      says: "The symbols that are followed",
      scope: "read",
      parameters: {},
      answers: { 200: { says: "the symbols, sorted by name", schema: symbolsSchema } },
      handle: () => {
        const all = store.symbols();
        return json({ count: all.length, symbols: all } satisfies SymbolsAnswer);
      },
    }),
    route({
      method: "GET",
      path: "/closes",
      says: "The last close of each interval",
      scope: "read",
      parameters: {},
      answers: { 200: { says: "the closes by interval", schema: closesSchema } },
      handle: () => json({ intervals: lastCloses(store) } satisfies ClosesAnswer),
    }),
    route({
      method: "GET",
      path: "/coverage/{symbol}/{interval}",
      says: "What is there of a series, what is missing, and how it came",
      scope: "read",
      parameters: { symbol, interval },
      answers: { 200: { says: "the coverage", schema: coverageSchema } },
      handle: ({ values }) => {
        if (!store.hasSymbol(values.symbol)) throw unknownSymbol(values.symbol, store);
        return json(coverageOf(values.symbol, values.interval, store));
      },
    }),
  ];
}

function refuseBackwards(startTime: number | undefined, endTime: number | undefined): void {
  if (startTime === undefined || endTime === undefined || startTime <= endTime) return;
  throw new RequestProblem(
    "invalid_parameter",
    `startTime ${startTime} lies after endTime ${endTime}: expected startTime to be the earlier one`,
  );
}

/** The symbols that are meant, all of which must be followed. */
function followed(symbols: readonly Symbol[] | "*", store: MarketStore): Symbol[] {
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

function seriesOf(symbols: readonly Symbol[], intervals: readonly Interval[], store: MarketStore): Series[] {
  return symbols.flatMap((symbol) => intervals.flatMap((interval) => store.series(symbol, interval) ?? []));
}

function lastCloses(store: MarketStore): ClosesAnswer["intervals"] {
  const intervals: ClosesAnswer["intervals"] = {};
  // Before the exchange said anything there is no market time, and so no last close.
  if (store.marketTime === 0) return intervals;
  for (const interval of store.served) {
    const state = store.close(interval);
    if (state !== undefined) intervals[interval] = { ...state };
  }
  return intervals;
}

function coverageOf(symbol: Symbol, interval: Interval, store: MarketStore): CoverageAnswer {
  const series = store.series(symbol, interval);
  return {
    symbol,
    interval,
    first: series?.first ?? null,
    last: series?.last ?? null,
    count: series?.ring.length ?? 0,
    holes: series?.holes() ?? [],
    sources: series?.sources() ?? { stream: 0, rest: 0, rollup: 0, checkpoint: 0 },
    restated: series?.restated() ?? 0,
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const head = encoder.encode(`{"count":${parts.length},"series":[`);
  const tail = encoder.encode("]}");
  const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const whole = new Uint8Array(head.byteLength + length + Math.max(0, parts.length - 1) + tail.byteLength);
  whole.set(head);
  let at = head.byteLength;
  for (const [index, part] of parts.entries()) {
    if (index > 0) whole[at++] = 0x2c;
    whole.set(part, at);
    at += part.byteLength;
  }
  whole.set(tail, at);
  return whole;
}

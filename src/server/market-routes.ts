import type { Interval, Symbol } from "../core/mod.ts";
import type { MarketStore } from "../store/mod.ts";
import {
  type ClosesAnswer,
  type CoverageAnswer,
  closesSchema,
  coverageSchema,
  type SymbolsAnswer,
  symbolsSchema,
  tickerSchema,
  tickersSchema,
} from "../wire/mod.ts";
import { json } from "./answer.ts";
import type { AnswerCache } from "./answer-cache.ts";
import type { Compressor } from "./compression.ts";
import { klineRoutes } from "./kline-routes.ts";
import { lastCloses } from "./last-closes.ts";
import type { LoopTurns } from "./loop-turns.ts";
import { marketParameters } from "./parameters.ts";
import { bodyEncoding, klinesPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { ReadyAnswer } from "./respond.ts";
import { type Route, route } from "./route.ts";
import type { SeriesTags } from "./series-tags.ts";
import { followed, unknownSymbol } from "./symbols-asked.ts";

const encoder = new TextEncoder();

/** What the routes about the market are made of. */
export interface MarketRouteParts {
  readonly store: MarketStore;
  /** Whether the feed is live now. */
  readonly isFresh: () => boolean;
  readonly tags: SeriesTags;
  readonly answers: AnswerCache;
  readonly turns: LoopTurns;
  readonly compressor: Compressor;
}

/** The routes about the market itself. */
export function marketRoutes(parts: MarketRouteParts): Route[] {
  const { store, isFresh, compressor } = parts;
  const parameters = marketParameters(store.served, store.capacity);
  const { symbol, interval, someSymbols } = parameters;
  const tickersAnswer = (value: object): ReadyAnswer => {
    const version = store.tickersVersion;
    const bytes = encoder.encode(JSON.stringify(value));
    return new ReadyAnswer(bytes, { version, etag: `W/"${Bun.hash(bytes).toString(36)}"` });
  };
  let allTickers: ReadyAnswer | undefined;

  return [
    ...klineRoutes({ ...parts, parameters }),
    route({
      method: "GET",
      path: "/tickers",
      says: "The tickers of all symbols, or of some, sorted by symbol",
      scope: "read",
      cost: ({ request, values }) => {
        const { symbols = "*" } = values;
        const count = symbols === "*" ? store.symbols().length : symbols.length;
        return Math.max(1, klinesPrice(count, bodyEncoding(request.headers)));
      },
      parameters: { symbols: someSymbols },
      answers: { 200: { says: "the tickers", schema: tickersSchema } },
      handle: ({ request, values, caller }) => {
        if (values.symbols !== undefined && values.symbols !== "*") {
          const asked = followed(values.symbols, store).sort();
          const tickers = asked.flatMap((name) => store.ticker(name) ?? []);
          return tickersAnswer({ count: tickers.length, tickers }).for(request.headers, caller, compressor);
        }
        if (allTickers?.version !== store.tickersVersion) {
          const tickers = store.tickers();
          allTickers = tickersAnswer({ count: tickers.length, tickers });
        }
        return allTickers.for(request.headers, caller, compressor);
      },
    }),
    route({
      method: "GET",
      path: "/ticker/{symbol}",
      says: "The ticker of one symbol: its last 24 hours",
      scope: "read",
      parameters: { symbol },
      answers: { 200: { says: "the ticker", schema: tickerSchema } },
      handle: ({ request, values, caller }) => {
        if (!store.hasSymbol(values.symbol)) throw unknownSymbol(values.symbol, store);
        const ticker = store.ticker(values.symbol);
        if (ticker === undefined) {
          throw new RequestProblem("not_ready", `no ticker of ${values.symbol} has arrived yet: try again in a second`);
        }
        return tickersAnswer(ticker).for(request.headers, caller, compressor);
      },
    }),
    route({
      method: "GET",
      path: "/symbols",
      says: "The symbols that the server follows",
      scope: "read",
      cost: () => Math.max(1, klinesPrice(store.symbols().length)),
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
      says: "Which klines of a series the server has, which are missing, and their sources",
      scope: "read",
      // Every kline of the series is looked at.
      cost: () => Math.max(1, klinesPrice(store.capacity)),
      parameters: { symbol, interval },
      answers: { 200: { says: "the coverage", schema: coverageSchema } },
      handle: ({ values }) => {
        if (!store.hasSymbol(values.symbol)) throw unknownSymbol(values.symbol, store);
        return json(coverageOf(values.symbol, values.interval, store, isFresh()));
      },
    }),
  ];
}

function coverageOf(symbol: Symbol, interval: Interval, store: MarketStore, fresh: boolean): CoverageAnswer {
  const series = store.series(symbol, interval);
  return {
    symbol,
    interval,
    first: series?.first ?? null,
    last: series?.last ?? null,
    count: series?.ring.length ?? 0,
    holes: series?.holes() ?? [],
    // Before the exchange said anything there is no market time.
    uncertain: store.marketTime === 0 ? [] : (series?.missing(store.marketTime) ?? []),
    fresh,
    sources: series?.sources() ?? { stream: 0, rest: 0, rollup: 0, checkpoint: 0 },
    restated: series?.restated() ?? 0,
  };
}

import { FIRST_MARKET, type Interval, type MarketId, marketOf, type Symbol } from "../core/mod.ts";
import { allSymbols, type MarketReader, type MarketStore } from "../store/mod.ts";
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
import { storeAsked } from "./markets-asked.ts";
import { marketParameters } from "./parameters.ts";
import type { LongRanges } from "./past/long-ranges.ts";
import { bodyEncoding, klinesPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { ReadyAnswer } from "./respond.ts";
import { type Route, route } from "./route.ts";
import type { SeriesTags } from "./series-tags.ts";
import { countAsked, followed, type SymbolsAsked, seriesAsked, unknownSymbol } from "./symbols-asked.ts";

const encoder = new TextEncoder();

const ALL_OF_FIRST: SymbolsAsked = [FIRST_MARKET];

/** What the routes about the market are made of. */
export interface MarketRouteParts {
  readonly markets: MarketReader;
  /** Whether a market's feed is live now. */
  readonly isFresh: (market: MarketId) => boolean;
  readonly tags: SeriesTags;
  readonly answers: AnswerCache;
  readonly turns: LoopTurns;
  readonly compressor: Compressor;
  readonly ranges: LongRanges;
}

/** The routes about the market itself. */
export function marketRoutes(parts: MarketRouteParts): Route[] {
  const { markets, isFresh, compressor } = parts;
  const parameters = marketParameters(markets.served, markets.capacity, parts.ranges.longest);
  const { symbol, interval, someSymbols, market, someMarket } = parameters;
  const tickersAnswer = (value: object): ReadyAnswer => {
    const version = versionOf(markets);
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
        const count = countAsked(values.symbols ?? ALL_OF_FIRST, markets);
        return Math.max(1, klinesPrice(count, bodyEncoding(request.headers)));
      },
      parameters: { symbols: someSymbols },
      answers: { 200: { says: "the tickers", schema: tickersSchema } },
      handle: ({ request, values, caller }) => {
        const { symbols = ALL_OF_FIRST } = values;
        const isAll = symbols.length === 1 && symbols[0] === FIRST_MARKET;
        if (isAll && allTickers?.version === versionOf(markets)) {
          return allTickers.for(request.headers, caller, compressor);
        }
        const tickers = followed(symbols, markets)
          .sort()
          .flatMap((name) => markets.ticker(name) ?? []);
        const answer = tickersAnswer({ count: tickers.length, tickers });
        if (isAll) allTickers = answer;
        return answer.for(request.headers, caller, compressor);
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
        if (!markets.hasSymbol(values.symbol)) throw unknownSymbol(values.symbol, markets);
        const ticker = markets.ticker(values.symbol);
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
      cost: () => Math.max(1, klinesPrice(allSymbols(markets).length)),
      parameters: { market: someMarket },
      answers: { 200: { says: "the symbols, sorted by name", schema: symbolsSchema } },
      handle: ({ values }) => {
        const all = values.market === "all" ? allSymbols(markets) : storeAsked(values.market, markets).symbols();
        return json({ count: all.length, symbols: all } satisfies SymbolsAnswer);
      },
    }),
    route({
      method: "GET",
      path: "/closes",
      says: "The last close of each interval",
      scope: "read",
      parameters: { market },
      answers: { 200: { says: "the closes by interval", schema: closesSchema } },
      handle: ({ values }) =>
        json({ intervals: lastCloses(storeAsked(values.market, markets)) } satisfies ClosesAnswer),
    }),
    route({
      method: "GET",
      path: "/coverage/{symbol}/{interval}",
      says: "Which klines of a series the server has, which are missing, and their sources",
      scope: "read",
      // Every kline of the series is looked at.
      cost: () => Math.max(1, klinesPrice(markets.capacity)),
      parameters: { symbol, interval },
      answers: { 200: { says: "the coverage", schema: coverageSchema } },
      handle: ({ values }) => {
        seriesAsked(values.symbol, values.interval, markets);
        const store = storeAsked(marketOf(values.symbol), markets);
        return json(coverageOf(values.symbol, values.interval, store, isFresh(store.market)));
      },
    }),
  ];
}

/** Moves with every ticker of any market. */
function versionOf({ stores }: MarketReader): number {
  return stores.reduce((sum, { tickersVersion }) => sum + tickersVersion, 0);
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

import * as v from "valibot";
import { type Clock, emptyKline, type MarketId, nameAt, type StopSignal, type SymbolInfo } from "../../../core/mod.ts";
import type { KlineSelection, MarketReader, MarketStore, Series } from "../../../store/mod.ts";
import type { Answer } from "../../answer.ts";
import type { Caller } from "../../caller.ts";
import type { Compressor } from "../../compression.ts";
import { inPath } from "../../parameter.ts";
import { bodyEncoding, klinesPrice } from "../../prices.ts";
import { ReadyAnswer } from "../../respond.ts";
import { type Route, type RouteDefinition, route } from "../../route.ts";
import { klinesOf, type OlderKlines } from "../older-klines.ts";
import { type KlinesAsked, keptKlines, settledKlines } from "../settled-klines.ts";
import { dayTicker, klineRow, spotSymbol, usdmSymbol, windowTicker } from "./encode.ts";
import { BinanceFault, binanceProblem } from "./fault.ts";
import {
  countSymbols,
  isMiniAsked,
  limitAsked,
  MOST_NAMED,
  QUERY,
  seriesAsked,
  symbolAsked,
  symbolsAsked,
  symbolsNamed,
  wholeNumber,
} from "./query.ts";
import { windowAsked, windowKlines } from "./window.ts";
import { windowSum } from "./window-sum.ts";
import { type Writer, writerIn, writerOf } from "./writer.ts";

/** How one of Binance's markets looks over REST. */
interface Shape {
  readonly market: MarketId;
  /** What stands before `klines` and the others. */
  readonly prefix: string;
  /** Rows in one answer at most. */
  readonly mostRows: number;
  readonly symbol: (info: SymbolInfo) => object;
  /** Members of `exchangeInfo` besides those of both markets. */
  readonly info: (symbols: readonly SymbolInfo[]) => object;
  /** Whether a price has the time beside it. */
  readonly hasPriceTime: boolean;
  /** Whether there are `uiKlines`, `avgPrice`, lists of symbols and types of tickers. */
  readonly isSpot: boolean;
}

/** Binance spot API, 2026-07, and USDⓈ-M documentation, 2026-11. */
const SHAPES: readonly Shape[] = [
  {
    market: "binance",
    prefix: "/binance/api/v3",
    mostRows: 1_000,
    symbol: spotSymbol,
    info: () => ({}),
    hasPriceTime: false,
    isSpot: true,
  },
  {
    market: "binance-usdm",
    prefix: "/binance-usdm/fapi/v1",
    mostRows: 1_500,
    symbol: usdmSymbol,
    info: (symbols) => ({
      futuresType: "U_MARGINED",
      assets: [...new Set(symbols.map(({ quote, settle = quote }) => settle))].map((asset) => ({ asset })),
    }),
    hasPriceTime: true,
    isSpot: false,
  },
];

/** Minutes that the average price is about. */
const AVERAGE_MINUTES = 5;

const MINUTE_MS = 60_000;

/** Windows that are added up in one go: about a millisecond. */
const WINDOWS_PER_TURN = 10;

/** About the size of a row of klines, in bytes. */
const ROW_BYTES = 160;

const encoder = new TextEncoder();

/** What the façade is made of. */
export interface BinanceFacadeParts {
  readonly markets: MarketReader;
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly compressor: Compressor;
  readonly older: OlderKlines;
  /** Whether no data of a market has come for a while. */
  readonly isStale: (market: MarketId) => boolean;
}

/** Market data of those of Binance's markets that the server has, as Binance's own REST API answers it. */
export function binanceRoutes(parts: BinanceFacadeParts): Route[] {
  return SHAPES.flatMap((shape) => {
    const store = parts.markets.of(shape.market);
    return store === undefined ? [] : routesOf(shape, store, parts);
  });
}

function routesOf(
  shape: Shape,
  store: MarketStore,
  { markets, clock, compressor, older, isStale }: BinanceFacadeParts,
): Route[] {
  const { prefix, market, isSpot } = shape;
  const now = (): number => (store.marketTime === 0 ? clock.now() : store.marketTime);
  const answer = (body: string, { headers }: Request, caller: Caller, source = "memory"): Answer | Promise<Answer> => {
    const bytes = encoder.encode(body);
    const etag = `W/"${Bun.hash(bytes).toString(36)}"`;
    const own = { ...weightHeaders(caller), "vyx-source": source };
    return new ReadyAnswer(bytes, { etag, headers: own, isKept: false }).for(headers, caller, compressor);
  };
  const one = <Parameters extends Readonly<Record<string, (typeof QUERY)["symbol"]>>>(
    path: string,
    says: string,
    definition: Pick<RouteDefinition<Parameters, undefined>, "parameters" | "cost" | "handle">,
  ): Route =>
    route({
      ...definition,
      ...{ method: "GET" as const, path: `${prefix}/${path}`, says: `As Binance answers it: ${says}` },
      ...{ scope: "read" as const, about: market, isLenient: true, problem: binanceProblem },
      answers: { 200: { says, contentType: "application/json" } },
    });

  const refuseOld = (): void => {
    if (!isStale(market)) return;
    const words = "No prices arrive from the exchange now: the last ones are old.";
    throw new BinanceFault("not_ready", -1001, words, 1);
  };

  const klines = (path: string): Route =>
    one(path, "klines of one series as rows, oldest first", {
      parameters: {
        ...{ symbol: QUERY.symbol, interval: QUERY.interval, limit: QUERY.limit },
        ...{ startTime: QUERY.startTime, endTime: QUERY.endTime, timeZone: QUERY.timeZone },
      },
      cost: ({ request, values: { limit } }) => {
        const rows = /^\d{1,20}$/.test(limit ?? "500") ? Math.min(Number(limit ?? "500"), shape.mostRows) : 1;
        return Math.max(1, klinesPrice(rows, bodyEncoding(request.headers)));
      },
      handle: async ({ request, values, caller, charge, inTurn }) => {
        const symbol = symbolAsked(values.symbol, store);
        const series = seriesAsked(symbol, values.interval, store);
        refuseTimeZone(values.timeZone);
        const query = {
          limit: limitAsked(values.limit, shape.mostRows),
          startTime: wholeNumber("startTime", values.startTime),
          endTime: wholeNumber("endTime", values.endTime),
        };
        const selection = await settledKlines(series, query, clock, request.signal);
        if (selection === "older") {
          const charged = Math.max(1, klinesPrice(query.limit, bodyEncoding(request.headers)));
          const page = await older.read(series, query, { request, caller, charge }, charged);
          if (page === undefined) throw unsettled(series, selection);
          const writer = writerIn(markets, symbol);
          const rows = await inTurn(page.count * ROW_BYTES, () =>
            Array.from(klinesOf(page), (one) => klineRow(one, writer)),
          );
          const sources = new Set(page.stretches.map(({ source }) => source));
          return answer(`[${rows.join(",")}]`, request, caller, [...sources].join(", "));
        }
        if (selection === "repairing") throw unsettled(series, selection);
        const count = selection.end - selection.first;
        const rows = await inTurn(count * ROW_BYTES, () =>
          rowsOf(series, series.select(query), writerIn(markets, symbol)),
        );
        return answer(rows, request, caller);
      },
    });

  const tickers = (
    path: string,
    says: string,
    write: (info: SymbolInfo, isMini: boolean) => object | undefined,
  ): Route => {
    const { symbol, symbols, type } = QUERY;
    return one(path, says, {
      parameters: isSpot ? { symbol, symbols, type } : { symbol },
      cost: ({ request, values }) =>
        Math.max(1, klinesPrice(countSymbols(both(values), store), bodyEncoding(request.headers))),
      handle: ({ request, values, caller }) => {
        const isMini = isMiniAsked((values as { type?: string }).type);
        refuseOld();
        const written = symbolsAsked(both(values), store).flatMap((info) => write(info, isMini) ?? []);
        if (both(values).symbol === undefined) return answer(JSON.stringify(written), request, caller);
        if (written[0] === undefined) {
          throw new BinanceFault("not_ready", -1001, "No ticker of this symbol has arrived yet.", 1);
        }
        return answer(JSON.stringify(written[0]), request, caller);
      },
    });
  };

  const routes = [
    one("ping", "whether the server is there", {
      parameters: {},
      handle: ({ request, caller }) => answer("{}", request, caller),
    }),
    one("time", "the time of the market", {
      parameters: {},
      handle: ({ request, caller }) => answer(JSON.stringify({ serverTime: now() }), request, caller),
    }),
    one("exchangeInfo", "the symbols that the server has, and how their figures are written", {
      parameters: isSpot ? { symbol: QUERY.symbol, symbols: QUERY.symbols } : {},
      cost: ({ request, values }) =>
        Math.max(1, klinesPrice(countSymbols(both(values), store), bodyEncoding(request.headers))),
      handle: ({ request, values, caller }) => {
        const infos = symbolsAsked(both(values), store);
        const head = { timezone: "UTC", serverTime: now(), rateLimits: rateLimits(caller), exchangeFilters: [] };
        const body = { ...head, ...shape.info(infos), symbols: infos.map(shape.symbol) };
        return answer(JSON.stringify(body), request, caller);
      },
    }),
    klines("klines"),
    tickers("ticker/24hr", "the last 24 hours of a symbol, of some, or of all", (info, isMini) => {
      const ticker = store.ticker(info.symbol);
      return ticker === undefined ? undefined : dayTicker(ticker, writerOf(info), isMini);
    }),
    tickers("ticker/price", "the last price of a symbol, of some, or of all", (info) => {
      const ticker = store.ticker(info.symbol);
      if (ticker === undefined) return undefined;
      const price = { symbol: nameAt(info.symbol), price: writerOf(info).price(ticker.price) };
      return shape.hasPriceTime ? { ...price, time: ticker.updatedAt } : price;
    }),
  ];
  // Last: all that the exchange has and this server doesn't, in words that its clients understand.
  routes.push(
    route({
      ...{ method: "GET" as const, path: `${prefix}/{path...}`, says: "what the façade doesn't have" },
      ...{ scope: "read" as const, about: market, isLenient: true, isFile: true, problem: binanceProblem },
      parameters: { path: inPath(v.string(), { says: "a route", expected: "one that the façade has" }) },
      answers: {},
      handle: ({ values: { path } }) => {
        const words = `This server has no ${path.slice(0, 60)}. It has klines, tickers, exchangeInfo, time and ping.`;
        throw new BinanceFault("invalid_parameter", -1020, words);
      },
    }),
  );
  if (!isSpot) return routes;
  const average = one("avgPrice", "the average price of the last five minutes, weighted by volume", {
    parameters: { symbol: QUERY.symbol },
    handle: async ({ request, values, caller }) => {
      const symbol = symbolAsked(values.symbol, store);
      const series = seriesAsked(symbol, "1m", store);
      const query = { limit: AVERAGE_MINUTES, startTime: undefined, endTime: undefined };
      const selection = await settled(series, query, clock, request.signal);
      const { price, closeTime } = averageOf(series, selection, now());
      return answer(
        JSON.stringify({ mins: AVERAGE_MINUTES, price: writerIn(markets, symbol).price(price), closeTime }),
        request,
        caller,
      );
    },
  });
  const windows = one("ticker", "the figures of a window of a symbol or of some, from a minute to seven days long", {
    parameters: {
      ...{ symbol: QUERY.symbol, symbols: QUERY.symbols },
      ...{ windowSize: QUERY.windowSize, type: QUERY.type },
    },
    cost: ({ request, values }) => windowsPrice(values, request.headers, store),
    handle: async ({ request, values, caller, charge, inTurn }) => {
      const asked = symbolsNamed(both(values), store);
      const windowMs = windowAsked(values.windowSize);
      const isMini = isMiniAsked(values.type);
      refuseOld();
      const charged = windowsPrice(values, request.headers, store);
      const parts = { store, clock, older, now, call: { request, caller, charge, inTurn }, charged };
      const tickers: object[] = [];
      const sources = new Set<string>();
      for (const [place, symbol] of asked.entries()) {
        // Work of others goes between.
        if (place % WINDOWS_PER_TURN === WINDOWS_PER_TURN - 1) await inTurn(Number.MAX_SAFE_INTEGER, () => {});
        const sum = await windowSum(symbol, windowMs, parts);
        if (sum === undefined) continue;
        tickers.push(windowTicker(symbol, sum.kline, writerIn(markets, symbol), isMini));
        for (const source of sum.sources) sources.add(source);
      }
      const from = sources.size === 0 ? undefined : [...new Set(["memory", ...sources])].join(", ");
      if (values.symbol === undefined) return answer(JSON.stringify(tickers), request, caller, from);
      if (tickers[0] === undefined) {
        const words = "No trading window could be found for the symbol. Try ticker/24hrs instead.";
        throw new BinanceFault("invalid_parameter", -2016, words);
      }
      return answer(JSON.stringify(tickers[0]), request, caller, from);
    },
  });
  return [...routes, klines("uiKlines"), average, windows];
}

/** The klines that are added up, of all symbols that are named. What is wrong with the query costs a token. */
function windowsPrice(
  values: Readonly<Record<string, string | undefined>>,
  headers: Headers,
  store: MarketStore,
): number {
  const named = values.symbol !== undefined ? 1 : Math.min(MOST_NAMED, (values.symbols ?? "").split(",").length);
  try {
    const klines = named * windowKlines(windowAsked(values.windowSize), store.intervals.includes("1h"));
    return Math.max(1, klinesPrice(klines, bodyEncoding(headers)));
  } catch (cause) {
    if (cause instanceof BinanceFault) return 1;
    throw cause;
  }
}

/** What names symbols, where a route has both parameters, or one, or none. */
function both(values: Readonly<Record<string, string | undefined>>): {
  readonly symbol: string | undefined;
  readonly symbols: string | undefined;
} {
  return { symbol: values.symbol, symbols: values.symbols };
}

/** The selection once the exchange would answer the same. Throws {@link BinanceFault}: never are klines left out without a word. */
async function settled(
  series: Series,
  query: KlinesAsked,
  clock: Pick<Clock, "sleep">,
  signal: StopSignal,
): Promise<KlineSelection> {
  const selection = await settledKlines(series, query, clock, signal);
  if (typeof selection === "object") return selection;
  throw unsettled(series, selection);
}

/** Why klines can't be answered whole. */
function unsettled(series: Series, why: "older" | "repairing"): BinanceFault {
  if (why === "repairing") {
    return new BinanceFault("not_ready", -1001, "Klines of this range are being read from the exchange. Try again.", 1);
  }
  return new BinanceFault(
    "invalid_parameter",
    -1130,
    `This server keeps fewer klines: ${keptKlines(series)}. Ask for fewer or later ones, or start it with a larger --capacity, with --history or with --history-fill.`,
  );
}

function rowsOf({ ring }: Series, { first, end }: KlineSelection, writer: Writer): string {
  const kline = emptyKline();
  const rows: string[] = [];
  for (let position = first; position < end; position += 1) rows.push(klineRow(ring.read(position, kline), writer));
  return `[${rows.join(",")}]`;
}

/** The average of the minutes since {@link AVERAGE_MINUTES} ago; the last price where nothing was traded. */
function averageOf(
  { ring }: Series,
  { first, end }: KlineSelection,
  now: number,
): { price: number; closeTime: number } {
  const kline = emptyKline();
  let [volume, quoteVolume, price] = [0, 0, Number.NaN];
  for (let position = first; position < end; position += 1) {
    ring.read(position, kline);
    price = kline.close;
    if (kline.openTime <= now - AVERAGE_MINUTES * MINUTE_MS) continue;
    volume += kline.volume;
    quoteVolume += kline.quoteVolume;
  }
  return { price: volume > 0 ? quoteVolume / volume : price, closeTime: now };
}

/** Days of another zone would need candles of their own. */
function refuseTimeZone(zone: string | undefined): void {
  if (zone === undefined || /^[+-]?0?0(:00)?$/.test(zone)) return;
  throw new BinanceFault("invalid_parameter", -1130, "Data sent for parameter 'timeZone' is not valid. Only 0 is.");
}

/** This server's rate, in the exchange's words. */
function rateLimits({ bucket }: Caller): readonly object[] {
  return [{ rateLimitType: "REQUEST_WEIGHT", interval: "MINUTE", intervalNum: 1, limit: bucket.limit }];
}

function weightHeaders({ bucket }: Caller): Readonly<Record<string, string>> {
  const used = String(Math.max(0, bucket.limit - bucket.remaining));
  return { "x-mbx-used-weight": used, "x-mbx-used-weight-1m": used };
}

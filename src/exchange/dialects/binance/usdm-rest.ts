import { INTERVALS, type Interval } from "../../../core/mod.ts";
import type { MarketNow, RestDialect } from "../../dialect.ts";
import type { PairView } from "../../view.ts";
import { binanceAnswers } from "./answers.ts";
import { klineRow } from "./encode.ts";
import { DEFAULT_ROWS, klinesAsked, only, viewOf } from "./query.ts";
import { USDM_WEIGHT_PER_MINUTE, usdmDayTicker, usdmExchangeInfo, usdmWriter } from "./usdm-encode.ts";
import { Weights } from "./weights.ts";

/** Rows in one answer. */
const MAX_ROWS = 1_500;

/** All but seconds. */
export const USDM_INTERVALS: ReadonlySet<Interval> = new Set(INTERVALS.filter((interval) => interval !== "1s"));

/** REST under /fapi/v1. Source: Binance USDⓈ-M documentation, 2026-11. */
export const USDM_REST: RestDialect = {
  ...binanceAnswers(["x-mbx-used-weight-1m"], {
    refused: () =>
      `Too many requests; current limit of IP is ${USDM_WEIGHT_PER_MINUTE} requests per minute. Please use the websocket for live updates to avoid polling the API.`,
    banned: (until) =>
      `Way too many requests; IP banned until ${until}. Please use the websocket for live updates to avoid bans.`,
  }),
  budget: (clock) => new Weights(clock, USDM_WEIGHT_PER_MINUTE),
  routes: {
    "/fapi/v1/ping": { tells: undefined, cost: () => 1, answer: () => ({}) },
    "/fapi/v1/time": { tells: undefined, cost: () => 1, answer: (_, { now }) => ({ serverTime: now }) },
    "/fapi/v1/exchangeInfo": { tells: "listing", cost: () => 1, answer: (_, market) => listing(market) },
    "/fapi/v1/klines": {
      tells: "klines",
      cost: weightOfKlines,
      answer: (query, market) =>
        klinesAsked(query, market, USDM_INTERVALS, MAX_ROWS, (kline, { pair }) => klineRow(kline, usdmWriter(pair))),
    },
    "/fapi/v1/ticker/24hr": { tells: undefined, cost: (query) => (query.has("symbol") ? 1 : 40), answer: day },
    "/fapi/v1/ticker/price": { tells: undefined, cost: (query) => (query.has("symbol") ? 1 : 2), answer: price },
  },
};

/** By the rows that were asked for, however many there are. */
function weightOfKlines(query: URLSearchParams): number {
  const asked = Number(query.get("limit") ?? DEFAULT_ROWS);
  if (asked < 100) return 1;
  if (asked < 500) return 2;
  return asked <= 1_000 ? 5 : 10;
}

function listing(market: MarketNow): unknown {
  const contracts = market.views().flatMap(({ pair }) => {
    const status = market.statusOf(pair.symbol);
    return status === undefined ? [] : [{ pair, status, listedAt: market.listedAt(pair.symbol) }];
  });
  return usdmExchangeInfo(market.source, contracts, market.now);
}

function day(query: URLSearchParams, market: MarketNow): unknown {
  return oneOrAll(query, market, ({ pair }, kline) => usdmDayTicker(pair, kline, market.now));
}

function price(query: URLSearchParams, market: MarketNow): unknown {
  return oneOrAll(query, market, ({ pair }, { close }) => ({
    symbol: pair.symbol,
    price: usdmWriter(pair).price(close),
    time: market.now,
  }));
}

/** The answer for the requested symbol, or for all symbols. */
function oneOrAll(
  query: URLSearchParams,
  market: MarketNow,
  told: (view: PairView, day: NonNullable<ReturnType<PairView["day"]>>) => object,
): unknown {
  const symbol = query.get("symbol");
  const views = symbol === null ? market.views() : [viewOf(market, symbol)];
  const all = views.flatMap((view) => {
    const kline = view.day(market.now);
    return kline === undefined ? [] : [told(view, kline)];
  });
  return symbol === null ? all : only(all);
}

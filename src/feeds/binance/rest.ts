import { candlesBetween, closeTimeOf, type MarketId, nameAt } from "../../core/mod.ts";
import type { RestProtocol } from "../exchange.ts";
import { standInSays } from "../stand-in.ts";
import { readExchangeInfo } from "./exchange-info.ts";
import { isBinance } from "./hosts.ts";
import { readKlineRows } from "./kline-rows.ts";
import { binanceRefusal } from "./refusals.ts";
import { readTickers, readTime } from "./rows.ts";
import { usedWeight } from "./used-weight.ts";

const MB = 1_048_576;

/** In what Binance's markets differ by REST. */
export interface BinanceRest {
  readonly market: MarketId;
  readonly url: string;
  /** What all paths begin with. */
  readonly root: string;
  readonly weights: Readonly<Record<"klines" | "symbols" | "tickers" | "time", number>>;
  /** The weight that an address may use in a clock minute. */
  readonly weightPerMinute: number;
  /** The most rows that one request for klines asks for. */
  readonly rows: number;
  /** How many rows are asked for where so many candles are wanted, and the request's weight; `rows` and the usual weight unless said. */
  readonly fewer?: (candles: number) => { readonly limit: number; readonly weight: number };
}

/** One of Binance's markets by REST. */
export function binanceRest({ market, url, root, weights, weightPerMinute, rows, fewer }: BinanceRest): RestProtocol {
  return {
    url,
    costs: {
      klines: { weight: weights.klines, maxBytes: 2 * MB },
      symbols: { weight: weights.symbols, maxBytes: 48 * MB },
      tickers: { weight: weights.tickers, maxBytes: 16 * MB },
      time: { weight: weights.time, maxBytes: MB },
    },
    // Going on after a 429 brings bans of 2 minutes to 3 days.
    budget: { most: weightPerMinute, windowMs: 60_000, aligned: true },
    rows,
    keeps: "oldest",
    listed: () => ({
      about: "symbols",
      path: `${root}/exchangeInfo`,
      weight: weights.symbols,
      read: readExchangeInfo(market),
    }),
    tickers: () => ({
      about: "tickers",
      path: `${root}/ticker/24hr`,
      weight: weights.tickers,
      read: readTickers(market),
    }),
    time: () => ({ about: "time", path: `${root}/time`, weight: weights.time, read: readTime }),
    klines: (symbol, interval, range) => {
      const usual = { limit: rows, weight: weights.klines };
      const { limit, weight } = fewer?.(candlesBetween(interval, range.from, range.to) + 1) ?? usual;
      const query = new URLSearchParams({
        symbol: nameAt(symbol),
        interval,
        startTime: String(range.from),
        endTime: String(closeTimeOf(interval, range.to)),
        limit: String(limit),
      });
      return { about: "klines", path: `${root}/klines?${query}`, weight, read: readKlineRows };
    },
    used: usedWeight,
    refusal: (status, _headers, body) => binanceRefusal(status, body),
    standIn: standInSays,
    isOwn: isBinance,
  };
}

import { candlesBetween, nameAt } from "../../core/mod.ts";
import { isOnHost } from "../addresses.ts";
import type { RestProtocol } from "../exchange.ts";
import { standInSays } from "../stand-in.ts";
import type { BybitMarket } from "./category.ts";
import { instruments } from "./instruments.ts";
import { wordOf } from "./intervals.ts";
import { bybitRefusal } from "./refusals.ts";
import { readKlineRows, readTickers, readTime } from "./rows.ts";

const MB = 1_048_576;

/** The most rows that one `/v5/market/kline` gives. */
const ROWS = 1_000;

/** Each question counts as one. */
const WEIGHT = 1;

const HOSTS = ["bybit.com", "bytick.com", "bybit.kz", "bybit.eu", "bybit-tr.com", "bybitgeorgia.ge"];

/** Bybit by REST. Source: Bybit v5 documentation, 2026-11. */
export function bybitRest(market: BybitMarket): RestProtocol {
  const { category } = market;
  return {
    url: "https://api.bybit.com",
    // Of 1,000 contracts, a page has about 1 MB and the tickers 0.7 MB; 1,000 klines have 0.1 MB.
    costs: {
      klines: { weight: WEIGHT, maxBytes: 2 * MB },
      symbols: { weight: WEIGHT, maxBytes: 16 * MB },
      tickers: { weight: WEIGHT, maxBytes: 16 * MB },
      time: { weight: WEIGHT, maxBytes: MB },
    },
    // 600 answers in 5 seconds for an address, whatever they are about: spot and linear have half of it each.
    budget: { most: 300, windowMs: 5_000, aligned: false },
    rows: ROWS,
    keeps: "newest",
    listed: () => instruments(market, WEIGHT),
    tickers: () => ({
      about: "tickers",
      path: `/v5/market/tickers?category=${category}`,
      weight: WEIGHT,
      read: readTickers(market),
    }),
    time: () => ({ about: "time", path: "/v5/market/time", weight: WEIGHT, read: readTime }),
    klines: (symbol, interval, range) => {
      const name = nameAt(symbol);
      const query = new URLSearchParams({
        category,
        symbol: name,
        interval: wordOf(interval),
        // Both ends are open times.
        start: String(range.from),
        end: String(range.to),
        limit: String(Math.min(ROWS, candlesBetween(interval, range.from, range.to) + 1)),
      });
      return {
        about: "klines",
        path: `/v5/market/kline?${query}`,
        weight: WEIGHT,
        read: readKlineRows(name, interval),
      };
    },
    // Its headers tell the limits of accounts, not what an address has used.
    used: () => undefined,
    refusal: (status, _headers, body) => bybitRefusal(status, body),
    standIn: standInSays,
    isOwn: (address) => isOnHost(address, HOSTS),
  };
}

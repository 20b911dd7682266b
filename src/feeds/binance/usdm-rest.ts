import { candlesBetween, closeTimeOf, nameAt } from "../../core/mod.ts";
import type { RestProtocol } from "../exchange.ts";
import { standInSays } from "../stand-in.ts";
import { readExchangeInfo } from "./exchange-info.ts";
import { isBinance } from "./hosts.ts";
import { readKlineRows } from "./kline-rows.ts";
import { binanceRefusal } from "./refusals.ts";
import { readTickers, readTime } from "./rows.ts";
import { usedWeight } from "./used-weight.ts";

const MB = 1_048_576;

/** `/fapi/v1/klines` gives 1,500 rows, for a weight of 10; so many cost 2, which is the most for what is spent. */
const ROWS = 499;

/** Fewer rows than this cost half of that. */
const CHEAP_BELOW = 100;

const WEIGHTS = { klines: 2, symbols: 1, tickers: 40, time: 1 } as const;

/** Binance's USDⓈ-M market by REST. Source: Binance USDⓈ-M futures API, 2026-11. */
export const USDM_REST: RestProtocol = {
  url: "https://fapi.binance.com",
  // Of 700 contracts, exchangeInfo has about 1.5 MB and the tickers 0.3 MB; 499 klines have 0.1 MB.
  costs: {
    klines: { weight: WEIGHTS.klines, maxBytes: 2 * MB },
    symbols: { weight: WEIGHTS.symbols, maxBytes: 48 * MB },
    tickers: { weight: WEIGHTS.tickers, maxBytes: 16 * MB },
    time: { weight: WEIGHTS.time, maxBytes: MB },
  },
  budget: { most: 2_400, windowMs: 60_000, aligned: true },
  rows: ROWS,
  keeps: "oldest",
  listed: () => ({
    about: "symbols",
    path: "/fapi/v1/exchangeInfo",
    weight: WEIGHTS.symbols,
    read: readExchangeInfo("binance-usdm"),
  }),
  tickers: () => ({
    about: "tickers",
    path: "/fapi/v1/ticker/24hr",
    weight: WEIGHTS.tickers,
    read: readTickers("binance-usdm"),
  }),
  time: () => ({ about: "time", path: "/fapi/v1/time", weight: WEIGHTS.time, read: readTime }),
  klines: (symbol, interval, range) => {
    const limit = Math.min(ROWS, candlesBetween(interval, range.from, range.to) + 1);
    const query = new URLSearchParams({
      symbol: nameAt(symbol),
      interval,
      startTime: String(range.from),
      endTime: String(closeTimeOf(interval, range.to)),
      limit: String(limit),
    });
    const weight = limit < CHEAP_BELOW ? 1 : WEIGHTS.klines;
    return { about: "klines", path: `/fapi/v1/klines?${query}`, weight, read: readKlineRows };
  },
  used: usedWeight,
  refusal: (status, _headers, body) => binanceRefusal(status, body),
  standIn: standInSays,
  isOwn: isBinance,
};

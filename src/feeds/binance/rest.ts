import { closeTimeOf, nameAt } from "../../core/mod.ts";
import type { RestProtocol } from "../exchange.ts";
import { standInSays } from "../stand-in.ts";
import { readExchangeInfo } from "./exchange-info.ts";
import { isBinance } from "./hosts.ts";
import { readKlineRows } from "./kline-rows.ts";
import { binanceRefusal } from "./refusals.ts";
import { readTickers, readTime } from "./rows.ts";
import { usedWeight } from "./used-weight.ts";

const MB = 1_048_576;

/** The most rows that one `/api/v3/klines` gives. */
const ROWS = 1_000;

const WEIGHTS = { klines: 2, symbols: 20, tickers: 80, time: 1 } as const;

/** Binance's spot market by REST. Source: Binance spot API, 2026-07. */
export const BINANCE_REST: RestProtocol = {
  // For market data; no account is needed.
  url: "https://data-api.binance.vision",
  // Of 3,000 symbols, exchangeInfo has about 20 MB and the tickers 1.5 MB; 1,000 klines have 0.2 MB.
  costs: {
    klines: { weight: WEIGHTS.klines, maxBytes: 2 * MB },
    symbols: { weight: WEIGHTS.symbols, maxBytes: 48 * MB },
    tickers: { weight: WEIGHTS.tickers, maxBytes: 16 * MB },
    time: { weight: WEIGHTS.time, maxBytes: MB },
  },
  // Going on after a 429 brings bans of 2 minutes to 3 days.
  budget: { most: 6_000, windowMs: 60_000, aligned: true },
  rows: ROWS,
  keeps: "oldest",
  listed: () => ({
    about: "symbols",
    path: "/api/v3/exchangeInfo",
    weight: WEIGHTS.symbols,
    read: readExchangeInfo("binance"),
  }),
  tickers: () => ({
    about: "tickers",
    path: "/api/v3/ticker/24hr",
    weight: WEIGHTS.tickers,
    read: readTickers("binance"),
  }),
  time: () => ({ about: "time", path: "/api/v3/time", weight: WEIGHTS.time, read: readTime }),
  klines: (symbol, interval, range) => {
    const query = new URLSearchParams({
      symbol: nameAt(symbol),
      interval,
      startTime: String(range.from),
      endTime: String(closeTimeOf(interval, range.to)),
      limit: String(ROWS),
    });
    return { about: "klines", path: `/api/v3/klines?${query}`, weight: WEIGHTS.klines, read: readKlineRows };
  },
  used: usedWeight,
  refusal: (status, _headers, body) => binanceRefusal(status, body),
  standIn: standInSays,
  isOwn: isBinance,
};

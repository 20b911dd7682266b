import { closeTimeOf } from "../../core/mod.ts";
import type { RestProtocol } from "../exchange.ts";
import { readExchangeInfo } from "./exchange-info.ts";
import { readKlineRows } from "./kline-rows.ts";
import { readTickers, readTime } from "./rows.ts";

const MB = 1_048_576;

/** The most rows that one `/api/v3/klines` gives. */
const ROWS = 1_000;

/** The exchange's code for a symbol that it doesn't have. */
const INVALID_SYMBOL = -1121;

const HOSTS = ["binance.com", "binance.vision", "binance.us"];

/** Binance's spot market by REST. Source: Binance spot API, 2026-07. */
export const BINANCE_REST: RestProtocol = {
  // For market data; no account is needed.
  url: "https://data-api.binance.vision",
  // Of 3,000 symbols, exchangeInfo has about 20 MB and the tickers 1.5 MB; 1,000 klines have 0.2 MB.
  costs: {
    klines: { weight: 2, maxBytes: 2 * MB },
    exchangeInfo: { weight: 20, maxBytes: 48 * MB },
    tickers: { weight: 80, maxBytes: 16 * MB },
    time: { weight: 1, maxBytes: MB },
  },
  rows: ROWS,
  listed: () => ({ about: "exchangeInfo", path: "/api/v3/exchangeInfo", read: readExchangeInfo }),
  tickers: () => ({ about: "tickers", path: "/api/v3/ticker/24hr", read: readTickers }),
  time: () => ({ about: "time", path: "/api/v3/time", read: readTime }),
  klines: (symbol, interval, range) => {
    const query = new URLSearchParams({
      symbol,
      interval,
      startTime: String(range.from),
      endTime: String(closeTimeOf(interval, range.to)),
      limit: String(ROWS),
    });
    return { about: "klines", path: `/api/v3/klines?${query}`, read: readKlineRows };
  },
  used: (headers) => {
    const used = Number(headers.get("x-mbx-used-weight-1m"));
    return used > 0 && used < Number.POSITIVE_INFINITY ? used : undefined;
  },
  isUnknownSymbol: (text) => codeIn(text) === INVALID_SYMBOL,
  isOwn: (address) => {
    const host = new URL(address).hostname;
    return HOSTS.some((own) => host === own || host.endsWith(`.${own}`));
  },
};

/** The `code` of an error answer such as {"code":-1121,"msg":"Invalid symbol."}. */
function codeIn(text: string): number | undefined {
  const code = /"code"\s*:\s*(-?\d+)/.exec(text)?.[1];
  return code === undefined ? undefined : Number(code);
}

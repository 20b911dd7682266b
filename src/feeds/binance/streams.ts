import type { StreamProtocol } from "../exchange.ts";
import { readFrame } from "./frames.ts";

const TICKERS = "!miniTicker@arr";

/**
 * Binance's spot streams. Source: Binance spot WebSocket streams, 2026-07: 1024 streams on a connection, which lives for 24 h; 300
 * connections in 5 minutes from one address; 5 incoming messages a second, pongs among them.
 */
export const BINANCE_STREAMS: StreamProtocol = {
  // For market data; no account is needed.
  url: "wss://data-stream.binance.vision",
  limits: {
    // Fewer than allowed keep the URL short and a cut small.
    streams: 400,
    lifeMs: 23 * 3_600_000,
    attempts: { most: 200, withinMs: 300_000 },
    messageEveryMs: 500,
  },
  tickers: TICKERS,
  klines: (symbol, interval) => `${symbol.toLowerCase()}@kline_${interval}`,
  // All symbols' tickers, or its own.
  bringsTickerOf: (stream, symbol) => stream.startsWith(TICKERS) || stream === `${symbol.toLowerCase()}@miniTicker`,
  address: (base, streams) => `${base.replace(/\/+$/, "")}/stream?streams=${streams.map(encodeStream).join("/")}`,
  request: (kind, params, id) => JSON.stringify({ method: kind.toUpperCase(), params, id }),
  read: readFrame,
};

/** A stream's name for a URL: symbols may be of any script, while `@` and `!` stay readable. */
function encodeStream(name: string): string {
  return encodeURIComponent(name).replaceAll("%40", "@").replaceAll("%21", "!");
}

import { nameAt, type Symbol } from "../../core/mod.ts";
import { addressAt } from "../addresses.ts";
import type { StreamLimits, StreamProtocol, SymbolStream } from "../exchange.ts";
import { readFrame } from "./frames.ts";

const TICKERS = "!miniTicker@arr";

/** What both of Binance's markets have in common: names of streams, and requests. */
export const BINANCE_NAMES: Pick<StreamProtocol, "marketWide" | "of" | "klines" | "bringsTickerOf" | "request"> = {
  marketWide: [TICKERS],
  of: (symbol, withSeconds): readonly SymbolStream[] =>
    (withSeconds ? (["1m", "1s"] as const) : (["1m"] as const)).map((interval) => ({
      name: nameOfKlines(symbol, interval),
      tells: "klines",
      interval,
    })),
  klines: nameOfKlines,
  // All symbols' tickers, or its own.
  bringsTickerOf: (stream, symbol) => stream.startsWith(TICKERS) || stream === `${lowerCase(symbol)}@miniTicker`,
  request: (kind, params, id) => [JSON.stringify({ method: kind.toUpperCase(), params, id })],
};

/** What both allow. */
export const BINANCE_LIMITS: Omit<StreamLimits, "streams" | "messageEveryMs"> = {
  lifeMs: 23 * 3_600_000,
  attempts: { most: 200, withinMs: 300_000 },
  namesPerMessage: Number.POSITIVE_INFINITY,
  silentAfterMs: 10_000,
  // The exchange pings us, and the runtime's WebSocket answers.
  pingEveryMs: undefined,
};

/**
 * Binance's spot streams. Source: Binance spot WebSocket streams, 2026-07: 1024 streams on a connection, which lives for 24 h; 300
 * connections in 5 minutes from one address; 5 incoming messages a second, pongs among them.
 */
export const BINANCE_STREAMS: StreamProtocol = {
  ...BINANCE_NAMES,
  // For market data; no account is needed.
  url: "wss://data-stream.binance.vision",
  limits: {
    ...BINANCE_LIMITS,
    // Fewer than allowed keep the URL short and a cut small.
    streams: 400,
    messageEveryMs: 500,
  },
  address: (base, streams) => combinedAddress(base, "/stream", streams),
  read: readFrame("binance"),
};

/** The address of a connection whose frames say on which stream each event came. All names are in it. */
export function combinedAddress(
  base: string,
  path: string,
  streams: readonly string[],
): ReturnType<StreamProtocol["address"]> {
  const url = addressAt(base, `${path}?streams=${streams.map(encodeStream).join("/")}`);
  return { url, subscribe: [] };
}

function nameOfKlines(symbol: Symbol, interval: string): string {
  return `${lowerCase(symbol)}@kline_${interval}`;
}

function lowerCase(symbol: Symbol): string {
  return nameAt(symbol).toLowerCase();
}

/** A stream's name for a URL: symbols may be of any script, while `@` and `!` stay readable. */
function encodeStream(name: string): string {
  return encodeURIComponent(name).replaceAll("%40", "@").replaceAll("%21", "!");
}

import type { Interval, MarketId, Symbol } from "../../core/mod.ts";
import { EXCHANGES, type StreamProtocol } from "../../feeds/mod.ts";
import { MAX_CHANNELS_PER_REQUEST } from "../../wire/mod.ts";
import { readUpstreamFrame } from "./frames.ts";

/** Where nothing listens: an upstream has no address of its own, and is always given one. */
export const NO_ADDRESS = "upstream.invalid";

/**
 * The WebSocket of another Vyx; docs/protocol.md describes it. Streams are its channels. `format=timed` has the market's time in each kline.
 * Snapshots are left out, as history comes by HTTP, and `lenient` keeps one symbol that has gone from refusing all others.
 */
export function upstreamStreams(market: MarketId): StreamProtocol {
  const tickers = `tickers:${market}`;
  return {
    url: `wss://${NO_ADDRESS}`,
    limits: {
      // A socket may have 1,024 channels.
      streams: 1_000,
      // The upstream ends old connections itself, where it is set to.
      lifeMs: 24 * 3_600_000,
      attempts: { most: 200, withinMs: 300_000 },
      // 100 messages at once and 20 a second are allowed.
      messageEveryMs: 100,
      namesPerMessage: MAX_CHANNELS_PER_REQUEST,
      // Tickers come each second while anything trades.
      silentAfterMs: 20_000,
      // It pings itself.
      pingEveryMs: undefined,
    },
    marketWide: [tickers],
    of: (symbol, withSeconds) =>
      (withSeconds && EXCHANGES[market].facts.streamed.includes("1s")
        ? (["1m", "1s"] as const)
        : (["1m"] as const)
      ).map((interval) => ({ name: klinesOf(symbol, interval), tells: "klines", interval })),
    klines: klinesOf,
    bringsTickerOf: (stream) => stream === tickers,
    address: (base, streams) => ({
      url: `${base.replace(/\/+$/, "")}/ws?format=timed`,
      subscribe: requests("subscribe", streams, 0),
    }),
    request: requests,
    read: (frame, sink) => readUpstreamFrame(market, frame, sink),
  };
}

function requests(op: "subscribe" | "unsubscribe", streams: readonly string[], id: number): string[] {
  const how = op === "subscribe" ? { snapshots: false, lenient: true } : {};
  const requests: string[] = [];
  for (let at = 0; at < streams.length; at += MAX_CHANNELS_PER_REQUEST) {
    const channels = streams.slice(at, at + MAX_CHANNELS_PER_REQUEST);
    requests.push(JSON.stringify({ id: String(id), op, channels, ...how }));
  }
  return requests;
}

function klinesOf(symbol: Symbol, interval: Interval): string {
  return `kline:${symbol}:${interval}`;
}

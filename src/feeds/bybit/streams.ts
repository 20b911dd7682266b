import { type Interval, nameAt, type Symbol } from "../../core/mod.ts";
import { addressAt } from "../addresses.ts";
import type { StreamProtocol } from "../exchange.ts";
import { inParts } from "../in-parts.ts";
import type { BybitMarket } from "./category.ts";
import { readBybitFrame } from "./frames.ts";
import { wordOf } from "./intervals.ts";

/** Streams that one request names: spot takes no more, and linear is asked in the same way. */
const NAMES_PER_MESSAGE = 10;

/**
 * Bybit's public streams. Source: Bybit v5 documentation, connect and rate limits, 2026-11: 21,000 characters of names on a connection;
 * 500 connections in 5 minutes from one address, for all markets together; a ping each 20 seconds, and an end after 10 minutes
 * without.
 */
export function bybitStreams({ category }: BybitMarket): StreamProtocol {
  return {
    url: "wss://stream.bybit.com",
    limits: {
      // Names have 40 characters at most.
      streams: 400,
      // No life is stated. Streams that had to move to small connections come together again when these are replaced.
      lifeMs: 24 * 3_600_000,
      attempts: { most: 200, withinMs: 300_000 },
      messageEveryMs: 100,
      namesPerMessage: NAMES_PER_MESSAGE,
      // A state of a candle comes each 1 to 60 seconds, says the documentation; tickers come with each trade.
      silentAfterMs: 20_000,
      pingEveryMs: 20_000,
    },
    marketWide: [],
    of: (symbol) => [
      { name: klinesOf(symbol, "1m"), tells: "klines", interval: "1m" },
      { name: tickersOf(symbol), tells: "tickers" },
    ],
    klines: klinesOf,
    bringsTickerOf: (stream, symbol) => stream === tickersOf(symbol),
    address: (base, streams) => ({
      url: addressAt(base, `/v5/public/${category}`),
      subscribe: requests("subscribe", streams, 0),
    }),
    request: requests,
    ping: (id) => JSON.stringify({ req_id: String(id), op: "ping" }),
    read: readBybitFrame,
  };
}

function requests(op: "subscribe" | "unsubscribe", streams: readonly string[], id: number): string[] {
  return inParts(streams, NAMES_PER_MESSAGE).map((args) => JSON.stringify({ req_id: String(id), op, args }));
}

function klinesOf(symbol: Symbol, interval: Interval): string {
  return `kline.${wordOf(interval)}.${nameAt(symbol)}`;
}

function tickersOf(symbol: Symbol): string {
  return `tickers.${nameAt(symbol)}`;
}

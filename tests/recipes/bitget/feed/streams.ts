import { nameAt, type Symbol } from "../../../../src/core/mod.ts";
import type { StreamProtocol } from "../../../../src/feeds/exchange.ts";
import { inParts } from "../../../../src/feeds/in-parts.ts";
import { readFrame } from "./frames.ts";

const NAMES_PER_MESSAGE = 50;

/** Bitget's public streams. A stream's name is `channel:instId`, the two that its requests and frames have. */
export const STREAMS: StreamProtocol = {
  url: "wss://ws.bitget.com",
  limits: {
    streams: 50,
    lifeMs: 23 * 3_600_000,
    attempts: { most: 200, withinMs: 300_000 },
    messageEveryMs: 150,
    namesPerMessage: NAMES_PER_MESSAGE,
    silentAfterMs: 20_000,
    pingEveryMs: 25_000,
  },
  marketWide: [],
  of: (symbol) => [
    { name: klinesOf(symbol), tells: "klines", interval: "1m" },
    { name: tickersOf(symbol), tells: "tickers" },
  ],
  klines: klinesOf,
  bringsTickerOf: (stream, symbol) => stream === tickersOf(symbol),
  address: (base, streams) => ({
    url: `${base.replace(/\/+$/, "")}/v2/ws/public`,
    subscribe: requests("subscribe", streams),
  }),
  request: requests,
  ping: () => "ping",
  read: readFrame,
};

function requests(op: "subscribe" | "unsubscribe", streams: readonly string[]): string[] {
  return inParts(streams, NAMES_PER_MESSAGE).map((names) => {
    const args = names.map((name) => {
      const [channel, instId] = name.split(":");
      return { instType: "SPOT", channel, instId };
    });
    return JSON.stringify({ op, args });
  });
}

function klinesOf(symbol: Symbol): string {
  return `candle1m:${nameAt(symbol)}`;
}

function tickersOf(symbol: Symbol): string {
  return `ticker:${nameAt(symbol)}`;
}

import { type Interval, type Kline, OPTIONAL_COLUMNS } from "../../../../src/core/mod.ts";
import type { Dialect, SocketRequest, StreamDialect } from "../../../../src/exchange/dialect.ts";
import { plain } from "../../../../src/exchange/dialects/figures.ts";
import { ANATOMY } from "./anatomy.ts";
import { bitgetRest, candle, dayFigures } from "./rest.ts";

const CANDLES = "candle1m:";

const STREAMS: StreamDialect = {
  limits: { streams: 1_000, messagesPerSecond: 10 },
  keepAlive: { by: "client", everyMs: 30_000, withinMs: 120_000 },
  address: ({ pathname }) =>
    pathname === "/v2/ws/public" ? { combined: false, streams: [], silent: false } : undefined,
  // Nobody asks for longer ones.
  klines: (symbol, interval) => (interval === "1m" ? `${CANDLES}${symbol}` : `candle${interval}:${symbol}`),
  ticker: (symbol) => `ticker:${symbol}`,
  allTickers: undefined,
  symbolOf: (stream) => (stream.startsWith(CANDLES) ? stream.slice(CANDLES.length) : undefined),
  klineEvent: ({ symbol }, _interval: Interval, kline: Kline, now) => frame("candle1m", symbol, [candle(kline)], now),
  tickerEvent: (pair, day, now) =>
    frame("ticker", pair.symbol, [{ instId: pair.symbol, ...dayFigures(day), open24h: plain(day.open) }], now),
  frame: (_, __, event) => event,
  read,
};

/** Bitget's spot market as an example has it. */
export const BITGET: Dialect = {
  market: "bitget",
  intervals: new Set(["1m", "5m", "15m", "1h", "4h"]),
  untold: OPTIONAL_COLUMNS.filter((column) => column !== "quoteVolume"),
  tellsEarlyEnds: false,
  streams: STREAMS,
  rest: bitgetRest(),
  anatomy: ANATOMY,
};

function frame(channel: string, instId: string, data: unknown, ts: number): string {
  return JSON.stringify({ action: "update", arg: { instType: "SPOT", channel, instId }, data, ts });
}

function read(text: string): SocketRequest {
  if (text === "ping") return { what: "ping", answer: "pong" };
  try {
    const { op, args } = JSON.parse(text) as { op: "subscribe"; args: { channel: string; instId: string }[] };
    const streams = args.map(({ channel, instId }) => `${channel}:${instId}`);
    return { what: op, streams, answer: JSON.stringify({ event: op, arg: args[0] }) };
  } catch {
    return { what: "refused", answer: '{"event":"error","code":"30002","msg":"Unrecognized request"}' };
  }
}

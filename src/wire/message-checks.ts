import { MARKET_IDS } from "../core/mod.ts";
import { checkInterval, checkKline, checkTicker } from "./answer-checks.ts";
import {
  anything,
  byName,
  type Check,
  count,
  figure,
  list,
  maybe,
  name,
  object,
  oneOf,
  orNull,
  text,
  that,
  truth,
  whole,
} from "./check.ts";
import type { Signal } from "./functions/signals.ts";
import type { ServerMessage } from "./messages.ts";

type Message<Type> = Omit<Extract<ServerMessage, { type: Type }>, "type">;

const id: Check<number | string | null> = orNull(
  that("a number or text", (value) => Number.isFinite(value) || typeof value === "string"),
);
const market: Check<unknown> = maybe(oneOf(MARKET_IDS));

/** All that the server says on `/ws` as text, by type, and how the rest of it is read. */
export const MESSAGE_CHECKS: { readonly [Type in ServerMessage["type"]]: Check<Message<Type>> } = {
  hello: object<Message<"hello">>({
    protocol: figure,
    serverTime: whole,
    version: text,
    source: text,
    epoch: maybe(text),
  }),
  ack: object<Message<"ack">>({ id, channels: list(text) }),
  error: object<Message<"error">>({ id, code: text, detail: text, retryAfterSeconds: maybe(figure) }),
  pong: object<Message<"pong">>({}),
  ids: object<Message<"ids">>({ symbols: byName(figure) }),
  snapshot: object<Message<"snapshot">>({ channel: text, klines: list(checkKline), recovered: truth }),
  kline: object<Message<"kline">>({
    channel: text,
    kline: checkKline,
    restated: maybe(oneOf([true])),
    time: maybe(whole),
  }),
  signal: object<Message<"signal">>({
    signal: object<Signal>({
      id: count,
      traderId: text,
      traderVersion: count,
      symbol: name,
      interval: checkInterval,
      closeTime: whole,
      price: figure,
      facts: byName(anything),
      createdAt: whole,
    }),
  }),
  ticker: object<Message<"ticker">>({ channel: text, ticker: checkTicker }),
  tickers: object<Message<"tickers">>({ market, tickers: list(checkTicker) }),
  close: object<Message<"close">>({
    market,
    interval: checkInterval,
    closeTime: whole,
    symbols: list(text),
    pending: list(text),
  }),
};

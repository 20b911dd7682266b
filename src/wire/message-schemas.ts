import * as v from "valibot";
import { INTERVALS, type Interval, MARKET_IDS } from "../core/mod.ts";
import { type AnswerSchema, figure, klineSchema, momentSchema, tickerSchema } from "./answer-schemas.ts";
import { signalSchema } from "./functions/signals.ts";
import type { ServerMessage } from "./messages.ts";

/** One kind of message on `/ws`: what it is for, and how it is read. */
export interface MessageKind<Message extends ServerMessage = ServerMessage> {
  readonly says: string;
  readonly schema: AnswerSchema<Message>;
}

const requestId: v.GenericSchema<string | number | null> = v.pipe(
  v.nullable(v.union([figure, v.string()])),
  v.description("the request's own `id`; null if it had none"),
);
const channel: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.description("the channel's one name; it always names the symbol, on * channels too"),
);
const symbols: v.GenericSchema<string[]> = v.array(v.string());
const market = v.optional(
  v.pipe(v.picklist(MARKET_IDS), v.description("on channels that name a market; else the server's first one is meant")),
);
const interval: v.GenericSchema<Interval> = v.picklist(INTERVALS);
const marketTime = v.pipe(
  momentSchema,
  v.description("only with `format=timed`: the market's time when the kline had this state, Unix milliseconds UTC"),
);

/** All that the server says on `/ws`, by type. */
export const MESSAGE_KINDS: {
  readonly [Type in ServerMessage["type"]]: MessageKind<Extract<ServerMessage, { type: Type }>>;
} = {
  hello: {
    says: "The first message on every socket.",
    schema: v.object({
      type: v.literal("hello"),
      protocol: v.pipe(figure, v.description("1; a client that knows only other numbers should say so and stop")),
      serverTime: momentSchema,
      version: v.string(),
      source: v.pipe(v.string(), v.description("of the server's first market: binance, bybit, recorded or simulated")),
      epoch: v.exactOptional(
        v.pipe(
          v.string(),
          v.description(
            "names the market behind this address: another one means that what you have is of a market that isn't there any more",
          ),
        ),
      ),
    }),
  },
  ack: {
    says: "The answer to a subscribe or unsubscribe, before the first message of its channels.",
    schema: v.object({
      type: v.literal("ack"),
      id: requestId,
      channels: v.pipe(v.array(v.string()), v.description("by their one name")),
    }),
  },
  error: {
    says: "A request that can't be met. Nothing of it was done, and the socket stays open.",
    schema: v.object({
      type: v.literal("error"),
      id: requestId,
      code: v.pipe(v.string(), v.description("as in the problems of HTTP answers")),
      detail: v.pipe(v.string(), v.description("what was wrong and what would be right")),
      retryAfterSeconds: v.exactOptional(
        v.pipe(figure, v.description("with `rate_limited`, when the caller can pay for the request's snapshots")),
      ),
    }),
  },
  pong: { says: "The answer to a ping.", schema: v.object({ type: v.literal("pong") }) },
  ids: {
    says: "Only with `format=packed`: the ids by which binary frames name symbols, before the first frame that does.",
    schema: v.object({ type: v.literal("ids"), symbols: v.record(v.string(), figure) }),
  },
  snapshot: {
    says: "What a kline channel begins with: the last 100 klines, or with `since` all from there on.",
    schema: v.object({
      type: v.literal("snapshot"),
      channel,
      klines: v.array(klineSchema),
      recovered: v.pipe(v.boolean(), v.description("whether all that the exchange has since `since` is in it")),
    }),
  },
  kline: {
    says: "The newest state of a kline. A closed one comes once; again only when the exchange tells it otherwise later.",
    schema: v.object({
      type: v.literal("kline"),
      channel,
      kline: klineSchema,
      restated: v.exactOptional(
        v.pipe(v.literal(true), v.description("this closed kline differs from what was told before")),
      ),
      time: v.exactOptional(marketTime),
    }),
  },
  signal: {
    says: "A signal of one of the caller's traders, when it was stored.",
    schema: v.object({ type: v.literal("signal"), signal: signalSchema }),
  },
  ticker: {
    says: "A ticker's newest state; the present one first.",
    schema: v.object({ type: v.literal("ticker"), channel, ticker: tickerSchema }),
  },
  tickers: {
    says: "All tickers first, then those that changed, about each second.",
    schema: v.object({ type: v.literal("tickers"), market, tickers: v.array(tickerSchema) }),
  },
  close: {
    says: "A close of an interval: once all symbols have closed, or two seconds of market time later with those that have; stragglers come on their own.",
    schema: v.object({
      type: v.literal("close"),
      market,
      interval,
      closeTime: momentSchema,
      symbols: v.pipe(symbols, v.description("that closed since the last message for this close time")),
      pending: v.pipe(symbols, v.description("still to come")),
    }),
  },
};

import * as v from "valibot";
import { klineSchema, tickerSchema } from "./answer-schemas.ts";
import { signalSchema } from "./function-schemas.ts";

/** One kind of message on `/ws`, as the contract's page shows it. */
export interface MessageKind {
  readonly name: string;
  readonly says: string;
  readonly schema: v.GenericSchema;
}

const requestId: v.GenericSchema = v.pipe(
  v.nullable(v.union([v.number(), v.string()])),
  v.description("the request's own `id`; null if it had none"),
);
const moment: v.GenericSchema = v.pipe(v.number(), v.integer(), v.description("Unix milliseconds UTC"));
const channel: v.GenericSchema = v.pipe(
  v.string(),
  v.description("the channel's one name; it always names the symbol, on * channels too"),
);
const symbols: v.GenericSchema = v.array(v.string());

/** All that the server says. */
export const MESSAGE_KINDS: readonly MessageKind[] = [
  {
    name: "hello",
    says: "The first message on every socket.",
    schema: v.object({
      type: v.literal("hello"),
      protocol: v.pipe(v.literal(1), v.description("a client that reads another number should say so and stop")),
      serverTime: moment,
      version: v.string(),
      source: v.picklist(["binance", "recorded", "simulated"]),
    }),
  },
  {
    name: "ack",
    says: "The answer to a subscribe or unsubscribe, before the first message of its channels.",
    schema: v.object({
      type: v.literal("ack"),
      id: requestId,
      channels: v.pipe(v.array(v.string()), v.description("by their one name")),
    }),
  },
  {
    name: "error",
    says: "A request that can't be met. Nothing of it was done, and the socket stays open.",
    schema: v.object({
      type: v.literal("error"),
      id: requestId,
      code: v.pipe(v.string(), v.description("as in the problems of HTTP answers")),
      detail: v.pipe(v.string(), v.description("what was wrong and what would be right")),
    }),
  },
  { name: "pong", says: "The answer to a ping.", schema: v.object({ type: v.literal("pong") }) },
  {
    name: "snapshot",
    says: "What a kline channel begins with: the last 100 klines, or with `since` all from there on.",
    schema: v.object({
      type: v.literal("snapshot"),
      channel,
      klines: v.array(klineSchema),
      recovered: v.pipe(v.boolean(), v.description("whether all that the exchange has since `since` is in it")),
    }),
  },
  {
    name: "kline",
    says: "The newest state of a kline. A closed one comes once; again only when the exchange tells it otherwise later.",
    schema: v.object({
      type: v.literal("kline"),
      channel,
      kline: klineSchema,
      restated: v.optional(
        v.pipe(v.literal(true), v.description("this closed kline differs from what was told before")),
      ),
    }),
  },
  {
    name: "signal",
    says: "A signal of one of the caller's traders, when it was stored.",
    schema: v.object({
      type: v.literal("signal"),
      signal: signalSchema,
    }),
  },
  {
    name: "ticker",
    says: "A ticker's newest state; the present one first.",
    schema: v.object({ type: v.literal("ticker"), channel, ticker: tickerSchema }),
  },
  {
    name: "tickers",
    says: "All tickers first, then those that changed, about each second.",
    schema: v.object({ type: v.literal("tickers"), tickers: v.array(tickerSchema) }),
  },
  {
    name: "close",
    says: "A close of an interval: once all symbols have closed, or two seconds of market time later with those that have; stragglers come on their own.",
    schema: v.object({
      type: v.literal("close"),
      interval: v.string(),
      closeTime: moment,
      symbols: v.pipe(symbols, v.description("that closed since the last message for this close time")),
      pending: v.pipe(symbols, v.description("still to come")),
    }),
  },
];

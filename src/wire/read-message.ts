import * as v from "valibot";
import { INTERVALS, type Interval } from "../core/mod.ts";
import { type AnswerSchema, klineSchema, momentSchema, readAnswer, tickerSchema } from "./answer-schemas.ts";
import { signalSchema } from "./function-schemas.ts";
import type { ServerMessage } from "./messages.ts";

/** A server's frame, read with care: the message, in words what was wrong with it, or a type that is newer than the reader. */
export type ReadMessage =
  | { readonly message: ServerMessage }
  | { readonly fault: string }
  | { readonly unknownType: string };

/** Reads a server's text frame. */
export function readMessage(text: string): ReadMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: "expected a JSON text frame" };
  }
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  if (typeof type !== "string") return { fault: "expected a JSON object with a type" };
  if (!Object.hasOwn(SCHEMAS, type)) return { unknownType: type };
  const read = readAnswer<ServerMessage>(SCHEMAS[type as ServerMessage["type"]], value);
  return "answer" in read ? { message: read.answer } : { fault: `${type}: ${read.fault}` };
}

const channel = v.string();
const symbols: v.GenericSchema<string[]> = v.array(v.string());
const interval: v.GenericSchema<Interval> = v.picklist(INTERVALS);
const id = v.nullable(v.union([v.number(), v.string()]));

/** What the server says on `/ws`, by type. */
const SCHEMAS: { readonly [Type in ServerMessage["type"]]: AnswerSchema<Extract<ServerMessage, { type: Type }>> } = {
  hello: v.object({
    type: v.literal("hello"),
    protocol: v.number(),
    serverTime: momentSchema,
    version: v.string(),
    source: v.string(),
  }),
  snapshot: v.object({
    type: v.literal("snapshot"),
    channel,
    klines: v.array(klineSchema),
    recovered: v.boolean(),
  }),
  kline: v.object({
    type: v.literal("kline"),
    channel,
    kline: klineSchema,
    restated: v.exactOptional(v.literal(true)),
  }),
  ticker: v.object({ type: v.literal("ticker"), channel, ticker: tickerSchema }),
  tickers: v.object({ type: v.literal("tickers"), tickers: v.array(tickerSchema) }),
  close: v.object({ type: v.literal("close"), interval, closeTime: momentSchema, symbols, pending: symbols }),
  signal: v.object({ type: v.literal("signal"), signal: signalSchema }),
  ack: v.object({ type: v.literal("ack"), id, channels: symbols }),
  error: v.object({ type: v.literal("error"), id, code: v.string(), detail: v.string() }),
  pong: v.object({ type: v.literal("pong") }),
};

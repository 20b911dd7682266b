import * as v from "valibot";
import { type AnswerSchema, count, figure, interval, momentSchema, symbol } from "./answer-schemas.ts";
import type {
  Execution,
  ListedTrader,
  Signal,
  SignalsAnswer,
  Trader,
  TradersAnswer,
  ValidateAnswer,
} from "./functions.ts";

/** A signal, as the server tells it. */
export const signalSchema: AnswerSchema<Signal> = v.object({
  id: count,
  traderId: v.string(),
  traderVersion: count,
  symbol,
  interval,
  closeTime: momentSchema,
  price: v.pipe(figure, v.description("the close of the candle that closed")),
  facts: v.pipe(v.record(v.string(), v.unknown()), v.description("what the filter said of it")),
  createdAt: momentSchema,
});

/** `GET signals`. */
export const signalsSchema: AnswerSchema<SignalsAnswer> = v.object({
  count,
  signals: v.array(signalSchema),
  cursor: v.nullable(v.string()),
});

const trader = {
  id: v.string(),
  owner: v.string(),
  name: v.string(),
  description: v.string(),
  enabled: v.boolean(),
  code: v.string(),
  timeframes: v.array(interval),
  triggerInterval: interval,
  symbols: v.nullable(v.array(symbol)),
  cooldownCandles: count,
  version: count,
  createdAt: momentSchema,
  updatedAt: momentSchema,
};

/** What a call that makes or changes a trader answers. */
export const traderSchema: AnswerSchema<Trader> = v.object(trader);

const execution: AnswerSchema<Execution> = v.object({
  interval,
  closeTime: momentSchema,
  status: v.picklist(["done", "failed"]),
  symbolsChecked: count,
  matches: count,
  signals: count,
  skipped: count,
  errors: count,
  error: v.nullable(v.string()),
  finishedAt: momentSchema,
});

/** `GET traders/{id}`. */
export const listedTraderSchema: AnswerSchema<ListedTrader> = v.object({
  ...trader,
  // Functions that are older than the reader don't tell it.
  lastExecution: v.optional(v.nullable(execution), null),
});

/** `GET traders`. */
export const tradersSchema: AnswerSchema<TradersAnswer> = v.object({
  count,
  traders: v.array(listedTraderSchema),
  cursor: v.nullable(v.string()),
});

/** `POST traders/validate`. */
export const validateSchema: AnswerSchema<ValidateAnswer> = v.object({
  valid: v.boolean(),
  errors: v.array(v.object({ message: v.string(), line: v.optional(count), column: v.optional(count) })),
  engine: v.nullable(v.string()),
});

/** What a call that deletes a trader answers: 204 without a body. */
export const nothingSchema: AnswerSchema<null> = v.null();

/** The functions' own 503, which isn't a problem: `error` says what can't be reached. */
export const unavailableSchema: AnswerSchema<{ readonly error: string; readonly fallback: true }> = v.object({
  error: v.string(),
  fallback: v.literal(true),
});

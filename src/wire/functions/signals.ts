import * as v from "valibot";
import type { Interval, Symbol, UnixMs } from "../../core/mod.ts";
import {
  type AnswerSchema,
  count,
  figure,
  interval as intervalSchema,
  momentSchema,
  symbol as symbolSchema,
} from "../answer-schemas.ts";
import {
  cursorText,
  interval,
  limitText,
  momentText,
  read,
  storedText,
  symbol,
  textsOf,
  traderId,
  type URLSearchParamsLike,
} from "./members.ts";
import type { SignalOutcome } from "./outcomes.ts";
import { signalOutcomeSchema } from "./signal-outcome.ts";

/** A match that was stored. */
export interface Signal {
  readonly id: number;
  readonly traderId: string;
  readonly traderVersion: number;
  readonly symbol: Symbol;
  readonly interval: Interval;
  /** Of the candle whose close it was. */
  readonly closeTime: UnixMs;
  /** The close of that candle. */
  readonly price: number;
  /** What the filter said of it. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly createdAt: UnixMs;
}

/** A signal as it is listed: with what became of the price after it, a horizon each, the shortest first. */
export interface ListedSignal extends Signal {
  readonly outcomes: readonly SignalOutcome[];
}

/** `GET signals`, newest first. */
export interface SignalsAnswer {
  readonly count: number;
  readonly signals: readonly ListedSignal[];
  readonly cursor: string | null;
}

/** Which signals are asked for, newest first. */
export interface SignalsQuery {
  readonly traderId: string | undefined;
  readonly symbol: Symbol | undefined;
  /** Parts of which the symbol's or the trader's name has one, in whatever case. */
  readonly search?: readonly string[] | undefined;
  readonly interval: Interval | undefined;
  /** Close times, both included. */
  readonly from: UnixMs | undefined;
  readonly to: UnixMs | undefined;
  readonly cursor: string | undefined;
  readonly limit: number;
}

/** How many characters a search has at most, and how many parts between commas. */
const MAX_SEARCH_CHARACTERS = 200;
const MAX_SEARCH_PARTS = 20;

const searchText = v.pipe(
  storedText,
  v.maxLength(MAX_SEARCH_CHARACTERS, `expected at most ${MAX_SEARCH_CHARACTERS} characters`),
  v.transform((text) => text.split(",").flatMap((part) => part.trim() || [])),
  v.minLength(1, "expected a part of a symbol or of a trader's name"),
  v.maxLength(MAX_SEARCH_PARTS, `expected at most ${MAX_SEARCH_PARTS} parts between commas`),
);

/** Reads the query of `GET signals`. Throws {@link InvalidInput}. */
export function readSignalsQuery(query: URLSearchParamsLike): SignalsQuery {
  const schema = v.strictObject({
    traderId: v.optional(traderId),
    symbol: v.optional(symbol),
    search: v.optional(searchText),
    interval: v.optional(interval),
    from: momentText,
    to: momentText,
    cursor: cursorText(/^\d{1,16}$/),
    limit: limitText,
  });
  const { traderId: id, symbol: one, interval: given, limit: rows, ...rest } = read(schema, textsOf(query));
  const { search, from, to, cursor } = rest;
  return { traderId: id, symbol: one, search, interval: given, from, to, cursor, limit: rows };
}

const signal = {
  id: count,
  traderId: v.string(),
  traderVersion: count,
  symbol: symbolSchema,
  interval: intervalSchema,
  closeTime: momentSchema,
  price: v.pipe(figure, v.description("the close of the candle that closed")),
  facts: v.pipe(v.record(v.string(), v.unknown()), v.description("what the filter said of it")),
  createdAt: momentSchema,
};

/** A signal, as the server tells it when it is new. */
export const signalSchema: AnswerSchema<Signal> = v.object(signal);

const listedSignalSchema: AnswerSchema<ListedSignal> = v.object({
  ...signal,
  // Functions that are older than the reader don't tell them.
  outcomes: v.optional(v.array(signalOutcomeSchema), []),
});

/** `GET signals`. */
export const signalsSchema: AnswerSchema<SignalsAnswer> = v.object({
  count,
  signals: v.array(listedSignalSchema),
  cursor: v.nullable(v.string()),
});

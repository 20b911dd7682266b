import * as v from "valibot";
import {
  INTERVALS,
  type Interval,
  InvalidInput,
  isStorable,
  isSymbolText,
  MARKET_IDS,
  type MarketId,
  parseSymbol,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { listOf, readForeign } from "../foreign.ts";
import { issueText } from "../issue-text.ts";
import { momentInputSchema } from "../moment.ts";
import { wholeNumber } from "../whole-number.ts";

/** The most symbols that a trader or a request may name. */
const MAX_SYMBOLS = 2_000;

/** The most rows that a list holds, and what it holds unasked. */
export const MAX_ROWS = 500;
const DEFAULT_ROWS = 50;

/** A member of a request, which may be anything, and what it is read as. */
type Member<T> = v.GenericSchema<unknown, T>;

/** An interval that klines have. */
export const interval: Member<Interval> = v.picklist(
  INTERVALS,
  `expected one of ${INTERVALS.join(", ")} (1m is a minute, 1M a month)`,
);

/** An interval at whose closes a trader may run. */
export const triggerInterval: Member<Interval> = v.pipe(
  v.picklist(INTERVALS, `expected one of ${INTERVALS.filter((one) => one !== "1s").join(", ")}`),
  v.notValue("1s", "expected 1m or longer: traders aren't run every second"),
);

/** A market, whether it is served or not. */
export const market: Member<MarketId> = v.picklist(MARKET_IDS, `expected one of ${MARKET_IDS.join(", ")}`);

/** A symbol, whether it is followed or not. */
export const symbol: Member<Symbol> = v.pipe(
  v.string("expected a symbol such as BTCUSDT"),
  v.check(isSymbolText, "expected a symbol such as BTCUSDT"),
  v.transform((text) => parseSymbol(text)),
);

/** Symbols, each once. */
export const symbols: Member<Symbol[]> = v.pipe(
  listOf(
    symbol,
    MAX_SYMBOLS,
    `expected at most ${MAX_SYMBOLS} symbols`,
    'expected a list of symbols such as ["BTCUSDT"], or null for all',
  ),
  v.minLength(1, "expected at least one symbol, or null for all"),
  v.transform((list) => [...new Set(list)]),
);

/** A trader's id. */
export const traderId: Member<string> = v.pipe(v.string(), v.uuid("expected a trader's id, a UUID"));

/** A text that PostgreSQL can hold, so that it is read as it was written. */
export const storedText: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.check(isStorable, "expected text without NUL characters (U+0000) and without halves of surrogate pairs"),
);

/** What people call a thing: something of it shows, for PostgreSQL too, which takes U+0085 for space. */
export function name(most: number): v.GenericSchema<string> {
  const says = `expected 1 to ${most} characters`;
  return v.pipe(storedText, v.trim(), v.regex(/[^\s\u0085]/u, says), v.maxLength(most, says));
}

/** A whole number from 1 to `most`, as JSON. */
export function limit(fallback: number, most: number): Member<number> {
  return v.optional(wholeNumber(1, most), fallback);
}

/** Numbers come as text in a query. */
const numberText = v.pipe(v.string(), v.regex(/^\d{1,16}$/, "expected a whole number"), v.transform(Number));

/** A moment in a query. */
export const momentText: Member<UnixMs | undefined> = v.optional(momentInputSchema);

/** How many rows a list holds, in a query. */
export const limitText: Member<number> = v.optional(v.pipe(numberText, wholeNumber(1, MAX_ROWS)), String(DEFAULT_ROWS));

/** A cursor in a query. */
export function cursorText(form: RegExp): Member<string | undefined> {
  return v.optional(v.pipe(v.string(), v.regex(form, "expected a cursor from an answer")));
}

/** `true` or `false` in a query. */
export const flagText: Member<boolean | undefined> = v.optional(
  v.pipe(
    v.picklist(["true", "false"], "expected true or false"),
    v.transform((text) => text === "true"),
  ),
);

/** What we ask of URLSearchParams, which this room's types don't know. */
export interface URLSearchParamsLike {
  forEach(callback: (value: string, name: string) => void): void;
}

/** The members of a query; of one that is given twice, the last. */
export function textsOf(query: URLSearchParamsLike): Record<string, string> {
  const texts: Record<string, string> = {};
  query.forEach((value, name) => {
    texts[name] = value;
  });
  return texts;
}

/** Reads a request. Throws {@link InvalidInput} that names the member. */
export function read<T>(schema: v.GenericSchema<unknown, T>, value: unknown): T {
  if (typeof value === "object" && (value === null || Array.isArray(value))) {
    throw new InvalidInput("expected a JSON object");
  }
  const result = readForeign(schema, value);
  if ("output" in result) return result.output;
  const { issue } = result;
  const isNoObject = v.getDotPath(issue) === null && issue.kind === "schema" && issue.type !== "string";
  throw new InvalidInput(isNoObject ? "expected a JSON object" : issueText(issue, schema));
}

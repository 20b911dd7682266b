import * as v from "valibot";
import { INTERVALS, type Interval } from "../core/mod.ts";

/** A symbol, as the server writes it. */
export const symbol: v.GenericSchema<unknown, string> = v.pipe(
  v.string(),
  v.maxLength(80),
  v.check((text) => !text.includes("*"), "expected one symbol, such as BTCUSDT"),
  v.description("BTCUSDT, or BYBIT:BTCUSDT.P"),
);

/** An interval of klines. */
export const interval: v.GenericSchema<unknown, Interval> = v.picklist(
  INTERVALS,
  `expected one of ${INTERVALS.join(", ")}`,
);

/** Symbols that a filter runs over. */
export const symbols: v.OptionalSchema<v.GenericSchema<unknown, string[]>, undefined> = v.optional(
  v.pipe(
    v.array(v.pipe(v.string(), v.maxLength(80))),
    v.maxLength(500),
    v.description("all of the first market unless given"),
  ),
);

/** The code of a filter. */
export const code: v.GenericSchema<unknown, string> = v.pipe(
  v.string(),
  v.maxLength(32_768),
  v.description("the body of a filter in JavaScript; the resource vyx://filter-contract has the rules"),
);

/** A moment. */
export const moment: v.OptionalSchema<v.GenericSchema<unknown, number | string>, undefined> = v.optional(
  v.pipe(v.union([v.number(), v.string()]), v.description("Unix milliseconds, or ISO 8601 with a zone")),
);

/** Whole numbers of a range, `fallback` where none is given. */
export function count(most: number, fallback: number): v.GenericSchema<unknown, number> {
  return v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most)), fallback) as v.GenericSchema<
    unknown,
    number
  >;
}

/** A moment in Unix milliseconds; undefined where none is given. Throws for a text that is none. */
export function momentOf(given: number | string | undefined): number | undefined {
  if (given === undefined || typeof given === "number") return given;
  const time = /([zZ]|[+-]\d\d:?\d\d)$/.test(given) ? Date.parse(given) : Number.NaN;
  if (Number.isNaN(time))
    throw new RangeError(`${given} is not a moment: expected Unix milliseconds, or 2026-01-31T12:00:00Z`);
  return time;
}

import * as v from "valibot";
import { INTERVALS, isSymbolText, parseSymbol, type Symbol } from "../core/mod.ts";
import type { PreviewRequest, ScreenRequest } from "./answers.ts";
import { momentInputSchema } from "./moment.ts";

/** The longest code of a filter, in UTF-16 units. */
const MAX_CODE_LENGTH = 32_768;

/** The most symbols that one request may name. */
const MAX_SYMBOLS = 5_000;

const entries = {
  code: v.pipe(v.string(), v.nonEmpty("expected the body of a filter"), v.maxLength(MAX_CODE_LENGTH)),
  timeframes: v.pipe(
    v.array(v.picklist(INTERVALS)),
    v.minLength(1, "expected the intervals that the filter reads"),
    v.maxLength(INTERVALS.length),
    v.description("the intervals that the filter reads"),
  ),
  symbols: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.check(isSymbolText, "expected letters and digits such as BTCUSDT"),
          v.transform((text): Symbol => parseSymbol(text)),
        ),
      ),
      v.maxLength(MAX_SYMBOLS),
      v.description("all unless given"),
    ),
  ),
  interval: v.optional(
    v.pipe(v.picklist(INTERVALS), v.description("whose close it is; the shortest of the timeframes unless given")),
  ),
  closeTime: v.optional(
    v.pipe(momentInputSchema, v.description("the last millisecond of a candle; of the last one unless given")),
  ),
  facts: v.optional(v.pipe(v.boolean(), v.description("whether matches come with facts; true unless given"))),
};

/** A request for a screen, read: its symbols are some. */
export interface ReadScreenRequest extends ScreenRequest {
  readonly symbols?: readonly Symbol[] | undefined;
}

/** A request for a preview, read. */
export interface ReadPreviewRequest extends PreviewRequest {
  readonly symbols?: readonly Symbol[] | undefined;
}

/** The body of `POST /screen`. */
export const screenRequestSchema: v.GenericSchema<unknown, ReadScreenRequest> = v.strictObject(entries);

/** The body of `POST /preview`. */
export const previewRequestSchema: v.GenericSchema<unknown, ReadPreviewRequest> = v.strictObject({
  ...entries,
  closes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500), v.description("how many closes back")),
});

import { countOf } from "../../src/core/mod.ts";
import type { ExplainAnswer, WireCondition } from "../../src/wire/mod.ts";
import { utcText } from "../text/utc.ts";

/** The verdict in a sentence. */
export function verdictText({ symbol, match, missing, error, cooling }: ExplainAnswer): string {
  if (error !== null) return `The filter failed for ${symbol}: ${placeText(error)}${error.message}`;
  if (match === null) return `${symbol} was skipped${missing.length === 0 ? "" : ", because something is missing"}.`;
  if (!match) return `${symbol} didn't match.`;
  if (cooling === undefined) return `${symbol} matched.`;
  const { since, until } = cooling;
  return `${symbol} matched, but the trader gives no signal: it gave one at ${utcText(since + 1)}, and its cooldown lasts until the close at ${utcText(until + 1)}.`;
}

/** Where a mistake is: "line 3, column 8: ". Empty where that isn't known. */
export function placeText({
  line,
  column,
}: {
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}): string {
  return line === undefined ? "" : `line ${line}, column ${column ?? 1}: `;
}

/** A condition's verdict in a word. */
export function conditionText({ verdict }: Pick<WireCondition, "verdict">): "true" | "false" | "not reached" {
  if (verdict === null) return "not reached";
  return verdict ? "true" : "false";
}

/** The values that a condition hangs on: "rsi(close, 14).at(-1) = 31.2". A truth that the verdict says already is left out. */
export function valuesText({ text, values }: Pick<WireCondition, "text" | "values">): string {
  return values
    .filter((one) => !(one.text === text && typeof one.value === "boolean"))
    .map((one) => (one.text === text ? valueText(one) : `${one.text} = ${valueText(one)}`))
    .join(", ");
}

function valueText({ value, is }: WireCondition["values"][number]): string {
  if (is !== undefined) return is;
  return typeof value === "number" ? numberText(value) : JSON.stringify(value);
}

/** By how much a comparison was true or wasn't: "missed by 1.2 (4%)"; empty where that can't be said. */
export function distanceText({
  verdict,
  distance,
  share,
}: Pick<WireCondition, "verdict" | "distance" | "share">): string {
  if (distance === undefined || distance === 0 || verdict === null) return "";
  // Of a comparison with 0 the share is all, which tells nothing.
  const part = share === undefined || share >= 0.995 ? "" : ` (${shareText(share)})`;
  return `${verdict ? "held" : "missed"} by ${numberText(Math.abs(distance))}${part}`;
}

function shareText(share: number): string {
  return share < 0.0001 ? "less than 0.01%" : `${Number((100 * share).toPrecision(2))}%`;
}

/** A number with as many digits as somebody reads: whole numbers with all of them, others with eight. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString("en-US");
  if (size >= 1e15 || size < 1e-9) return value.toPrecision(4);
  return value.toLocaleString("en-US", { maximumSignificantDigits: 8 });
}

/** What the filter saw of an interval: "202 closed candles of 1h, 2026-02-01 10:00 to 2026-02-10 00:00 UTC". */
export function windowText({ interval, klines, from, to, settled }: ExplainAnswer["windows"][number]): string {
  if (from === null || to === null) return `no candles of ${interval}`;
  const range = `${utcText(from).replace(" UTC", "")} to ${utcText(to + 1)}`;
  return `${countOf(klines, "closed candle")} of ${interval}, ${range}${settled ? "" : "; some of them may still change"}`;
}

/** What was missing: "1h: it has no candles yet; 347 closed candles are needed". */
export function missingText({ interval, reason, wanted }: ExplainAnswer["missing"][number]): string {
  const needed = wanted === undefined ? "" : `; ${countOf(wanted, "closed candle is", "closed candles are")} needed`;
  return `${interval === undefined ? "" : `${interval}: `}${reason}${needed}`;
}

/** How deep each condition lies in those before it, from 0: a part comes behind the whole, whose text has its text. */
export function depthsOf(conditions: readonly Pick<WireCondition, "text">[]): readonly number[] {
  const within: string[] = [];
  return conditions.map(({ text }) => {
    while (within.length > 0 && !isPartOf(text, within.at(-1) ?? "")) within.pop();
    within.push(text);
    return within.length - 1;
  });
}

function isPartOf(text: string, whole: string): boolean {
  return whole.length > text.length && whole.includes(text);
}

import { isInterval } from "../core/mod.ts";

/**
 * Whether a value is surely an answer with klines: one series, or several. Written out by hand, as an answer may hold fifty
 * thousand candles of twelve fields, and a schema takes ten times as long for each. It is believed only when it says yes:
 * what it doesn't know is for the schema, which says what is wrong.
 */
export function isKlinesAnswer(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { symbol, interval, count, complete, settled, klines, stretches, next } = value;
  if (typeof symbol !== "string" || typeof interval !== "string" || !isInterval(interval)) return false;
  if (!isCount(count) || typeof complete !== "boolean" || typeof settled !== "boolean") return false;
  if (next !== undefined && typeof next !== "string") return false;
  if (stretches !== undefined && !(Array.isArray(stretches) && stretches.every(isStretch))) return false;
  return Array.isArray(klines) && klines.every(isKline);
}

/** The same for several series. */
export function isSeriesAnswer(value: unknown): boolean {
  return isRecord(value) && isCount(value.count) && Array.isArray(value.series) && value.series.every(isKlinesAnswer);
}

function isStretch(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return typeof value.source === "string" && isMoment(value.from) && isMoment(value.to);
}

function isMoment(value: unknown): boolean {
  return Number.isSafeInteger(value);
}

function isKline(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return (
    Number.isSafeInteger(value.openTime) &&
    Number.isSafeInteger(value.closeTime) &&
    Number.isFinite(value.open) &&
    Number.isFinite(value.high) &&
    Number.isFinite(value.low) &&
    Number.isFinite(value.close) &&
    Number.isFinite(value.volume) &&
    (Number.isFinite(value.quoteVolume) || value.quoteVolume === null) &&
    (Number.isFinite(value.takerBuyVolume) || value.takerBuyVolume === null) &&
    (Number.isFinite(value.takerBuyQuoteVolume) || value.takerBuyQuoteVolume === null) &&
    (isCount(value.trades) || value.trades === null) &&
    typeof value.closed === "boolean"
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

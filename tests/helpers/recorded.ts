import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Kline } from "../../src/core/mod.ts";

/** Recorded real market data, beside the checkout. A clone elsewhere doesn't have it; suites that need it say so and don't run. */
export const RECORDED: string = join(import.meta.dir, "../../../shared/data");

export const hasRecorded: boolean = existsSync(RECORDED);

/** A recorded file's text, unpacked. */
export function recordedText(path: string): string {
  const bytes = readFileSync(join(RECORDED, path));
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
}

/**
 * The rows of a dump with a header, those that open from `from` until before `to`: its 11 columns as numbers, ISO times as
 * milliseconds. Reads nothing with the project's code.
 */
export function dumpRows(path: string, from = 0, to = Number.POSITIVE_INFINITY): number[][] {
  const rows: number[][] = [];
  for (const line of recordedText(path).trim().split("\n").slice(1)) {
    const openTime = figureOf(line.slice(0, line.indexOf(",")));
    if (openTime >= from && openTime < to) rows.push(line.split(",").slice(0, 11).map(figureOf));
  }
  return rows;
}

function figureOf(text: string): number {
  if (!text.includes(":")) return Number(text);
  return Math.floor(Date.parse(text.replace(" ", "T").replace(/(\.\d{3})\d*/, "$1")));
}

/** The rows of a REST body: 11 columns as numbers. */
export function restRows(path: string): number[][] {
  return (JSON.parse(recordedText(path)) as unknown[][]).map((row) => row.slice(0, 11).map(Number));
}

/** A row as the kline that the contract makes of it. */
export function klineOfRow(row: readonly number[]): Kline {
  const [
    openTime,
    open,
    high,
    low,
    close,
    volume,
    closeTime,
    quoteVolume,
    trades,
    takerBuyVolume,
    takerBuyQuoteVolume,
  ] = row;
  const prices = {
    openTime,
    open,
    high,
    low,
    close,
    volume,
    closeTime,
    quoteVolume,
    trades,
    takerBuyVolume,
    takerBuyQuoteVolume,
  };
  return { ...prices, closed: true } as Kline;
}

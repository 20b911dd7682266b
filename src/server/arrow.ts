import type { Series } from "../store/mod.ts";
import { readKlines } from "../store/mod.ts";
import type { KlineParameters } from "./parameters.ts";

/** The content type of an Arrow IPC stream. */
export const ARROW_TYPE = "application/vnd.apache.arrow.stream";

/** Whether the caller asks for an Arrow IPC stream. */
export function wantsArrow(accept: string | null): boolean {
  return accept?.includes(ARROW_TYPE) ?? false;
}

/**
 * Several series as one Arrow IPC stream, a row per kline: `symbol` and `interval` (dictionaries), `openTime` and
 * `closeTime` (timestamp[ms, UTC]), the figures (float64), `trades` (int32), `closed` and the series' `complete` (bool).
 */
export async function arrowBytes(series: readonly Series[], parameters: KlineParameters): Promise<Uint8Array> {
  // Loaded when first asked for: most servers never are.
  const { bool, columnFromArray, dictionary, float64, int32, tableFromColumns, tableToIPC, TimeUnit, timestamp, utf8 } =
    await import("@uwdata/flechette");
  const parts = series.map((one) => {
    const selection = one.select(parameters);
    return { series: one, complete: selection.complete, klines: readKlines(one, selection) };
  });
  const klines = parts.flatMap((part) => part.klines);
  const perKline = <T>(value: (part: (typeof parts)[number]) => T): T[] =>
    parts.flatMap((part) => part.klines.map(() => value(part)));
  const moment = timestamp(TimeUnit.MILLISECOND, "UTC");
  const figures = [
    "open",
    "high",
    "low",
    "close",
    "volume",
    "quoteVolume",
    "takerBuyVolume",
    "takerBuyQuoteVolume",
  ] as const;
  const table = tableFromColumns({
    symbol: columnFromArray(
      perKline((part) => part.series.symbol as string),
      dictionary(utf8()),
    ),
    interval: columnFromArray(
      perKline((part) => part.series.interval as string),
      dictionary(utf8()),
    ),
    openTime: columnFromArray(
      klines.map((kline) => kline.openTime as number),
      moment,
    ),
    closeTime: columnFromArray(
      klines.map((kline) => kline.closeTime as number),
      moment,
    ),
    ...Object.fromEntries(
      figures.map((name) => [
        name,
        columnFromArray(
          klines.map((kline) => kline[name]),
          float64(),
        ),
      ]),
    ),
    trades: columnFromArray(
      klines.map((kline) => kline.trades),
      int32(),
    ),
    closed: columnFromArray(
      klines.map((kline) => kline.closed),
      bool(),
    ),
    complete: columnFromArray(
      perKline((part) => part.complete),
      bool(),
    ),
  });
  const bytes = tableToIPC(table, { format: "stream" });
  if (bytes === null) throw new Error("Arrow gave no bytes");
  return bytes;
}

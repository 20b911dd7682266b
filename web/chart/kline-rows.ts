import { KLINE_COLUMNS } from "../../src/core/mod.ts";
import type { CsvCell } from "../text/csv.ts";
import type { Klines } from "./chart-points.ts";

/** Klines as rows under a row of names. A figure that is unknown is an empty field. */
export function klineRows(klines: Klines): CsvCell[][] {
  return [
    [...KLINE_COLUMNS, "closed"],
    ...klines.map((kline) => [...KLINE_COLUMNS.map((column) => kline[column] ?? ""), String(kline.closed)]),
  ];
}

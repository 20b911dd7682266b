import { KLINE_COLUMNS, type KlineColumn } from "../../src/core/mod.ts";
import type { WireKline } from "../../src/wire/mod.ts";
import type { CsvCell } from "../text/csv.ts";
import type { Klines } from "./chart-points.ts";
import { columnText, type StudyResult } from "./studies.ts";

/**
 * Klines as rows under a row of names, with the outputs of the studies behind them. Times are ISO 8601 in UTC. A figure that is unknown is an empty
 * field. `vyx demo --data` reads such a file.
 */
export function klineRows(klines: Klines, studies: readonly StudyResult[]): CsvCell[][] {
  const outputs = studies.flatMap((study) => study.indicator.outputs.map((output, at) => ({ study, output, at })));
  return [
    [...KLINE_COLUMNS, "closed", ...outputs.map(({ study, output }) => headOf(study, output, studies))],
    ...klines.map((kline, row) => [
      ...KLINE_COLUMNS.map((column) => cellOf(kline, column)),
      String(kline.closed),
      ...outputs.map(({ study, at }) => numberOf(study.outputs[at]?.[row])),
    ]),
  ];
}

/** "EMA 20", "MACD 12 26 9 signal". */
function headOf(study: StudyResult, output: string, studies: readonly StudyResult[]): string {
  const text = columnText({ id: study.id, output }, studies);
  return study.indicator.outputs.length > 1 && !text.endsWith(` ${output}`) ? `${text} ${output}` : text;
}

function cellOf(kline: WireKline, column: KlineColumn): CsvCell {
  if (column === "openTime" || column === "closeTime") return new Date(kline[column]).toISOString();
  return kline[column] ?? "";
}

function numberOf(value: number | undefined): CsvCell {
  return value === undefined || Number.isNaN(value) ? "" : value;
}

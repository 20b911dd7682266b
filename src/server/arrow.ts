import {
  bool,
  type Column,
  columnFromArray,
  type DataType,
  dictionary,
  float64,
  int32,
  TimeUnit,
  tableFromColumns,
  timestamp,
  utf8,
} from "@uwdata/flechette";
import { assert, type OptionalColumn } from "../core/mod.ts";
import { isPreferredToJson } from "../wire/mod.ts";
import { ARROW_COLUMNS, ArrowBatchLayout, type ArrowColumn } from "./arrow-batch.ts";
import { type ArrowMessage, messagesOf } from "./arrow-messages.ts";
import { joined } from "./bytes.ts";

/** The content type of an Arrow IPC stream. */
export const ARROW_TYPE = "application/vnd.apache.arrow.stream";

/** Whether `Accept` asks for an Arrow IPC stream: it names the type, and doesn't weigh JSON more. Wildcards alone get JSON. */
export function wantsArrow(accept: string | null): boolean {
  return isPreferredToJson(accept, ARROW_TYPE);
}

/** Layouts that are kept: batches have as many rows as fit, and the last of a group what is left. */
const MAX_LAYOUTS = 64;

const layouts: Map<string, ArrowBatchLayout> = new Map();

/**
 * The schema and the dictionaries with which an Arrow IPC stream begins: `symbol` and `interval` (dictionaries), `openTime` and
 * `closeTime` (timestamp[ms, UTC]), the figures (float64), `trades` (int32), `closed` and the series' `complete` (bool). The library writes
 * tables whole; so one table gives the beginning, and one gives the layout of the batches.
 */
export function arrowBeginning(symbols: readonly string[], intervals: readonly string[]): Uint8Array<ArrayBuffer> {
  const length = symbols.length === 0 || intervals.length === 0 ? 0 : Math.max(symbols.length, intervals.length);
  const zeros = new Array<number>(length).fill(0);
  const names = (all: readonly string[]) =>
    columnFromArray(
      zeros.map((_, row) => all[row % all.length]),
      dictionary(utf8()),
    );
  const moments = () => columnFromArray(zeros, timestamp(TimeUnit.MILLISECOND, "UTC"));
  const messages = written((column) => {
    if (column === "symbol") return names(symbols);
    if (column === "interval") return names(intervals);
    if (column === "openTime" || column === "closeTime") return moments();
    return columnFromArray(zeros, typeOf(column));
  });
  return joined(messages.filter(({ isRecordBatch }) => !isRecordBatch).map(({ bytes }) => bytes));
}

/**
 * How record batches of so many rows look, at least one, with nulls in these columns and no others. The body of a batch doesn't tell a
 * timestamp from an int64, nor a place in a dictionary from an int32.
 */
export function arrowLayout(rows: number, unknown: readonly OptionalColumn[]): ArrowBatchLayout {
  const name = `${rows} ${unknown.join(" ")}`;
  const kept = layouts.get(name);
  if (kept !== undefined) return kept;
  const zeros = new Array<number>(rows).fill(0);
  const withNull = [null, ...zeros.slice(1)];
  const [batch] = written((column) =>
    column === "openTime" || column === "closeTime"
      ? columnFromArray(new BigInt64Array(rows))
      : columnFromArray(unknown.includes(column as OptionalColumn) ? withNull : zeros, typeOf(column)),
  ).filter(({ isRecordBatch }) => isRecordBatch);
  assert(batch !== undefined, "a table with rows has a record batch");
  if (layouts.size === MAX_LAYOUTS) layouts.clear();
  const layout = new ArrowBatchLayout(rows, batch);
  layouts.set(name, layout);
  return layout;
}

function typeOf(column: ArrowColumn): DataType {
  if (column === "symbol" || column === "interval" || column === "trades") return int32();
  return column === "closed" || column === "complete" ? bool() : float64();
}

function written(columnOf: (name: ArrowColumn) => Column<unknown>): ArrowMessage[] {
  return messagesOf(tableFromColumns(Object.fromEntries(ARROW_COLUMNS.map((name) => [name, columnOf(name)]))));
}

/** What ends a stream. */
export const ARROW_END: Uint8Array<ArrayBuffer> = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

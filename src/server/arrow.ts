import { assert } from "../core/mod.ts";
import { qualities } from "./qualities.ts";

/** The content type of an Arrow IPC stream. */
export const ARROW_TYPE = "application/vnd.apache.arrow.stream";

/** The figures of a kline, in the order of their columns; all are float64. */
export const ARROW_FIGURES = [
  "open",
  "high",
  "low",
  "close",
  "volume",
  "quoteVolume",
  "takerBuyVolume",
  "takerBuyQuoteVolume",
] as const;

/** Rows of a record batch, column by column. `symbol` and `interval` are places in the stream's dictionaries. */
export interface ArrowRows {
  readonly symbol: Int32Array;
  readonly interval: Int32Array;
  /** Unix milliseconds. */
  readonly openTime: BigInt64Array;
  readonly closeTime: BigInt64Array;
  /** NaN is what is unknown, here and in `trades`: null in the stream. */
  readonly figures: Readonly<Record<(typeof ARROW_FIGURES)[number], Float64Array>>;
  readonly trades: Float64Array;
  readonly closed: boolean[];
  /** Whether the row's series is complete. */
  readonly complete: boolean[];
}

/** Whether `Accept` asks for an Arrow IPC stream: it names the type, and doesn't weigh JSON more. Wildcards alone get JSON. */
export function wantsArrow(accept: string | null): boolean {
  if (accept === null || !accept.toLowerCase().includes(ARROW_TYPE)) return false;
  const taken = qualities(accept);
  const arrow = taken.get(ARROW_TYPE) ?? 0;
  const json = taken.get("application/json") ?? taken.get("application/*") ?? taken.get("*/*") ?? 0;
  return arrow > 0 && arrow >= json;
}

/**
 * Writes klines as an Arrow IPC stream, message by message: `symbol` and `interval` (dictionaries), `openTime` and `closeTime`
 * (timestamp[ms, UTC]), the figures (float64), `trades` (int32), `closed` and the series' `complete` (bool). A figure that is
 * unknown is null. The library writes
 * tables whole; so one table gives the schema with the dictionaries, and one a batch gives that batch. The body of a batch
 * doesn't tell a timestamp from an int64, nor a place in a dictionary from an int32.
 */
export class ArrowWriter {
  readonly #library: typeof import("@uwdata/flechette");

  private constructor(library: typeof import("@uwdata/flechette")) {
    this.#library = library;
  }

  /** Loads the library when it is first needed: most servers never are asked for Arrow. */
  static async load(): Promise<ArrowWriter> {
    return new ArrowWriter(await import("@uwdata/flechette"));
  }

  /** The schema and the dictionaries, with which a stream begins. */
  begin(symbols: readonly string[], intervals: readonly string[]): Uint8Array[] {
    const { bool, columnFromArray, dictionary, float64, int32, TimeUnit, timestamp, utf8 } = this.#library;
    const length = symbols.length === 0 || intervals.length === 0 ? 0 : Math.max(symbols.length, intervals.length);
    const zeros: number[] = Array.from({ length }, () => 0);
    const names = (all: readonly string[]) =>
      columnFromArray(
        zeros.map((_, row) => all[row % all.length]),
        dictionary(utf8()),
      );
    const moment = () => columnFromArray(zeros, timestamp(TimeUnit.MILLISECOND, "UTC"));
    const whole = this.#written({
      symbol: names(symbols),
      interval: names(intervals),
      openTime: moment(),
      closeTime: moment(),
      ...Object.fromEntries(ARROW_FIGURES.map((name) => [name, columnFromArray(zeros, float64())])),
      trades: columnFromArray(zeros, int32()),
      closed: columnFromArray(zeros, bool()),
      complete: columnFromArray(zeros, bool()),
    });
    return [...messagesIn(whole)].filter(({ kind }) => kind !== RECORD_BATCH).map(({ bytes }) => bytes);
  }

  /** One record batch. */
  batch({ symbol, interval, openTime, closeTime, figures, trades, closed, complete }: ArrowRows): Uint8Array {
    const { bool, columnFromArray, float64, int32 } = this.#library;
    const withNulls = (column: Float64Array) => Array.from(column, (value) => (Number.isNaN(value) ? null : value));
    const figure = (column: Float64Array) =>
      hasUnknown(column) ? columnFromArray(withNulls(column), float64()) : columnFromArray(column);
    const whole = this.#written({
      symbol: columnFromArray(symbol),
      interval: columnFromArray(interval),
      openTime: columnFromArray(openTime),
      closeTime: columnFromArray(closeTime),
      ...Object.fromEntries(ARROW_FIGURES.map((name) => [name, figure(figures[name])])),
      trades: hasUnknown(trades)
        ? columnFromArray(withNulls(trades), int32())
        : columnFromArray(new Int32Array(trades)),
      closed: columnFromArray(closed, bool()),
      complete: columnFromArray(complete, bool()),
    });
    const batch = [...messagesIn(whole)].find(({ kind }) => kind === RECORD_BATCH);
    assert(batch !== undefined, "a table with rows has a record batch");
    return batch.bytes;
  }

  #written(columns: Parameters<typeof import("@uwdata/flechette")["tableFromColumns"]>[0]): Uint8Array {
    const bytes = this.#library.tableToIPC(this.#library.tableFromColumns(columns), { format: "stream" });
    assert(bytes !== null, "without a sink of ours the library gives bytes");
    return bytes;
  }
}

function hasUnknown(column: Float64Array): boolean {
  // A sum is finite only if all that is added is.
  let sum = 0;
  for (let row = 0; row < column.length; row += 1) sum += column[row] as number;
  return Number.isNaN(sum);
}

/** What ends a stream. */
export const ARROW_END: Uint8Array<ArrayBuffer> = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/** The kind of a message that holds rows: `MessageHeader.RecordBatch` in Arrow's Message.fbs. */
const RECORD_BATCH = 3;

/**
 * The messages of a stream, as they are encapsulated: a mark, the size of the metadata, the metadata (a flatbuffer, of which the
 * fields 1 and 3 are the kind and the size of the body), the body. See https://arrow.apache.org/docs/format/Columnar.html.
 */
function* messagesIn(stream: Uint8Array): Iterable<{ readonly kind: number; readonly bytes: Uint8Array }> {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  let at = 0;
  while (at + 8 <= stream.byteLength) {
    const metadataBytes = view.getInt32(at + 4, true);
    if (metadataBytes === 0) return;
    const metadata = at + 8;
    const table = metadata + view.getUint32(metadata, true);
    const slots = table - view.getInt32(table, true);
    const field = (index: number): number | undefined => {
      const slot = 4 + 2 * index;
      const offset = slot < view.getUint16(slots, true) ? view.getUint16(slots + slot, true) : 0;
      return offset === 0 ? undefined : table + offset;
    };
    const [kindAt, bodyAt] = [field(1), field(3)];
    const kind = kindAt === undefined ? 0 : view.getUint8(kindAt);
    const bodyBytes = bodyAt === undefined ? 0 : Number(view.getBigInt64(bodyAt, true));
    const end = metadata + metadataBytes + bodyBytes;
    yield { kind, bytes: stream.subarray(at, end) };
    at = end;
  }
}

import { type Table, tableToIPC } from "@uwdata/flechette";
import { assert } from "../core/mod.ts";

/** The kind of a message that holds rows: `MessageHeader.RecordBatch` in Arrow's Message.fbs. */
const RECORD_BATCH = 3;

/** An encapsulated message of an Arrow IPC stream: a mark, the size of the metadata, the metadata (a flatbuffer), the body. */
export interface ArrowMessage {
  readonly bytes: Uint8Array;
  readonly isRecordBatch: boolean;
  /** Where its body begins in `bytes`, in bytes. */
  readonly bodyAt: number;
}

/** Where the parts of a record batch are in its message, in bytes. */
export interface RecordBatchPlaces {
  /** For each column where the number of its nulls is, an int64 whose low half is enough. */
  readonly nullCounts: readonly number[];
  /** For each column where its bitmap of valid rows is (of use only where the message has one), and where its values are. */
  readonly validity: readonly number[];
  readonly values: readonly number[];
}

/** The messages of a stream that holds this table. */
export function messagesOf(table: Table): ArrowMessage[] {
  const bytes = tableToIPC(table, { format: "stream" });
  assert(bytes !== null, "without a sink of ours the library gives bytes");
  return [...messagesIn(bytes)];
}

/** The messages of a stream. See https://arrow.apache.org/docs/format/Columnar.html and Message.fbs: fields 1 and 3 are kind and size of the body. */
function* messagesIn(stream: Uint8Array): Iterable<ArrowMessage> {
  const view = viewOf(stream);
  let at = 0;
  while (at + 8 <= stream.byteLength) {
    const metadataBytes = view.getInt32(at + 4, true);
    if (metadataBytes === 0) return;
    const metadata = at + 8;
    const message = rootOf(view, metadata);
    const [kindAt, bodyBytesAt] = [fieldOf(view, message, 1), fieldOf(view, message, 3)];
    const kind = kindAt === undefined ? 0 : view.getUint8(kindAt);
    const bodyBytes = bodyBytesAt === undefined ? 0 : Number(view.getBigInt64(bodyBytesAt, true));
    const end = metadata + metadataBytes + bodyBytes;
    yield { bytes: stream.subarray(at, end), isRecordBatch: kind === RECORD_BATCH, bodyAt: 8 + metadataBytes };
    at = end;
  }
}

/** Finds the parts of a record batch of plain columns, each of which has two buffers: RecordBatch's fields 1 and 2, vectors of structs of 16 bytes. */
export function placesIn({ bytes, bodyAt }: ArrowMessage): RecordBatchPlaces {
  const view = viewOf(bytes);
  const batch = tableAt(view, fieldOf(view, rootOf(view, 8), 2));
  const nodes = structsAt(view, fieldOf(view, batch, 1));
  const buffers = structsAt(view, fieldOf(view, batch, 2)).map((at) => bodyAt + Number(view.getBigInt64(at, true)));
  return {
    nullCounts: nodes.map((at) => at + 8),
    validity: nodes.map((_, column) => buffers[2 * column] as number),
    values: nodes.map((_, column) => buffers[2 * column + 1] as number),
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function rootOf(view: DataView, flatbuffer: number): number {
  return flatbuffer + view.getUint32(flatbuffer, true);
}

function tableAt(view: DataView, at: number | undefined): number {
  assert(at !== undefined, "a record batch has all of its fields");
  return at + view.getUint32(at, true);
}

/** Where a field of a flatbuffer's table is; undefined where it is left out. */
function fieldOf(view: DataView, table: number, index: number): number | undefined {
  const slots = table - view.getInt32(table, true);
  const slot = 4 + 2 * index;
  const offset = slot < view.getUint16(slots, true) ? view.getUint16(slots + slot, true) : 0;
  return offset === 0 ? undefined : table + offset;
}

function structsAt(view: DataView, at: number | undefined): number[] {
  const vector = tableAt(view, at);
  return Array.from({ length: view.getUint32(vector, true) }, (_, index) => vector + 4 + 16 * index);
}

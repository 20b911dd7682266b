import { inflateRawSync } from "node:zlib";

/** The most bytes that one archive's table may have: a month of minutes has 9 MB. */
const MAX_TABLE_BYTES = 64 * 1_048_576;

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const [STORED, DEFLATED] = [0, 8];

/** Bytes of the end record, of a directory entry and of a local header, each without its names and comments. */
const [END_BYTES, ENTRY_BYTES, LOCAL_BYTES] = [22, 46, 30];

/** The longest comment behind the end record. */
const MAX_COMMENT_BYTES = 65_535;

/** An archive that can't be unpacked, and why. */
export class BrokenZip extends Error {}

/**
 * The one CSV file of an archive. Its length and its CRC-32 are checked, which the unpacking library of the stand-in doesn't do. Throws
 * {@link BrokenZip}. Source of the layout: PKWARE's APPNOTE.TXT, 4.3.
 */
export function unzipTable(zip: Uint8Array): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  try {
    const tables = entriesOf(view).filter(({ name }) => /\.csv$/i.test(name) && !/(^|\/)(__MACOSX\/|\._)/.test(name));
    const [table] = tables;
    if (table === undefined || tables.length > 1) throw new BrokenZip(`holds ${tables.length} tables, expected one`);
    return unpacked(zip, view, table);
  } catch (cause) {
    if (cause instanceof BrokenZip) throw cause;
    // A number that points past the end.
    throw new BrokenZip(cause instanceof RangeError ? "is cut short" : "can't be inflated", { cause });
  }
}

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

function entriesOf(view: DataView): Entry[] {
  let at = view.byteLength - END_BYTES;
  const lowest = Math.max(0, at - MAX_COMMENT_BYTES);
  while (at >= lowest && view.getUint32(at, true) !== END_OF_DIRECTORY) at -= 1;
  if (at < lowest) throw new BrokenZip("has no directory: it is cut short, or no zip");
  const count = view.getUint16(at + 10, true);
  at = view.getUint32(at + 16, true);
  const entries: Entry[] = [];
  for (let index = 0; index < count; index += 1) {
    if (view.getUint32(at, true) !== DIRECTORY_ENTRY) throw new BrokenZip("has a damaged directory");
    const nameBytes = view.getUint16(at + 28, true);
    const name = new Uint8Array(view.buffer, view.byteOffset + at + ENTRY_BYTES, nameBytes);
    entries.push({
      name: new TextDecoder().decode(name),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      headerAt: view.getUint32(at + 42, true),
    });
    at += ENTRY_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

function unpacked(zip: Uint8Array, view: DataView, entry: Entry): Uint8Array {
  const { headerAt, packedBytes, bytes, method, crc } = entry;
  if (bytes > MAX_TABLE_BYTES) throw new BrokenZip(`unpacks to ${bytes} bytes, expected at most ${MAX_TABLE_BYTES}`);
  if (view.getUint32(headerAt, true) !== LOCAL_HEADER) throw new BrokenZip("has a damaged header");
  const at = headerAt + LOCAL_BYTES + view.getUint16(headerAt + 26, true) + view.getUint16(headerAt + 28, true);
  if (at + packedBytes > zip.byteLength) throw new BrokenZip("is cut short");
  const packed = zip.subarray(at, at + packedBytes);
  if (method !== STORED && method !== DEFLATED) throw new BrokenZip(`is packed by method ${method}, expected deflate`);
  const table = method === STORED ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) });
  if (table.byteLength !== bytes) throw new BrokenZip(`unpacks to ${table.byteLength} bytes, expected ${bytes}`);
  if (Bun.hash.crc32(table) !== crc) throw new BrokenZip("doesn't match its own CRC-32");
  return table;
}

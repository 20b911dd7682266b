import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";

/** Files are summed in pieces of this size, in bytes: a write that a kill cuts short has written whole pieces of it. */
export const PAGE_BYTES = 4_096;

/** How much of a file is read at a time, in bytes. */
const READ_BYTES = 1024 ** 2;

/** A file as it was last written, with the CRC-32 of each page; of the last page, of what there is of it. */
export interface SummedFile {
  bytes: number;
  readonly sums: number[];
}

/** Reads a file and sums its pages. Undefined where there is no such file. */
export function summed(path: string): SummedFile | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const { size: bytes } = fstatSync(file);
    const sums: number[] = [];
    const buffer = Buffer.alloc(Math.min(READ_BYTES, bytes));
    for (let at = 0; at < bytes; at += READ_BYTES) {
      const read = readSync(file, buffer, 0, Math.min(READ_BYTES, bytes - at), at);
      for (let page = 0; page < read; page += PAGE_BYTES) {
        sums.push(crc32(buffer.subarray(page, Math.min(page + PAGE_BYTES, read))));
      }
    }
    return { bytes, sums };
  } finally {
    closeSync(file);
  }
}

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { parquetBytes } from "../files/parquet.ts";
import { CantWrite } from "../files/whole-file.ts";
import type { Sheet } from "../sheet.ts";

/** A file that was written. */
export interface PackedSheet {
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** The open times of the first and the last kline. */
  readonly first: number;
  readonly last: number;
}

/** Writes the klines of a sheet to a file, and brings it to the disk. The sheet must have some. Rejects with {@link CantWrite}. */
export async function packSheet(sheet: Sheet, path: string): Promise<PackedSheet> {
  const { rows, columns } = sheet.columns();
  const bytes = parquetBytes(columns);
  await write(path, bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { openTime } = columns;
  return { rows, bytes: bytes.byteLength, sha256, first: openTime[0] ?? 0, last: openTime[rows - 1] ?? 0 };
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  try {
    const file = await open(path, "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new CantWrite(path, cause);
  }
}

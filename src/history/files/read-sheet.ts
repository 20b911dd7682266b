import { open } from "node:fs/promises";
import { join } from "node:path";
import { emptyKline, KLINE_COLUMNS, type Kline } from "../../core/mod.ts";
import { Mark, Sheet } from "../sheet.ts";
import type { FileRecord } from "./manifest.ts";
import { readFooter, readGroup } from "./parquet.ts";
import { fileOf } from "./paths.ts";
import { sha256Of } from "./symbol-files.ts";

/** A file's klines, and what is settled, as a sheet. Undefined where the file isn't the one that its record is of. */
export async function readSheet(folder: string, record: FileRecord): Promise<Sheet | undefined> {
  const path = join(folder, fileOf(record.period));
  if ((await sha256Of(path).catch(() => undefined)) !== record.sha256) return undefined;
  const sheet = Sheet.blank(record.period);
  const handle = await open(path, "r");
  try {
    const file = handleBuffer(handle, record.bytes);
    const footer = await readFooter(file);
    const kline: Kline = { ...emptyKline(), closed: true };
    for (const group of footer.groups) {
      const { length, columns } = await readGroup(file, footer, group);
      for (let row = 0; row < length; row += 1) {
        for (const column of KLINE_COLUMNS) kline[column] = columns[column][row] as never;
        sheet.write(sheet.placeOf(kline.openTime), kline);
      }
    }
  } finally {
    await handle.close();
  }
  for (const hole of record.holes) sheet.mark(hole, Mark.none);
  return sheet;
}

/** What of a file handle is read: the places that are needed, nothing else. */
export function handleBuffer(
  handle: Awaited<ReturnType<typeof open>>,
  byteLength: number,
): { readonly byteLength: number; slice(from: number, to?: number): Promise<ArrayBuffer> } {
  return {
    byteLength,
    slice: async (from, to = byteLength) => {
      const bytes = new Uint8Array(to - from);
      let filled = 0;
      while (filled < bytes.byteLength) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.byteLength - filled, from + filled);
        if (bytesRead === 0) throw new Error("the file ends before its footer says");
        filled += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

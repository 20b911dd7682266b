import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { reasonOf, VyxError } from "../../core/mod.ts";
import { syncFolder } from "../../store/mod.ts";

/** The folder of the history can't be written: the disk is full, or its permissions don't allow it. */
export class CantWrite extends VyxError {
  readonly code = "history_cant_write";
  readonly retryable = true;

  constructor(path: string, cause: unknown) {
    super(`${path} can't be written: ${reasonOf(cause)}`, { cause });
  }
}

/** What a file that isn't finished ends with. It is never read, and removed by the next writer. */
export const UNFINISHED = ".unfinished";

/** Writes a file whole or not at all: under another name, brought to the disk, then renamed. A kill or a power cut leaves the old one. Rejects with the system's error. */
export async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  const unfinished = `${path}${UNFINISHED}`;
  try {
    const file = await open(unfinished, "w");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (cause) {
    await rm(unfinished, { force: true }).catch(() => {});
    throw cause;
  }
  await syncFolder(dirname(path));
}

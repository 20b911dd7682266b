import { existsSync } from "node:fs";
import { Option } from "commander";
import { InvalidInput } from "../../core/mod.ts";
import { FolderLock } from "../../store/mod.ts";

/** The folder of the history when none is named. */
export const DEFAULT_FOLDER = "history";

/** The flag that names the history's folder. */
export function folderOption(): Option {
  return new Option("--history <DIR>", "folder of the history").default(DEFAULT_FOLDER);
}

/** Throws InvalidInput where there is no folder yet. */
export function existingFolder(folder: string): string {
  if (existsSync(folder)) return folder;
  throw new InvalidInput(`--history: ${folder} doesn't exist: expected a folder that vyx history fetch has written`);
}

/** Runs what writes to a history, alone: two that write would undo each other's changes. Throws InvalidInput while another one does. */
export async function asOnlyWriter<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = FolderLock.take(folder, "--history");
  try {
    return await work();
  } finally {
    lock.release();
  }
}

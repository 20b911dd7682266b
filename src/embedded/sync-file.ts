import { closeSync, fsyncSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Saves a file, known by its number. Throws the system's error. */
export type Sync = (file: number, path: string) => void;

/** Syncs a file or folder. One that is gone by now needs no sync: PostgreSQL removes log files that were saved. Throws the system's error. */
export function syncFile(path: string, sync: Sync = fsyncSync): void {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return;
    throw cause;
  }
  try {
    sync(file, path);
  } finally {
    closeSync(file);
  }
}

/** Syncs a folder with all that is in it: what was written there without syncs. Throws the system's error. */
export function syncFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncFolder(path);
    else if (entry.isFile()) syncFile(path);
  }
  syncFile(folder);
}

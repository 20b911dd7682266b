import { existsSync } from "node:fs";
import { Option } from "commander";
import { InvalidInput, millis } from "../../core/mod.ts";
import { FolderInUse, FolderLock } from "../../store/mod.ts";
import { systemClock } from "../clock.ts";
import { variableOf } from "../setting.ts";

/** After so many tries it says what it waits for: a server that appends is done by then. */
const SAYS_AFTER = 4;

/** How often another writer is waited for, and how long each time, in milliseconds: half a minute in all. */
const [TRIES, PAUSE_MS] = [60, 500];

/** The folder of the history when none is named. */
const DEFAULT_FOLDER = "history";

/** The flag that names the history's folder, or the variable of the server's flag. */
export function folderOption(): Option {
  return new Option("--history <DIR>", "folder of the history").env(variableOf("history")).default(DEFAULT_FOLDER);
}

/** Throws InvalidInput where there is no folder yet. */
export function existingFolder(folder: string): string {
  if (existsSync(folder)) return folder;
  throw new InvalidInput(`--history: ${folder} doesn't exist: expected a folder that vyx history fetch has written`);
}

/**
 * Runs what writes to a history, alone: two that write would undo each other's changes. A server that appends is waited for, as it locks the
 * folder for moments. Throws FolderInUse where another writer takes longer.
 */
export async function asOnlyWriter<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = await lockOf(folder);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function lockOf(folder: string): Promise<FolderLock> {
  for (let tries = 1; ; tries += 1) {
    try {
      return FolderLock.take(folder, "--history");
    } catch (cause) {
      if (!(cause instanceof FolderInUse) || tries === TRIES) throw cause;
      if (tries === SAYS_AFTER)
        console.error(`vyx: waiting for up to ${(TRIES * PAUSE_MS) / 1_000} s: ${cause.message}`);
      await systemClock.sleep(millis(PAUSE_MS));
    }
  }
}

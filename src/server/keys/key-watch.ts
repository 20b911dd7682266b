import { stat } from "node:fs/promises";
import { InvalidInput } from "../../core/mod.ts";
import { readKeyFile } from "./key-file.ts";
import type { KeyRecord } from "./key-record.ts";

/** How often the file is looked at, in milliseconds: a revoked key stops working within about this. */
const LOOK_EVERY_MS = 100;

/** What happens with a file of keys. */
export interface KeyWatchHandlers {
  changed(keys: readonly KeyRecord[]): void;
  /** The file can't be read any more; the keys that were read last stay in force. */
  failed(message: string): void;
}

/**
 * Looks at a file of keys and tells when it changed. Looking beats being notified here: it works on every file system,
 * and a file that is replaced by renaming is seen as surely as one that is written over.
 */
export function watchKeyFile(path: string, handlers: KeyWatchHandlers): { stop(): void } {
  let before: string | undefined;
  let complaint = "";
  const look = async (): Promise<void> => {
    const now = await stampOf(path);
    if (now === before) return;
    before = now;
    try {
      handlers.changed(readKeyFile(path));
      complaint = "";
    } catch (cause) {
      if (!(cause instanceof InvalidInput)) throw cause;
      if (cause.message !== complaint) handlers.failed(cause.message);
      complaint = cause.message;
    }
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, LOOK_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(path);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch {
    return "absent";
  }
}

import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { reasonOf } from "../core/mod.ts";
import type { DatabaseThreadStart, DatabaseThreadWord } from "./embedded-database.ts";

/** Error numbers of WASI, preview 1. */
const FILE_FAULTS: Readonly<Record<number, string>> = {
  2: "permission denied",
  19: "the disk quota is used up",
  29: "the disk failed to read or write",
  44: "a file is missing",
  51: "no space is left on the disk",
  63: "the operation isn't permitted",
  69: "the file system is read-only",
};

declare const self: Worker;

let close: () => Promise<void> = async () => {};

self.onmessage = async ({ data }: MessageEvent<DatabaseThreadStart | "stop">) => {
  try {
    if (data === "stop") {
      await close();
      say({ stopped: true });
      return;
    }
    const database = await PGlite.create({ dataDir: data.folder ?? "memory://" });
    const server = new PGLiteSocketServer({ db: database, path: data.socket });
    await server.start();
    close = async () => {
      await server.stop();
      await database.close();
    };
    say({ ready: true });
  } catch (cause) {
    say({ failed: fileFault(cause) ?? reasonOf(cause) });
  }
};

/** What its files met, in words: inside of WebAssembly a failed call of the system is an object with a number. */
function fileFault(cause: unknown): string | undefined {
  if (typeof cause !== "object" || cause === null || !("errno" in cause) || cause instanceof Error) return undefined;
  return FILE_FAULTS[Number(cause.errno)] ?? `a call of the file system failed with error ${cause.errno}`;
}

function say(word: DatabaseThreadWord): void {
  self.postMessage(word);
}

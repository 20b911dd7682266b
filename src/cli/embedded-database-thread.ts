import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { reasonOf } from "../core/mod.ts";
import type { DatabaseThreadStart, DatabaseThreadWord } from "./embedded-database.ts";

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
    say({ failed: reasonOf(cause) });
  }
};

function say(word: DatabaseThreadWord): void {
  self.postMessage(word);
}

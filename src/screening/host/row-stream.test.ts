import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseUnreachable, type Sql } from "../../traders/mod.ts";
import { backupSocket, type RowServer, rowsFrom, serveRows } from "./row-stream.ts";

const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

test("a backup from a server whose database hangs says what the server says of it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vyx-rows-"));
  const path = backupSocket(folder);
  mkdirSync(dirname(path));
  ending.push(() => rmSync(folder, { recursive: true }));
  const { promise: fault, reject: foundAway } = Promise.withResolvers<never>();
  const hanging = { unsafe: () => new Promise(() => foundAway(new DatabaseUnreachable("it doesn't answer"))) };
  const server = serveRows(path, {
    sql: hanging as unknown as Sql,
    idle: () => Promise.resolve(),
    whileUp: (work) => Promise.race([work(), fault]),
  }) as RowServer;
  ending.push(() => server.stop());
  const rows = await rowsFrom(path);
  const cause = await rows?.next().catch((thrown: unknown) => thrown);
  expect(cause).toMatchObject({ code: "stream_cut_off", message: "no backup was made: it doesn't answer" });
});

import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/client/mod.ts";
import { parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { historyStatus, PastFiles } from "../../src/history/mod.ts";
import { runVyx } from "../helpers/vyx-command.ts";
import { klinesIn } from "./mirror.ts";

const MINUTE = 60_000;
const [FROM, TO] = [Date.UTC(2024, 11, 1), Date.UTC(2025, 0, 3)];
const UNTIL = TO + 90 * MINUTE;
const BTC = parseSymbol("BTCUSDT");
const work = mkdtempSync(join(tmpdir(), "vyx-history-"));
const [dumps, root] = [join(work, "mirror"), join(work, "years")];

/** Every tenth answer fails, as those of a busy server do. */
let answers = 0;
let server: ReturnType<typeof Bun.serve>;
let exchange: Exchange;

beforeAll(async () => {
  const made = ["--symbols", "BTCUSDT", "--from", "2024-12-01", "--to", "2025-01-03", "--seed", "6", "--faults", "0"];
  expect(await runVyx(["exchange", "dumps", "--out", dumps, ...made])).toMatchObject({ code: 0 });
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      answers += 1;
      if (answers % 4 === 0) return new Response("busy", { status: 503 });
      const file = Bun.file(join(dumps, decodeURIComponent(new URL(request.url).pathname)));
      return (await file.exists()) ? new Response(file) : new Response("no such file", { status: 404 });
    },
  });
  exchange = await createExchange({
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
    seed: 6,
    symbols: ["BTCUSDT"],
    start: (UNTIL + 60 * MINUTE) as UnixMs,
  });
});
afterAll(async () => {
  await server.stop(true);
  await exchange.stop();
  rmSync(work, { recursive: true });
});

test("dumps come from a server that fails at times, and what it lacks from the exchange's REST API", async () => {
  const range = ["--since", "2024-12-01", "--until", new Date(UNTIL).toISOString()];
  const from = ["--from", String(server.url), "--rest", String(exchange.url)];
  const { code, out } = await runVyx([
    "history",
    "fetch",
    "--history",
    root,
    "--symbols",
    "BTCUSDT",
    "--threads",
    "1",
    ...from,
    ...range,
  ]);
  expect([code, out.split(";")[0]]).toEqual([
    0,
    "fetched: 2 months (1 whole, 0 with holes, 1 incomplete), 0 were there, 0 are nowhere",
  ]);
  const expected = [
    ...klinesIn({ folder: dumps, symbols: [], from: FROM, to: UNTIL, seed: 6 }, "BTCUSDT", FROM, UNTIL - 1),
  ];
  const closes: number[] = [];
  const all = { from: FROM as UnixMs, to: (UNTIL - MINUTE) as UnixMs };
  for await (const { columns } of new PastFiles(root).read(BTC, all)) closes.push(...columns.close);
  expect(closes).toEqual(expected.map(({ close }) => close));
  expect(await new PastFiles(root).settled(BTC, all)).toEqual([all]);
  const [status] = (await historyStatus(root)).symbols;
  expect(status?.records[1]?.sources.map(({ kind }) => kind)).toEqual(["daily", "daily", "rest"]);
}, 200_000);

test("a server has no list of symbols", async () => {
  const asked = await runVyx(["history", "fetch", "--history", root, "--symbols", "*", "--from", String(server.url)]);
  expect([asked.code, asked.err]).toEqual([
    1,
    `vyx: --symbols: ${String(server.url).replace(/\/$/, "")} has no list of symbols: expected their names\n`,
  ]);
});

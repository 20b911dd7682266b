import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "@upstash/redis";
import type { UnixMs } from "../../src/core/mod.ts";
import { keyHash } from "../../src/server/mod.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";
import { listening, startVyxProcess, type VyxProcess } from "../helpers/vyx-process.ts";

const START = Date.UTC(2026, 1, 10, 12, 34, 17) as UnixMs;
const KEYS = ["one", "other"].map((name) => `${name}:${keyHash(name)}:read:100000/min`).join(";");
const KEY = "lastProcessed:BTCUSDT:1m";

/** How much a kill may cost, in milliseconds (docs/facades.md). */
const LOST_MS = 1_000;

let exchange: TurnedExchange;
let folder: string;

beforeAll(() => {
  exchange = startTurnedExchange({ symbols: ["BTCUSDT"], seed: 3, start: START });
  folder = mkdtempSync(join(tmpdir(), "vyx-kept-"));
});
afterAll(async () => {
  await exchange?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function started(dataDir: string): Promise<{ vyx: VyxProcess; redis: (key: string) => Redis }> {
  const addresses = ["--exchange-rest", exchange.url, "--exchange-ws", exchange.url.replace("http", "ws")];
  const flags = ["--port", "0", "--symbols", "BTCUSDT", "--intervals", "1m", "--log-level", "error"];
  const vyx = startVyxProcess(["serve", ...flags, "--data-dir", dataDir, "--api-keys", KEYS, ...addresses]);
  const url = await listening(vyx);
  return { vyx, redis: (token) => new Redis({ url: `${url}/upstash`, token, enableTelemetry: false }) };
}

test("a kill -9 loses what was processed in the last second at most, and a stop nothing", async () => {
  const first = await started(folder);
  await first.redis("one").set(KEY, 1);
  await first.redis("one").set(KEY, 2);
  await first.redis("other").set(KEY, 7);
  await Bun.sleep(LOST_MS);
  first.vyx.kill("SIGKILL");
  await first.vyx.exited;

  const second = await started(folder);
  expect(await second.redis("one").get<number>(KEY)).toBe(2);
  expect(await second.redis("other").get<number>(KEY)).toBe(7);
  await second.redis("one").set(KEY, 3);
  await second.redis("other").del(KEY);
  second.vyx.kill("SIGTERM");
  await second.vyx.exited;

  const third = await started(folder);
  expect(await third.redis("one").get<number>(KEY)).toBe(3);
  expect(await third.redis("other").get(KEY)).toBeNull();
  third.vyx.kill("SIGTERM");
  await third.vyx.exited;
});

test("without a data folder it is in memory, and gone after a restart", async () => {
  const first = await started("none");
  await first.redis("one").set(KEY, 1);
  expect(await first.redis("one").get<number>(KEY)).toBe(1);
  first.vyx.kill("SIGTERM");
  await first.vyx.exited;
  const second = await started("none");
  expect(await second.redis("one").get(KEY)).toBeNull();
  second.vyx.kill("SIGTERM");
  await second.vyx.exited;
});

import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { TIMES } from "../../../tests/helpers/screens.ts";
import { until } from "../../../tests/helpers/until.ts";
import { DamagedDatabase } from "../../embedded/mod.ts";
import { TradersHost, type TradersHostParts } from "./traders-host.ts";

const dataDir = mkdtempSync(join(tmpdir(), "vyx-traders-"));
const clock = new ManualClock();
const host = new TradersHost({
  ...{ random: () => 0.5, posting: { isAllowed: () => true, telegramUrl: "http://127.0.0.1:1" } },
  databaseUrl: undefined,
  dataDir,
  databaseDurability: "second",
  clock,
  times: TIMES,
  log: { info: () => {}, warn: () => {} },
  screens: { stop: () => {} },
} as unknown as TradersHostParts);
afterEach(async () => {
  await host.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test("a damaged database is read again after ten minutes, not every five seconds", async () => {
  mkdirSync(join(dataDir, "database/postgres"), { recursive: true });
  writeFileSync(join(dataDir, "database/page-sums"), "damaged");
  const fault = async (): Promise<unknown> => await host.traders().catch((cause: unknown) => cause);
  const first = await fault();
  expect(first).toBeInstanceOf(DamagedDatabase);
  await until(() => clock.sleepers > 0);
  await clock.turn(599_999);
  expect(await fault()).toBe(first);
  await clock.turn(1);
  const second = await fault();
  expect(second).toBeInstanceOf(DamagedDatabase);
  expect(second).not.toBe(first);
});

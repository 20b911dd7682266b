import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { dataFolder } from "../../../tests/helpers/made-database.ts";
import { TIMES } from "../../../tests/helpers/screens.ts";
import { until } from "../../../tests/helpers/until.ts";
import { readMigrations } from "../../cli/migrations-folder.ts";
import { SCREENING_PROGRAM } from "../../cli/screening-program.ts";
import { MarketStore } from "../../store/mod.ts";
import type { MarketDataSource } from "../../traders/mod.ts";
import { Quarantine } from "../quarantine.ts";
import { REQUEST_PLACES, REQUEST_WAIT_MS, Screens } from "../screens.ts";
import { TradersHost } from "./traders-host.ts";

let folder: string;
let host: TradersHost;
const clock = new ManualClock();

beforeEach(async () => {
  folder = await dataFolder();
  const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
  const screens = new Screens({
    ...{
      markets: store,
      program: SCREENING_PROGRAM,
      clock,
      stopwatch: TIMES.stopwatch,
      processorMs: () => 0,
      quarantine: new Quarantine(),
    },
    ...{ bounds: REQUEST_PLACES, maxWaitMs: REQUEST_WAIT_MS },
  });
  /** No symbols are known: nothing runs. */
  const market: MarketDataSource = {
    closes: () => Promise.reject(new Error("no market")),
    klines: () => Promise.reject(new Error("no market")),
    offer: () => Promise.resolve(undefined),
    at: () => Promise.reject(new Error("no market")),
  };
  host = new TradersHost({
    ...{ random: () => 0.5, posting: { isAllowed: () => true, telegramUrl: "http://127.0.0.1:1" } },
    ...{ databaseUrl: undefined, dataDir: folder, databaseDurability: "second", keepSignals: 0, keepExecutions: 0 },
    ...{
      webhook: undefined,
      markets: store,
      market,
      outcomes: { outcomes: async () => [] },
      clock,
      log: pino({ level: "silent" }),
      tell: () => {},
    },
    ...{ migrations: readMigrations, times: TIMES, onError: () => {} },
    ...{ screens, requestScreens: screens },
  });
});
afterEach(async () => {
  await host.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a database that was moved away isn't replaced by an empty one, and is used again once it is back", async () => {
  const { table } = await host.traders();
  const trader = {
    name: "t",
    code: "return true;",
    timeframes: ["1m"],
    triggerInterval: "1m",
    enabled: false,
  } as const;
  await table.create("gerda", { ...trader, description: "", symbols: null, cooldownCandles: 0 }, undefined);
  const [place, elsewhere] = [join(folder, "database"), join(folder, "elsewhere")];
  renameSync(place, elsewhere);
  expect(host.fault()).toBe("the traders' database was moved or replaced: see the log");
  const gone = "traders: the database was moved or replaced, and none is in its place: put the folder";
  await until(async () => {
    await clock.turn(1_000);
    return host.fault()?.startsWith(gone) === true;
  });
  for (let second = 0; second < 20; second += 1) await clock.turn(1_000);
  expect(existsSync(place)).toBe(false);
  renameSync(elsewhere, place);
  await until(async () => {
    await clock.turn(1_000);
    return host.fault() === undefined;
  });
  const again = await (await host.traders()).table.count();
  expect(again).toBe(1);
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeTimeOf, type UnixMs } from "../../src/core/mod.ts";
import { Quarantine, type Screens, ThreadScreener, TRADER_PLACES } from "../../src/screening/mod.ts";
import { StoreMarket } from "../../src/server/mod.ts";
import { ExecutionsTable, TraderEngine, TradersTable } from "../../src/traders/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { isMissing, startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { aTrader } from "../helpers/made-up-traders.ts";
import { HANGING_ASLEEP, HANGS, screensOf, TIMES } from "../helpers/screens.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";

const BAD = {
  "endless loop": "for (;;) {}\nreturn true;",
  "memory hog": "const kept = []; for (;;) kept.push(new Array(10000).fill(kept.length));\nreturn true;",
  thrower: 'if (symbol) throw new Error("on purpose"); return true;',
};

describe.skipIf(isMissing("PostgreSQL"))("an endless loop, a memory hog and a thrower among fifty traders", () => {
  let databases: TestDatabases;
  let served: ServedMarket;
  let screens: Screens;
  beforeAll(async () => {
    databases = await startDatabases("PostgreSQL");
    served = serveMarket();
    screens = screensOf(served.store, { bounds: TRADER_PLACES });
  });
  afterAll(async () => {
    screens?.stop();
    await served?.server.stop();
    await databases?.stop();
  });

  test("the other 47 store their signals at each close, and each of the three is told what was wrong", async () => {
    const { sql } = await databases.migrated();
    const table = new TradersTable(sql);
    const good = { code: 'return { match: true, facts: { close: candles("1m").close.at(-1) } };' };
    for (const [name, code] of Object.entries(BAD)) await table.create("anna", aTrader({ name, code }), undefined);
    const cut = 'const note = "up 🚀".slice(0, 4); return { match: true, facts: { note, [note]: "\\0" } };';
    for (const code of [cut, `const keep = () => {}; ${cut}`, ...Array(45).fill(good.code)])
      await table.create("anna", aTrader({ name: "good", code }), undefined);
    const engine = new TraderEngine({
      executions: new ExecutionsTable(sql),
      market: new StoreMarket(served.store, () => "recorded"),
      screener: new ThreadScreener(screens, screens, TIMES),
      clock: new ManualClock(),
      stopwatch: () => 0,
      log: { info: () => {}, warn: () => {} },
    });
    for (let index = 300; index < 303; index += 1) {
      const minute = served.minutes[index] as (typeof served.minutes)[number];
      for (const { symbol } of served.store.symbols()) served.stream(minute, symbol);
      const closeTime = closeTimeOf("1m", minute.openTime) as UnixMs;
      await engine.close({ interval: "1m", closeTime });
      const rows = await sql<{ name: string; status: string; errors: number; signals: number; error: string | null }[]>`
        select t.name, e.status, e.errors, e.signals, e.error from public.executions e join public.traders t on t.id = e.trader_id
        where e.close_time = ${closeTime}`;
      expect(rows).toHaveLength(50);
      const well = rows.filter(({ name }) => name === "good");
      expect(well.map(({ status, signals, errors }) => [status, signals, errors])).toEqual(
        Array(47).fill(["done", 2, 0]),
      );
      const facts = await sql`select facts from public.signals where close_time = ${closeTime} and facts ? 'note'`;
      // Compiled and in QuickJS, for two symbols each.
      expect(facts.map((row) => row.facts)).toEqual(Array(4).fill({ note: "up \ufffd", "up \ufffd": "\ufffd" }));
      for (const name of Object.keys(BAD)) {
        const bad = rows.find((row) => row.name === name);

        expect([name, bad?.status, bad?.signals, bad?.errors]).toEqual([name, "done", 0, 2]);
        expect(bad?.error).toMatch(/^BTCUSDT: ./);
      }
    }
  });
});

describe("a filter that no sandbox could stop", () => {
  let databases: TestDatabases;
  let served: ServedMarket;
  beforeAll(async () => {
    databases = await startDatabases("PGlite");
    served = serveMarket();
  });
  afterAll(async () => {
    await served?.server.stop();
    await databases?.stop();
  });

  test("fails its own trader with a sentence; another owner's has its signals at every close and spends one attempt on each", async () => {
    const { sql } = await databases.migrated();
    const table = new TradersTable(sql);
    for (let count = 0; count < 4; count += 1) {
      await table.create("mallory", aTrader({ code: `return ${count} < 9; // ${HANGS}` }), undefined);
    }
    await table.create("anna", aTrader({ code: "return true;" }), undefined);
    const quarantine = new Quarantine();
    const screens = screensOf(served.store, { bounds: TRADER_PLACES, ...HANGING_ASLEEP, quarantine });
    const engine = new TraderEngine({
      executions: new ExecutionsTable(sql),
      market: new StoreMarket(served.store, () => "recorded"),
      screener: new ThreadScreener(screens, screens, TIMES),
      clock: new ManualClock(),
      stopwatch: () => 0,
      log: { info: () => {}, warn: () => {} },
    });
    try {
      for (let index = 300; index < 308; index += 1) {
        const minute = served.minutes[index] as (typeof served.minutes)[number];
        for (const { symbol } of served.store.symbols()) served.stream(minute, symbol);
        await engine.close({ interval: "1m", closeTime: closeTimeOf("1m", minute.openTime) as UnixMs });
      }
    } finally {
      screens.stop();
    }
    const rows = await sql<
      { owner: string; status: string; signals: number; attempts: number; error: string | null }[]
    >`
      select t.owner, e.status, e.signals, e.attempts, e.error from public.executions e join public.traders t on t.id = e.trader_id`;
    const [anna, mallory] = ["anna", "mallory"].map((name) => rows.filter(({ owner }) => owner === name));
    expect(anna).toEqual(Array(8).fill({ owner: "anna", status: "done", signals: 2, attempts: 1, error: null }));
    const error =
      "the filter ran for 1500 ms without a pause, and its thread had to be ended: it isn't run again until its code is changed";
    expect(mallory).toEqual(Array(32).fill({ owner: "mallory", status: "failed", signals: 0, attempts: 1, error }));
    // Each of the four ended one thread, and after that none.
    expect([screens.figures().ends.overran, quarantine.size]).toEqual([4, 4]);
  });
});

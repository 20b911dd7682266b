import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ThreadScreener } from "../../src/cli/screening/thread-screener.ts";
import { WorkerScreens } from "../../src/cli/screening/worker-screens.ts";
import { closeTimeOf, type UnixMs } from "../../src/core/mod.ts";
import { StoreMarket } from "../../src/server/mod.ts";
import { ExecutionsTable, TraderEngine, TradersTable } from "../../src/traders/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { isMissing, startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { aTrader } from "../helpers/made-up-traders.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";

const BAD = {
  "endless loop": "for (;;) {}\nreturn true;",
  "memory hog": "const kept = []; for (;;) kept.push(new Array(10000).fill(kept.length));\nreturn true;",
  thrower: 'if (symbol) throw new Error("on purpose"); return true;',
};

describe.skipIf(isMissing("PostgreSQL"))("an endless loop, a memory hog and a thrower among fifty traders", () => {
  let databases: TestDatabases;
  let served: ServedMarket;
  let screens: WorkerScreens;
  beforeAll(async () => {
    databases = await startDatabases("PostgreSQL");
    served = serveMarket();
    screens = new WorkerScreens(served.store);
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
    for (let count = 0; count < 47; count += 1)
      await table.create("anna", aTrader({ name: "good", ...good }), undefined);
    const engine = new TraderEngine({
      executions: new ExecutionsTable(sql),
      market: new StoreMarket(served.store, () => "recorded"),
      screener: new ThreadScreener(screens),
      clock: new ManualClock(),
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
      for (const name of Object.keys(BAD)) {
        const bad = rows.find((row) => row.name === name);

        expect([name, bad?.status, bad?.signals, bad?.errors]).toEqual([name, "done", 0, 2]);
        expect(bad?.error).toMatch(/^BTCUSDT: ./);
      }
    }
  });
});

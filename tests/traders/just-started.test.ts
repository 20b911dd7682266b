import { expect, test } from "bun:test";
import { createClient } from "../../src/client/mod.ts";
import { StoreMarket } from "../../src/server/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import {
  ClientMarket,
  ExecutionsTable,
  type MarketDataSource,
  TraderEngine,
  TradersTable,
} from "../../src/traders/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { isMissing, startDatabases } from "../helpers/databases.ts";
import { aTrader, minuteClose, RuleScreener } from "../helpers/made-up-traders.ts";
import { ofSpot } from "../helpers/schedules.ts";
import { BTC, serveMarket } from "../helpers/served-market.ts";

test.skipIf(isMissing("PostgreSQL"))(
  "a run that waits from before isn't lost to a market that knows no symbols yet",
  async () => {
    const databases = await startDatabases("PostgreSQL");
    const { sql } = await databases.migrated();
    const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
    const served = serveMarket({ store });
    const markets: MarketDataSource[] = [
      new StoreMarket(store, () => "recorded"),
      new ClientMarket(createClient({ url: served.server.url, maxTries: 1 })),
    ];
    for (const market of markets) expect(await market.offer()).toBeUndefined();
    const executions = new ExecutionsTable(sql);
    const parts = { executions, screener: new RuleScreener(), clock: new ManualClock(), stopwatch: () => 0 };
    const traders = new TradersTable(sql);
    for (const symbols of [null, [BTC]]) await traders.create("anna", aTrader({ symbols }), minuteClose(-1));
    await executions.schedule(ofSpot("1m"), minuteClose(0), 10);
    for (let attempt = 0; attempt < 7; attempt += 1) {
      for (const market of markets) {
        await new TraderEngine({ ...parts, market, log: { info: () => {}, warn: () => {} } }).reconcile();
        await sql`update public.executions set lease_until = null`;
      }
    }
    const rows = await sql`select status, attempts, error from public.executions`;
    const waits = { status: "queued", attempts: 0, error: expect.stringContaining("no symbols") };
    expect([...rows]).toEqual([waits, waits]);
    await served.server.stop();
    await databases.stop();
  },
);

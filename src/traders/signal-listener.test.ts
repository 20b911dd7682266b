import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { migratedOn } from "../../tests/helpers/databases.ts";
import { aTrader, minuteClose, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../../tests/helpers/postgres.ts";
import { until } from "../../tests/helpers/until.ts";
import type { Signal, Trader } from "../wire/mod.ts";
import { ExecutionsTable, SignalListener, SignalsTable, type Sql, TradersTable } from "./mod.ts";
import { MAX_ANNOUNCED } from "./signal-listener.ts";
import type { OwnedSignal } from "./signals-table.ts";

test("more announcements than may wait are dropped, and their signals are read from the table: each is told once", async () => {
  let hear: (payload: string) => void = () => {};
  let stored = 0;
  let asked = 0;
  const one = (id: number): OwnedSignal => ({ signal: { id } as Signal, owner: "anna" });
  const told: number[] = [];
  const ending = new AbortController();
  const listener = new SignalListener({
    sql: {
      listen: async (_channel, heard) => {
        hear = heard;
      },
      notify: async () => {},
    },
    signals: {
      lastId: async () => 0,
      readAll: async (ids) => {
        asked += ids.length;
        return ids.map(one);
      },
      after: async (id, limit) =>
        Array.from({ length: Math.min(limit, stored - id) }, (_, index) => one(id + 1 + index)),
    },
    tell: ({ id }) => told.push(id),
    clock: new ManualClock(),
    log: { info: () => {}, warn: () => {} },
  });
  await listener.start(ending.signal);
  const count = MAX_ANNOUNCED + 200;
  for (stored = 0; stored < count; ) {
    stored += 1;
    hear(String(stored));
  }
  await until(() => told.length === count);
  expect(told).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  expect(asked).toBeLessThan(1_000);
  ending.abort();
});

describe.skipIf(!hasPostgres)("signals announced by PostgreSQL", () => {
  let server: RunningPostgres;
  let sql: Sql;
  let trader: Trader;
  let index = 0;
  beforeAll(async () => {
    server = await startPostgres();
    sql = await migratedOn(await server.createDatabase());
    trader = await new TradersTable(sql).create("anna", aTrader(), undefined);
  });
  afterAll(async () => {
    await sql?.end();
    await server?.stop();
  });

  const store = async (facts: object = {}): Promise<void> => {
    const matches = SYMBOLS.map((symbol) => ({ symbol, price: 1, facts: facts as Record<string, unknown> }));
    const key = { traderId: trader.id, interval: "1m" as const, closeTime: minuteClose(index++) };
    await new ExecutionsTable(sql).storeBeside(key, trader, matches);
  };

  test("are told once each, in order, and those of a lost connection afterwards", async () => {
    const told: Signal[] = [];
    const clock = new ManualClock();
    const ending = new AbortController();
    await store();
    const signals = new SignalsTable(sql);
    const log = { info: () => {}, warn: () => {} };
    const listener = new SignalListener({ sql, signals, tell: (signal) => told.push(signal), clock, log });
    await listener.start(ending.signal);
    // More than a payload of NOTIFY holds.
    await store({ long: "x".repeat(10_000) });
    await until(() => told.length === 4);
    await server.crash();
    await store();
    await store();
    while (told.length < 12) await clock.turn(10_000);
    await store();
    await until(() => told.length === 16);
    const ids = told.map(({ id }) => id);
    expect(new Set(ids).size).toBe(16);
    expect(ids.slice(0, 4)).toEqual([...ids.slice(0, 4)].sort((a, b) => a - b));
    expect(told[0]?.facts).toEqual({ long: "x".repeat(10_000) });
    ending.abort();
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { migratedOn } from "../../tests/helpers/databases.ts";
import { aTrader, minuteClose, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../../tests/helpers/postgres.ts";
import { until } from "../../tests/helpers/until.ts";
import type { Signal, Trader } from "../wire/mod.ts";
import { ExecutionsTable, openAnnouncements, SignalListener, SignalsTable, type Sql, TradersTable } from "./mod.ts";
import { type Announcements, MAX_ANNOUNCED } from "./signal-listener.ts";
import type { OwnedSignal } from "./signals-table.ts";

test("more announcements than may wait are dropped, and their signals are read from the table: each is told once", async () => {
  let hear: (payload: string) => void = () => {};
  let stored = 0;
  let asked = 0;
  const one = (id: number): OwnedSignal => ({ signal: { id } as Signal, owner: "anna" });
  const told: number[] = [];
  const ending = new AbortController();
  const listener = new SignalListener({
    connect: () => ({
      listen: async (_channel, heard) => {
        hear = heard;
      },
      notify: async () => {},
      end: async () => {},
    }),
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

test("a connection that looks open and brings nothing is dropped, and what was stored meanwhile is told", async () => {
  const [silent, good] = [{ isSilent: true }, { isSilent: false }].map(({ isSilent }) => {
    const handlers: ((payload: string) => void)[] = [];
    let ends = 0;
    return {
      handlers,
      ends: () => ends,
      listen: async (_channel: string, heard: (payload: string) => void) => {
        handlers.push(heard);
      },
      notify: async (_channel: string, payload: string) => {
        if (isSilent) await new Promise(() => {});
        for (const heard of handlers) heard(payload);
      },
      end: async () => {
        ends += 1;
      },
    };
  }) as unknown as [Announcer, Announcer];
  const connections = [silent, good];
  let stored = 2;
  const told: number[] = [];
  const clock = new ManualClock();
  const ending = new AbortController();
  const one = (id: number): OwnedSignal => ({ signal: { id } as Signal, owner: "anna" });
  const listener = new SignalListener({
    connect: () => connections.shift() as Announcer,
    signals: {
      lastId: async () => 2,
      readAll: async (ids) => ids.map(one),
      after: async (id) => Array.from({ length: stored - id }, (_, index) => one(id + 1 + index)),
    },
    tell: ({ id }) => told.push(id),
    clock,
    log: { info: () => {}, warn: () => {} },
  });
  await listener.start(ending.signal);
  stored = 3;
  for (let look = 0; look < 5; look += 1) await clock.turn(10_000);
  await until(() => told.length === 1);
  for (let look = 0; look < 30; look += 1) await clock.turn(10_000);
  expect([silent.handlers.length, silent.ends(), good.handlers.length, good.ends(), told]).toEqual([1, 1, 1, 0, [3]]);
  ending.abort();
  await until(() => good.ends() === 1);
});

interface Announcer extends Announcements {
  readonly handlers: readonly unknown[];
  ends(): number;
}

describe.skipIf(!hasPostgres)("signals announced by PostgreSQL", () => {
  let server: RunningPostgres;
  let url: string;
  let sql: Sql;
  let trader: Trader;
  let index = 0;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
    sql = await migratedOn(url);
    trader = await new TradersTable(sql).create("anna", aTrader(), undefined);
  });
  afterAll(async () => {
    await sql?.end();
    await server?.stop();
  });

  const store = async (facts: object = {}): Promise<void> => {
    const matches = SYMBOLS.map((symbol) => ({ symbol, price: 1, facts: facts as Record<string, unknown> }));
    const key = { traderId: trader.id, interval: "1m" as const, closeTime: minuteClose(index++) };
    await new ExecutionsTable(sql).storeBeside(key, trader, matches, () => {});
  };

  test("are told once each, in order, and those of a lost connection afterwards", async () => {
    const told: Signal[] = [];
    const clock = new ManualClock();
    const ending = new AbortController();
    await store();
    const signals = new SignalsTable(sql);
    const log = { info: () => {}, warn: () => {} };
    const connect = (): Sql => openAnnouncements(url);
    const listener = new SignalListener({ connect, signals, tell: (signal) => told.push(signal), clock, log });
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

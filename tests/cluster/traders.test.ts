import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { createClient } from "../../src/client/mod.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import type { Signal } from "../../src/wire/mod.ts";
import { migratedOn } from "../helpers/databases.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../helpers/postgres.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { until } from "../helpers/until.ts";
import { startFollower } from "./chain.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 60;
const FLAGS = { intervals: "1m,5m", capacity: "100", exchangeSpeed: String(SPEED) };
const CLOSES = 5;

let database: RunningPostgres | undefined;
let exchange: Exchange | undefined;
const servers: RunningVyx[] = [];

afterEach(async () => {
  for (const server of servers.splice(0).reverse()) await server.stop();
  await exchange?.stop();
  await database?.stop();
});

describe.skipIf(!hasPostgres)("a server and its follower on one database", () => {
  test("run each close of a trader once, and tell each signal to the clients of both", async () => {
    database = await startPostgres();
    const databaseUrl = await database.createDatabase();
    const sql = await migratedOn(databaseUrl);
    await sql.end();
    exchange = createExchange({ symbols: 4, seed: 3, start: START, speed: SPEED, port: 0, clock: systemClock });
    const leader = await startOn(exchange, { ...FLAGS, databaseUrl });
    servers.push(leader);
    const follower = await startFollower(leader.url, { ...FLAGS, databaseUrl });
    servers.push(follower);
    for (const server of servers) await untilReady(server);
    const ending = new AbortController();
    const heard = servers.map((server) => {
      const signals: Signal[] = [];
      void (async () => {
        const client = createClient({ url: server.url });
        for await (const message of client.subscribe(["signals"], { signal: ending.signal })) {
          if (message.type === "signal") signals.push(message.signal);
        }
      })().catch(() => {});
      return signals;
    });
    const { traders, signals } = createClient({ url: follower.url });
    await traders.create({
      name: "every close",
      code: 'return candles("1m").close.at(-1) > 0;',
      triggerInterval: "1m",
      enabled: true,
    });
    const closesOf = (all: readonly Signal[]): Set<number> => new Set(all.map(({ closeTime }) => closeTime));
    await until(() => heard.every((all) => closesOf(all).size >= CLOSES));
    ending.abort();
    const list = async (): Promise<readonly Signal[]> => (await signals.list({ limit: 500 })).signals;
    const inOrder = (all: readonly Signal[]): number[] => [...closesOf(all)].sort((a, b) => a - b);
    const isWhole = (closes: readonly number[]): boolean =>
      closes.every((closeTime, at) => closeTime === (closes[0] as number) + at * 60_000);
    // A starved server runs closes late, the newest first.
    await until(async () => isWhole(inOrder(await list())));
    const stored = await list();
    const keys = stored.map(({ symbol, closeTime }) => `${symbol} ${closeTime}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const all of heard) expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    // Every symbol matches at each close; the last one may still be on its way.
    const closes = inOrder(stored);
    for (const closeTime of closes.slice(0, -1)) {
      expect([closeTime, stored.filter((one) => one.closeTime === closeTime).length]).toEqual([closeTime, 4]);
    }
    expect(isWhole(closes.slice(0, CLOSES))).toBe(true);
  });
});

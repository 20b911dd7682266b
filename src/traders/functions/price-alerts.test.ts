import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { startDatabases, type TestDatabases } from "../../../tests/helpers/databases.ts";
import { RuleMarket, RuleScreener } from "../../../tests/helpers/made-up-traders.ts";
import type { Firing } from "../../alerts/mod.ts";
import type { UnixMs } from "../../core/mod.ts";
import type { AlertEvent, PriceAlert } from "../../wire/mod.ts";
import {
  type AlertWatcher,
  AlertWatchTable,
  createTraders,
  type FunctionWork,
  type Sql,
  type Traders,
} from "../mod.ts";

const ABSENT = "00000000-0000-4000-8000-000000000000";
const NOW = Date.UTC(2026, 1, 10, 12);
const LEVEL = { kind: "level", direction: "up", level: 64_000 };

describe("price alerts", () => {
  let databases: TestDatabases;
  let traders: Traders;
  let sql: Sql;
  let told: (string | undefined)[];
  let charged: FunctionWork[];
  let problem: string | undefined;
  const watcher: AlertWatcher = {
    arming: () => ({ armedAt: NOW as UnixMs, side: "below" }),
    refusal: (symbol) => (symbol === "NONEUSDT" ? "symbol: this server doesn't follow NONEUSDT" : undefined),
    problem: () => problem,
    changed: (deleted) => void told.push(deleted),
  };

  beforeAll(async () => {
    databases = await startDatabases("PGlite");
  });
  afterAll(() => databases?.stop());
  const make = async (alerts: AlertWatcher | undefined): Promise<void> => {
    ({ sql } = await databases.migrated());
    [told, charged, problem] = [[], [], undefined];
    traders = createTraders({
      ...{ sql, connections: 1, market: new RuleMarket(), screener: new RuleScreener(), clock: new ManualClock(NOW) },
      ...{ stopwatch: () => 0, log: { info: () => {}, warn: () => {} }, origins: [], onError: () => {}, alerts },
      authorize: async () => ({ owner: "nobody", isService: false }),
    });
  };
  beforeEach(() => make(watcher));

  const call = async (
    method: string,
    path = "",
    body?: unknown,
    owner = "anna",
  ): Promise<{ status: number; body: never }> => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const caller = { owner, isService: false, charge: (work: FunctionWork) => void charged.push(work) };
    const request = new Request(`http://host/functions/v1/price-alerts${path}`, init);
    const response = await traders.functions("price-alerts", request, caller);
    return { status: response.status, body: (response.status === 204 ? {} : await response.json()) as never };
  };
  const made = async (more: object = {}): Promise<PriceAlert> =>
    (await call("POST", "", { symbol: "btcusdt", condition: LEVEL, ...more })).body;
  const refusal = async (body: unknown, method = "POST", path = ""): Promise<[number, string]> => {
    const { status, body: answer } = await call(method, path, body);
    return [status, (answer as { detail: string }).detail];
  };
  /** What the watch stores when one fires. */
  const fire = async (id: string, more: Partial<Firing> = {}): Promise<number> => {
    const [row] = await sql<{ revision: number }[]>`select revision from public.price_alerts where id = ${id}`;
    const firing = {
      ...{ id, revision: Number(row?.revision), side: "above", direction: "up", price: 64_010, reference: 64_000 },
      ...{ value: 64_010, at: NOW + 9_000, since: NOW + 5_000, isBlind: false, openTime: NOW, isOpen: true },
    } as Firing;
    return (await new AlertWatchTable(sql).fire([{ ...firing, ...more }])).size;
  };

  test("one is made, read, changed and deleted, and those who watch are told", async () => {
    const alert = await made({ note: " sell? " });
    expect(alert).toMatchObject({
      ...{ symbol: "BTCUSDT", condition: LEVEL, note: "sell?", again: null, expiresAt: null, destinationId: null },
      ...{ state: "active", problem: null, fires: 0, lastEvent: null, armedAt: NOW },
    });
    problem = "BTCUSDT isn't traded now (HALT): the alert goes on when it is";
    expect((await call("GET", `/${alert.id}`)).body).toEqual({ ...alert, problem } as never);
    expect((await call("GET")).body).toEqual({ count: 1, alerts: [{ ...alert, problem }] } as never);
    expect(charged.at(-1)).toEqual({ rows: 500 });
    problem = undefined;
    const { body: off } = await call("PATCH", `/${alert.id}`, { active: false });
    expect(off).toMatchObject({ state: "off", condition: LEVEL });
    const condition = { kind: "move", direction: "either", percent: 2.5, minutes: 60 };
    const { body: changed } = await call("PATCH", `/${alert.id}`, { condition, again: 30 });
    expect(changed).toMatchObject({ state: "active", condition, again: 30, note: "sell?" });
    expect((await call("DELETE", `/${alert.id}`)).status).toBe(204);
    expect((await call("GET", `/${alert.id}`)).status).toBe(404);
    expect(told).toEqual([undefined, undefined, undefined, alert.id]);
  });

  test("an end that is over is refused in a change, too", async () => {
    const { id } = await made();
    const says = "expiresAt: expected a moment in the future, in Unix milliseconds, or null";
    expect(await refusal({ expiresAt: NOW - 1 }, "PATCH", `/${id}`)).toEqual([400, says]);
    expect((await call("PATCH", `/${id}`, { expiresAt: NOW + 1 })).body).toMatchObject({ expiresAt: NOW + 1 });
  });

  test("what fired is listed; it is armed anew on request, and fires no more until then", async () => {
    const [first, second] = [await made(), await made({ condition: { ...LEVEL, level: 65_000 } })];
    expect(await fire(first.id)).toBe(1);
    expect(await fire(first.id, { at: (NOW + 10_000) as UnixMs })).toBe(0);
    expect((await call("GET", `/${first.id}`)).body).toMatchObject({
      ...{ state: "fired", fires: 1, lastEvent: { price: 64_010, at: NOW + 9_000, since: null, inOpenCandle: true } },
    });
    await call("PATCH", `/${first.id}`, { active: true });
    expect(await fire(first.id, { at: (NOW + 90_000) as UnixMs, isBlind: true })).toBe(1);
    await fire(second.id);
    const page = async (query: string): Promise<{ events: AlertEvent[]; cursor: string | null }> =>
      (await call("GET", `/events${query}`)).body;
    const { events, cursor } = await page("?limit=2");
    expect(events.map(({ alertId, since }) => [alertId, since])).toEqual([
      [second.id, null],
      [first.id, (NOW + 5_000) as UnixMs],
    ]);
    expect((await page(`?cursor=${cursor}`)).events.map(({ alertId }) => alertId)).toEqual([first.id]);
    expect((await page(`?alertId=${first.id}`)).events).toHaveLength(2);
    expect((await call("GET", "/events", undefined, "emil")).body).toEqual({
      count: 0,
      events: [],
      cursor: null,
    } as never);
  });

  test("one that fired repeatedly and is to fire once fires once more", async () => {
    const { id } = await made({ again: 1 });
    expect(await fire(id)).toBe(1);
    await call("PATCH", `/${id}`, { again: null });
    expect(await fire(id, { at: (NOW + 10_000) as UnixMs, since: (NOW + 9_500) as UnixMs })).toBe(1);
    expect((await call("GET", `/${id}`)).body).toMatchObject({
      state: "fired",
      fires: 2,
      lastEvent: { at: NOW + 10_000 },
    });
    expect(await fire(id, { at: (NOW + 20_000) as UnixMs, since: (NOW + 15_000) as UnixMs })).toBe(0);
  });

  test("one that is armed anew and fires at the same market time again has both events", async () => {
    const { id } = await made();
    expect(await fire(id)).toBe(1);
    await call("PATCH", `/${id}`, { active: true });
    expect(await fire(id)).toBe(1);
    const { body } = await call("GET", "/events");
    expect((body as { events: AlertEvent[] }).events.map(({ at }) => at - NOW)).toEqual([9_000, 9_000]);
    expect((await call("GET", `/${id}`)).body).toMatchObject({ state: "fired", fires: 2 });
  });

  test("an owner's fire 5,000 times a UTC day, and say so then; another owner's go on", async () => {
    const [first, second] = [await made({ again: 1 }), await made()];
    const { body } = await call("POST", "", { symbol: "BTCUSDT", condition: LEVEL }, "emil");
    await sql`insert into public.alert_days (owner, day, events) values ('anna', (now() at time zone 'utc')::date, 4999)`;
    expect([await fire(first.id), await fire(second.id), await fire((body as { id: string }).id)]).toEqual([1, 0, 1]);
    const says =
      "your price alerts have fired 5000 times since 00:00 UTC, the most of one day: they go on at 00:00 UTC";
    expect((await call("GET", `/${second.id}`)).body).toMatchObject({ state: "active", fires: 0, problem: says });
    await call("DELETE", `/${first.id}`);
    expect(await fire(second.id)).toBe(0);
    await sql`update public.alert_days set day = day - 1`;
    expect((await call("GET", `/${second.id}`)).body).toMatchObject({ state: "active", problem: null });
    expect(await fire(second.id)).toBe(1);
    expect(await sql`select owner, events from public.alert_days order by owner`).toEqual([
      ...[
        { owner: "anna", events: 1 },
        { owner: "emil", events: 1 },
      ],
    ] as never);
  });

  test("another owner doesn't see it, change it or delete it", async () => {
    const { id } = await made();
    const tries = [
      ...[await call("GET", `/${id}`, undefined, "emil"), await call("PATCH", `/${id}`, { note: "x" }, "emil")],
      ...[await call("DELETE", `/${id}`, undefined, "emil"), await call("GET", `/${ABSENT}`)],
    ];
    expect(tries.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect((await call("GET", "", undefined, "emil")).body).toEqual({ count: 0, alerts: [] } as never);
    expect((await call("GET", `/${id}`)).body).toMatchObject({ note: "", state: "active" });
  });

  const point = (minute: number, price: number) => ({ time: NOW + minute * 60_000, price });
  test.each([
    [{ symbol: "BTCUSDT" }, "condition is missing: expected kind: level, line, move, volume"],
    [{ symbol: "NONEUSDT", condition: LEVEL }, "symbol: this server doesn't follow NONEUSDT"],
    [{ symbol: "BTCUSDT", condition: { ...LEVEL, level: 0 } }, "condition.level: expected a price above 0"],
    [{ symbol: "BTCUSDT", condition: { kind: "cross" } }, "condition.kind: expected kind: level, line, move, volume"],
    [
      { symbol: "BTCUSDT", condition: { kind: "line", from: point(1, 1), to: point(0, 2) } },
      "condition: expected to.time after from.time: a line goes to the right",
    ],
    [
      { symbol: "BTCUSDT", condition: { kind: "move", percent: 0, minutes: 5 } },
      "condition.percent: expected at least 0.01 percent",
    ],
    [
      { symbol: "BTCUSDT", condition: { kind: "move", percent: 5, minutes: 250 } },
      "condition.minutes: expected a multiple of 15 above 240 minutes",
    ],
    [
      { symbol: "BTCUSDT", condition: { kind: "volume", minutes: 255, times: 3 } },
      "condition.minutes: expected a whole number from 1 to 240",
    ],
    [
      { symbol: "BTCUSDT", condition: LEVEL, expiresAt: NOW },
      "expiresAt: expected a moment in the future, in Unix milliseconds, or null",
    ],
    [
      { symbol: "BTCUSDT", condition: LEVEL, destinationId: ABSENT },
      "destinationId: there is no such destination of yours: GET destinations lists those that are",
    ],
  ])("refuses %j", async (body, says) => {
    expect(await refusal(body)).toEqual([400, says]);
  });

  test("there are none where nobody watches, and a path that isn't one is refused", async () => {
    expect(await refusal({}, "PATCH", "/x/y")).toEqual([
      404,
      expect.stringContaining("expected GET, POST, GET events"),
    ]);
    await make(undefined);
    const says = expect.stringContaining("no server watches price alerts here");
    expect(await refusal({ symbol: "BTCUSDT", condition: LEVEL })).toEqual([404, says]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../../tests/helpers/databases.ts";
import { until } from "../../../tests/helpers/until.ts";
import { type Kline, parseSymbol, type SymbolInfo, type SymbolStatus, type UnixMs } from "../../core/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import { AlertWatchTable, type Sql } from "../../traders/mod.ts";
import { PriceAlertsTable } from "../../traders/price-alerts-table.ts";
import type { AlertCondition, AlertEvent, NewPriceAlert } from "../../wire/mod.ts";
import { PriceAlerts } from "./price-alerts.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const START = Date.UTC(2026, 1, 10, 12);
const MINUTE = 60_000;
const LEVEL: AlertCondition = { kind: "level", direction: "either", level: 100 };

/** A server's market and what watches it. */
class Server {
  readonly store = new MarketStore({ intervals: ["1m", "5m"], capacity: 50 });
  readonly clock = new ManualClock(START);
  readonly alerts: PriceAlerts;
  #high = 0;
  #low = 0;
  #openTime = 0;

  constructor(sql: Sql) {
    const log = { info: () => {}, warn: () => {} };
    this.alerts = new PriceAlerts({ markets: this.store, clock: this.clock, log, onFired: () => {} });
    this.list("TRADING");
    this.alerts.listen();
    this.alerts.begin(sql, new AbortController().signal);
  }

  list(status: SymbolStatus): void {
    const info: SymbolInfo = {
      ...{ symbol: SYMBOL, base: "BTC", quote: "USDT", status, priceDecimals: 2, quantityDecimals: 5 },
    };
    this.store.apply({ type: "symbols", symbols: [info] });
  }

  /** A state of the candle, so many seconds after the start. */
  price(second: number, close: number): void {
    const at = START + second * 1_000;
    const openTime = at - (at % MINUTE);
    const isNew = openTime !== this.#openTime;
    [this.#openTime, this.#high] = [openTime, isNew ? close : Math.max(this.#high, close)];
    this.#low = isNew ? close : Math.min(this.#low, close);
    const kline: Kline = {
      ...{
        openTime: openTime as UnixMs,
        closeTime: (openTime + MINUTE - 1) as UnixMs,
        open: close,
        close,
        closed: false,
      },
      ...{ high: this.#high, low: this.#low, volume: 1, quoteVolume: 1, trades: 1, takerBuyVolume: 0 },
      takerBuyQuoteVolume: 0,
    };
    this.store.apply({ type: "kline", symbol: SYMBOL, interval: "1m", kline, eventTime: at as UnixMs });
  }

  /** Lets the watch look, and keep what it knows. */
  async look(): Promise<void> {
    await this.clock.turn(6_000);
  }
}

describe.each(DATABASES)("price alerts on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    let sql: Sql;
    let table: PriceAlertsTable;
    let servers: Server[];

    beforeAll(async () => {
      databases = await startDatabases(kind);
    });
    afterAll(() => databases?.stop());
    beforeEach(async () => {
      ({ sql } = await databases.migrated());
      [table, servers] = [new PriceAlertsTable(sql), []];
    });
    afterEach(async () => {
      for (const { alerts } of servers) await alerts.end();
    });

    /** A server whose alerts are read. */
    const started = async (): Promise<Server> => {
      const server = new Server(sql);
      servers.push(server);
      await until(async () => server.alerts.watched !== undefined);
      return server;
    };
    const made = async (server: Server, more: Partial<NewPriceAlert> = {}): Promise<string> => {
      const { condition = LEVEL, ...rest } = more;
      const asked = { symbol: SYMBOL, condition, note: "", again: null, expiresAt: null, destinationId: null, ...rest };
      const { id } = await table.create("anna", asked, server.alerts.arming(SYMBOL, condition));
      const before = server.alerts.watched ?? 0;
      server.alerts.changed();
      await until(async () => (server.alerts.watched ?? 0) > before);
      return id;
    };
    const events = async (): Promise<AlertEvent[]> =>
      (await table.events("anna", { alertId: undefined, cursor: undefined, limit: 100 })).events;
    const fired = async (count: number): Promise<AlertEvent[]> => {
      await until(async () => (await events()).length >= count);
      return await events();
    };
    const stateOf = async (id: string): Promise<string | undefined> => (await table.read("anna", id))?.state;

    test("one fires once, with its price, candle and messages to the destinations that want them", async () => {
      const server = await started();
      const destination = async (name: string, more: object): Promise<string> => {
        const row = {
          owner: "anna",
          name,
          kind: "webhook",
          address: '{"kind":"webhook","url":"https://x"}',
          shown: "x",
          ...more,
        };
        const [made] = await sql<{ id: string }[]>`insert into public.destinations ${sql(row as never)} returning id`;
        return made?.id as string;
      };
      const wants = await destination("wants", {});
      const silent = await destination("silent", { price_alerts: false });
      await destination("other", { owner: "emil" });
      server.price(0, 99);
      const id = await made(server);
      const named = await made(server, { destinationId: silent, note: "look" });
      server.price(1, 99.5);
      server.price(2, 101);
      server.price(3, 99);
      const all = await fired(2);
      expect(all).toHaveLength(2);
      expect(all.find(({ alertId }) => alertId === id)).toMatchObject({
        ...{ symbol: SYMBOL, condition: LEVEL, direction: "up", price: 101, reference: 100, value: 101, since: null },
        ...{ at: START + 2_000, openTime: START, inOpenCandle: true, note: "" },
      });
      expect(await table.read("anna", id)).toMatchObject({ state: "fired", fires: 1, lastEvent: { price: 101 } });
      const rows =
        await sql`select destination_id, alert_event_ids, signal_ids, state from public.deliveries order by id`;
      const idOf = (alert: string): number => all.find(({ alertId }) => alertId === alert)?.id as number;
      expect([...rows].toSorted((a, b) => a.alert_event_ids[0] - b.alert_event_ids[0])).toEqual(
        [
          { destination_id: wants, alert_event_ids: [idOf(id)], signal_ids: [], state: "waiting" },
          { destination_id: silent, alert_event_ids: [idOf(named)], signal_ids: [], state: "waiting" },
        ].toSorted((a, b) => (a.alert_event_ids[0] as number) - (b.alert_event_ids[0] as number)),
      );
      expect(server.alerts.watched).toBe(0);
    });

    test("a run that is killed before anything is stored fires in the next one, if the cross is still to be seen", async () => {
      const first = await started();
      first.price(0, 99);
      const id = await made(first);
      await first.look();
      first.alerts.abandon();
      first.price(10, 101);
      const second = await started();
      second.price(70, 101.5);
      const [event] = await fired(1);
      expect(event).toMatchObject({ alertId: id, price: 101.5, since: START, at: START + 70_000 });
      expect(await stateOf(id)).toBe("fired");
    });

    test("a side that changed without a firing is kept for the next run", async () => {
      const first = await started();
      first.price(0, 105);
      await made(first, { condition: { ...LEVEL, direction: "up" } });
      first.price(1, 98);
      await until(async () => {
        await first.look();
        return (await sql`select side from public.price_alerts`)[0]?.side === "below";
      });
      first.alerts.abandon();
      const second = await started();
      second.price(3, 101);
      expect(await fired(1)).toMatchObject([{ price: 101, direction: "up", since: null }]);
    });

    test("two servers that see the same prices store it once, also of an alert that may fire again", async () => {
      const both = [await started(), await started()] as const;
      for (const server of both) server.price(0, 99);
      await made(both[0]);
      await made(both[0], { again: 1 });
      await both[1].look();
      await until(async () => both[1].alerts.watched === 2);
      for (const server of both) server.price(1, 101);
      await fired(2);
      for (const server of both) server.price(90, 99);
      await fired(3);
      for (const server of both) await server.alerts.end();
      expect(await events()).toHaveLength(3);
      expect((await sql`select fires from public.price_alerts order by fires`).map(({ fires }) => fires)).toEqual([
        1, 2,
      ]);
    });

    test("many that fire at once are one delivery to each destination", async () => {
      const server = await started();
      server.price(0, 99);
      await sql`insert into public.destinations (owner, name, kind, address, shown) values ('anna', 'n', 'webhook', '{}', 'x')`;
      await sql`insert into public.price_alerts (owner, symbol, kind, condition, armed_at, side, revision)
        select 'anna', ${SYMBOL}, 'level', jsonb_build_object('kind', 'level', 'direction', 'up', 'level', 100 + n / 10.0), ${START}, 'below', 0
        from generate_series(1, 150) n`;
      server.alerts.changed();
      await until(async () => server.alerts.watched === 150);
      server.price(1, 200);
      await fired(100);
      expect(await sql`select cardinality(alert_event_ids) as events from public.deliveries`).toEqual([
        { events: 150 },
      ] as never);
    });

    test("what its owner changes counts from then on, also for a server that hasn't heard of it", async () => {
      const [first, second] = [await started(), await started()];
      for (const server of [first, second]) server.price(0, 99);
      const id = await made(first);
      await second.look();
      const higher = { condition: { ...LEVEL, level: 110 } } as const;
      await table.update("anna", id, higher, first.alerts.arming(SYMBOL, higher.condition));
      first.alerts.changed();
      // The second one still has the old level.
      second.price(1, 101);
      await second.look();
      second.price(2, 111);
      await second.look();
      expect(await fired(1)).toMatchObject([{ reference: 110 }]);
      // Both have the same market, so it is armed above its level, and nothing fires before it is off.
      first.price(2, 111);
      await table.update("anna", id, { active: true }, first.alerts.arming(SYMBOL, higher.condition));
      expect(await stateOf(id)).toBe("active");
      await table.update("anna", id, { active: false }, undefined);
      for (const server of [first, second]) await server.look();
      await until(async () => first.alerts.watched === 0 && second.alerts.watched === 0);
      expect(await events()).toHaveLength(1);
    });

    test("one that expires, and one whose symbol is delisted, end and say so; a deleted one is forgotten everywhere", async () => {
      const server = await started();
      server.price(0, 99);
      const expiring = await made(server, { expiresAt: (START + 2_000) as UnixMs });
      const delisted = await made(server);
      const point = (second: number) => ({ time: (START + second * 1_000) as UnixMs, price: 500 });
      const line = { kind: "line", direction: "either", from: point(0), to: point(2), extended: false } as const;
      const ended = await made(server, { condition: line });
      const deleted = await made(server);
      await table.delete("anna", deleted);
      server.price(3, 101);
      await server.clock.turn(2_000);
      await until(async () => (await stateOf(delisted)) === "fired");
      await table.update("anna", delisted, { active: true }, server.alerts.arming(SYMBOL, LEVEL));
      await server.look();
      server.list("DELISTED");
      expect(server.alerts.problem(SYMBOL, LEVEL)).toBe("BTCUSDT was delisted");
      await server.clock.turn(60_000);
      await until(async () => (await stateOf(delisted)) === "failed" && (await stateOf(expiring)) === "expired");
      expect(await stateOf(ended)).toBe("expired");
      expect((await table.read("anna", delisted))?.problem).toBe("BTCUSDT was delisted: no prices of it will come");
      expect(await events()).toHaveLength(1);
    });

    test("a firing that can't be stored costs its own alert, and no other", async () => {
      const server = await started();
      server.price(0, 99);
      const good = [await made(server), await made(server)];
      // More than a double holds.
      const [bad] = await sql<{ id: string }[]>`
        insert into public.price_alerts (owner, symbol, kind, condition, armed_at, side, revision)
        values ('emil', ${SYMBOL}, 'level', '{"kind": "level", "direction": "either", "level": 1e400}', ${START}, 'above', 0) returning id`;
      server.price(1, 101);
      server.alerts.changed();
      await until(async () => (await events()).length === 2 && (await stateOf(good[1] as string)) === "fired");
      await server.look();
      await until(async () => (await table.read("emil", bad?.id as string))?.state !== "active");
      expect(await table.read("emil", bad?.id as string)).toMatchObject({
        ...{ state: "failed", fires: 0, problem: "its condition was met with a value that can't be stored" },
      });
      const next = await made(server, { condition: { ...LEVEL, level: 110 } });
      server.price(2, 111);
      await until(async () => (await stateOf(next)) === "fired");
    });

    test("one that fires when its owner has no events left waits for the next day, and fires then", async () => {
      const server = await started();
      server.price(0, 99);
      const id = await made(server);
      await sql`insert into public.alert_days (owner, day, events) values ('anna', (now() at time zone 'utc')::date, 5000)`;
      server.price(1, 101);
      await until(async () => server.alerts.watched === 0);
      await server.clock.turn(61_000);
      await until(async () => server.alerts.watched === 0);
      expect([await stateOf(id), await events()]).toEqual(["active", []]);
      await sql`update public.alert_days set day = day - 1`;
      await server.clock.turn(61_000);
      await until(async () => {
        await server.clock.turn(2_000);
        return (await events()).length > 0;
      });
      expect(await events()).toMatchObject([{ alertId: id, price: 101 }]);
    });

    test("the newest thousand events of an alert are kept", async () => {
      const watch = new AlertWatchTable(sql);
      for (const fires of [1_003, 2])
        await sql`with a as (
          insert into public.price_alerts (owner, symbol, kind, condition, armed_at, revision, fires)
          values ('anna', 'BTCUSDT', 'level', ${sql.json({ ...LEVEL })}, 0, 0, ${fires}) returning id)
          insert into public.alert_events (alert_id, symbol, condition, note, price, reference, value, at, open_time, in_open_candle)
          select a.id, 'BTCUSDT', ${sql.json({ ...LEVEL })}, '', 1, 1, 1, n, 0, true from a, generate_series(1, ${fires}::integer) n order by n`;
      expect([await watch.trim(1_000, 2), await watch.trim(1_000, 2), await watch.trim(1_000, 2)]).toEqual([2, 1, 0]);
      const kept =
        await sql`select count(*)::integer as events, min(at)::integer as first from public.alert_events group by alert_id order by 1`;
      expect(kept).toEqual([
        ...[
          { events: 2, first: 1 },
          { events: 1_000, first: 4 },
        ],
      ] as never);
    });

    test("an owner has 200 at most", async () => {
      await sql`insert into public.price_alerts (owner, symbol, kind, condition, armed_at, revision)
        select 'anna', 'BTCUSDT', 'level', ${sql.json({ ...LEVEL })}, 0, 0 from generate_series(1, 200)`;
      const asked = { symbol: SYMBOL, condition: LEVEL, note: "", again: null, expiresAt: null, destinationId: null };
      const arming = { armedAt: START as UnixMs, side: null };
      await expect(table.create("anna", asked, arming)).rejects.toThrow("there are 200 price alerts already");
      expect(await table.create("emil", asked, arming)).toMatchObject({ state: "active" });
      expect((await new AlertWatchTable(sql).changed(0, 500, true)).length).toBe(201);
    });
  });
});

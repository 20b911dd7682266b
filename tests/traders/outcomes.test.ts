import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "../../src/client/mod.ts";
import { type Kline, openTimeOf, parseSymbol, type Symbol, type UnixMs } from "../../src/core/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { LiveOutcomes, Performances } from "../../src/screening/mod.ts";
import { outcomeRoutes, performanceRoutes, StoreMarket } from "../../src/server/mod.ts";
import { MarketStore, RingPast } from "../../src/store/mod.ts";
import type { BacktestResult } from "../../src/strategy/mod.ts";
import {
  ClientOutcomes,
  ClientPerformances,
  createTraders,
  DatabaseUnreachable,
  type Sql,
  StrategyScreener,
  type Traders,
} from "../../src/traders/mod.ts";
import {
  type FollowedSignal,
  rounded,
  roundedShares,
  type TraderPerformance,
  type VersionsAnswer,
} from "../../src/wire/mod.ts";
import { askedOf, backtestsHere, eventsOf, threadsHere } from "../helpers/backtests.ts";
import { ManualClock } from "../helpers/clock.ts";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { MemoryPast, wholeSymbol } from "../helpers/past.ts";
import { dumpRows, hasRecorded, klineOfRow, RECORDED } from "../helpers/recorded.ts";
import { REPLAY_INTERVALS, REPLAY_TRADERS } from "../helpers/replay-traders.ts";
import { serveMarket } from "../helpers/served-market.ts";
import { rolledUp } from "../helpers/truth.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10, 6) as UnixMs;
/** OUTCOME_MINUTES=720 replays twelve hours. */
const MINUTES = Number(process.env.OUTCOME_MINUTES ?? 130);
const BEFORE_MINUTES = 300 * 15;
const CAPACITY = 6_000;
const ALL = { most: 10_000 };

/** An outcome as text that can be compared: the same figures in the same order, each to its last bit. */
const textOf = (name: string, symbol: string, closeTime: number, figures: readonly unknown[]): string =>
  `${closeTime} ${name} ${symbol} ${figures.map((figure) => figure ?? "null").join(" ")}`;

describe.skipIf(!hasRecorded)("outcomes of live signals on recorded hours", () => {
  const minutes = new Map<Symbol, readonly Kline[]>();
  let expected: string[] = [];

  beforeAll(async () => {
    for (const file of readdirSync(join(RECORDED, "um_1m_full"))) {
      const rows = dumpRows(`um_1m_full/${file}`, START - BEFORE_MINUTES * MINUTE, START + MINUTES * MINUTE);
      minutes.set(parseSymbol(file.split("-")[0] as string), rows.map(klineOfRow));
    }
    expected = await backtested();
  });

  const memory = (): MemoryPast =>
    new MemoryPast(new Map([...minutes].map(([symbol, all]) => [symbol, wholeSymbol(all)])));

  /** The outcomes that backtests of the same filters know. */
  const backtested = async (): Promise<string[]> => {
    const backtests = await backtestsHere(memory(), CAPACITY);
    const found: string[] = [];
    for (const { name, code, timeframes, triggerInterval, cooldownCandles } of REPLAY_TRADERS) {
      const asked = askedOf(code, START, { timeframes, interval: triggerInterval, cooldownCandles });
      for (const event of await eventsOf(backtests, asked)) {
        if (event.kind !== "signal") continue;
        const { symbol, closeTime, outcomes } = event.signal;
        for (const { horizon, returnPercent, ...rest } of outcomes) {
          if (returnPercent === null) continue;
          const { bestPercent, bestAfter, worstPercent, worstAfter } = rest;
          const figures = [horizon, returnPercent, bestPercent, bestAfter, worstPercent, worstAfter];
          found.push(textOf(name, symbol, closeTime, figures));
        }
      }
    }
    return found.sort();
  };

  const warmStore = (capacity = CAPACITY): MarketStore => {
    const store = new MarketStore({ intervals: REPLAY_INTERVALS, capacity });
    const about = { quote: "USDT", status: "TRADING", priceDecimals: 4, quantityDecimals: 4 } as const;
    store.apply({
      type: "symbols",
      symbols: [...minutes.keys()].map((symbol) => ({ symbol, base: symbol, ...about })),
    });
    for (const [symbol, all] of minutes) {
      const before = all.filter(({ openTime }) => openTime < START);
      for (const interval of store.intervals) {
        const klines = rolledUp(interval, before, START).filter(({ closed }) => closed);
        const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
        store.apply({ type: "history", symbol, interval, from, to, klines });
      }
    }
    return store;
  };

  const performancesOf = async (store: MarketStore): Promise<Performances> =>
    new Performances({
      pastOf: (interval) => new RingPast(store, interval),
      threads: await threadsHere(),
      capacity: store.capacity,
    });
  const tradersOf = async (
    sql: Sql,
    store: MarketStore,
    past = new RingPast(store) as MemoryPast | RingPast,
  ): Promise<Traders> => {
    const sandbox = await createSandbox({ stopwatch: () => performance.now() });
    return createTraders({
      sql,
      connections: 1,
      market: new StoreMarket(store, () => "recorded"),
      screener: new StrategyScreener(sandbox, () => performance.now()),
      outcomes: new LiveOutcomes({ markets: store, past }),
      performances: await performancesOf(store),
      clock: new ManualClock(),
      stopwatch: () => 0,
      log: { info: () => {}, warn: () => {} },
      authorize: async () => ({ owner: "anna", isService: false }),
      origins: [],
      onError: (_, cause) => {
        throw cause;
      },
      patienceMs: 60_000,
    });
  };
  const advance = (store: MarketStore, index: number): void => {
    for (const [symbol, all] of minutes) {
      const kline = all[BEFORE_MINUTES + index] as Kline;
      store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
    }
  };
  /** Runs all traders, and stores outcomes after each minute. */
  const replay = async (sql: Sql, filled = true): Promise<{ traders: Traders; store: MarketStore }> => {
    const store = warmStore();
    const traders = await tradersOf(sql, store);
    for (const trader of REPLAY_TRADERS) await traders.table.create("anna", trader, (START - 1) as UnixMs);
    for (let index = 0; index < MINUTES; index += 1) {
      advance(store, index);
      const end = START + (index + 1) * MINUTE;
      for (const interval of REPLAY_INTERVALS.filter((one) => openTimeOf(one, end) === end)) {
        await traders.engine.close({ interval, closeTime: (end - 1) as UnixMs });
      }
      if (filled) expect(await traders.filler?.fill(ALL)).toBe(true);
    }
    return { traders, store };
  };
  /** Has all outcomes looked for again. */
  const dueAnew = async (sql: Sql): Promise<void> => {
    await sql`delete from public.outcomes_due`;
    await sql`insert into public.outcomes_due (market, interval, trader_id, close_time, first_id, last_id, due_at)
      select 'binance', interval, trader_id, close_time, min(id), max(id), 0 from public.signals group by 2, 3, 4`;
  };
  const stored = async (sql: Sql): Promise<string[]> => {
    const rows = await sql`
      select t.name, s.symbol, s.close_time, o.* from public.signal_outcomes o
      join public.signals s on s.id = o.signal_id join public.traders t on t.id = s.trader_id`;
    return rows
      .map((row) =>
        textOf(row.name, row.symbol, row.close_time, [
          ...[row.horizon, row.return_percent, row.best_percent, row.best_after, row.worst_percent, row.worst_after],
        ]),
      )
      .sort();
  };

  describe.each(DATABASES)("on %s", (kind) => {
    describe.skipIf(isMissing(kind))("", () => {
      let databases: TestDatabases;
      let sql: Sql;
      let replayed: { traders: Traders; store: MarketStore };
      beforeAll(async () => {
        databases = await startDatabases(kind);
        ({ sql } = await databases.migrated());
        replayed = await replay(sql);
      });
      afterAll(() => databases?.stop());

      const ask = async <T>(path: string): Promise<T> =>
        (await (await replayed.traders.functions("traders", new Request(`http://host/traders/${path}`))).json()) as T;

      test("are those of a backtest of the same filters, row by row", async () => {
        expect(expected.length).toBeGreaterThan(200);
        expect(expected.some((text) => / 96 /.test(text))).toBe(true);
        expect(await stored(sql)).toEqual(expected);
      });

      test("are what SQL makes of the same candles", async () => {
        const candles = [...minutes].flatMap(([symbol, all]) =>
          REPLAY_INTERVALS.flatMap((interval) =>
            rolledUp(interval, all, START + MINUTES * MINUTE)
              .filter(({ closed, openTime }) => closed && openTime >= START - 60 * MINUTE)
              .map(({ openTime, high, low, close }) => ({ symbol, interval, open_time: openTime, high, low, close })),
          ),
        );
        await sql`create table candles as select * from json_to_recordset(${JSON.stringify(candles)}::text::json)
          as c (symbol text, interval text, open_time bigint, high double precision, low double precision, close double precision)`;
        await sql`create index candles_by_time on candles (symbol, interval, open_time)`;
        await sql`analyze candles`;
        await sql`analyze public.signals`;
        const rows = await sql`
          with spans as (
            select s.*, h.horizon, m.ms, s.close_time + 1 as begins, s.close_time + h.horizon * m.ms as ends
            from public.signals s cross join unnest(array[1, 4, 16, 96]) as h (horizon)
            join (values ('1m', 60000::bigint), ('5m', 300000), ('15m', 900000)) as m (interval, ms) on m.interval = s.interval
          ), after as materialized (
            select x.id, x.horizon, x.price, (c.open_time - x.begins) / x.ms + 1 as place, c.* from spans x
            join candles c on c.symbol = x.symbol and c.interval = x.interval and c.open_time between x.begins and x.ends
            where x.ends < ${START + MINUTES * MINUTE}::bigint
          ), spans_of as (
            select id, horizon, price, (array_agg(close order by place desc))[1] as last, max(high) as high, min(low) as low from after group by 1, 2, 3
          ), figures as (
            select f.*, min(a.place) filter (where a.high = f.high) as high_after, min(a.place) filter (where a.low = f.low) as low_after
            from spans_of f join after a on a.id = f.id and a.horizon = f.horizon group by 1, 2, 3, 4, 5, 6
          )
          select f.id, f.horizon, o.signal_id is not null as is_stored,
            abs(o.return_percent - (f.last / f.price - 1) * 100) < 1e-9 and abs(o.best_percent - (f.high / f.price - 1) * 100) < 1e-9
            and abs(o.worst_percent - (f.low / f.price - 1) * 100) < 1e-9
            and o.best_after = high_after and o.worst_after = low_after as is_same
          from figures f left join public.signal_outcomes o on o.signal_id = f.id and o.horizon = f.horizon`;
        await sql`drop table candles`;
        expect(rows.length).toBe(expected.length);
        expect(rows.filter(({ is_stored, is_same }) => !is_stored || !is_same)).toEqual([]);
      });

      test("are listed with the signals, and wait only where candles are to come", async () => {
        const end = START + MINUTES * MINUTE;
        const query = { traderId: undefined, symbol: undefined, interval: undefined, from: undefined, to: undefined };
        const { signals } = await replayed.traders.signals.list("anna", { ...query, cursor: undefined, limit: 500 });
        const states = signals.flatMap(({ closeTime, interval, outcomes }) =>
          outcomes.map(({ horizon, state }) => {
            const length = { "1m": 1, "5m": 5, "15m": 15 }[interval as "1m"] * MINUTE;
            return { state, isOver: closeTime + horizon * length < end };
          }),
        );
        expect(states.length).toBeGreaterThan(1_000);
        expect(states.filter(({ state, isOver }) => state !== (isOver ? "known" : "pending"))).toEqual([]);
        const [due] = await sql`select count(*)::integer as due from public.outcomes_due d join public.signals s
          on s.id between first_id and last_id and s.trader_id = d.trader_id and s.close_time = d.close_time
          where not exists (select from public.signal_outcomes o where o.signal_id = s.id and o.horizon = 96)`;
        const [open] = await sql`select count(*)::integer as open from public.signals s where not exists (
          select from public.signal_outcomes o where o.signal_id = s.id and o.horizon = 96)`;
        expect(due?.due).toBe(open?.open);
      });

      test("are made up for after a restart, whatever was stored before, and stay as they are", async () => {
        await sql`delete from public.signal_outcomes where signal_id % 3 = 0 or horizon > 4`;
        await sql`update public.signal_outcomes set return_percent = 1000 where horizon = 1`;
        await dueAnew(sql);
        // Most of the candles are in the history alone.
        const store = warmStore(4);
        for (let index = 0; index < MINUTES; index += 1) advance(store, index);
        const later = await tradersOf(sql, store, memory());
        expect(await later.filler?.fill({ most: 1 })).toBe(false);
        expect(await later.filler?.fill(ALL)).toBe(true);
        const [kept] =
          await sql`select count(*)::integer as kept from public.signal_outcomes where return_percent = 1000`;
        expect(kept?.kept).toBeGreaterThan(50);
        await sql`delete from public.signal_outcomes where return_percent = 1000`;
        await dueAnew(sql);
        await later.filler?.fill(ALL);
        expect(await stored(sql)).toEqual(expected);
        expect(await later.filler?.fill(ALL)).toBe(true);
        expect(await stored(sql)).toEqual(expected);
      });

      test("are stored once by two servers, also while one of them can't reach the database", async () => {
        await sql`delete from public.signal_outcomes`;
        await dueAnew(sql);
        const [one, other] = [await tradersOf(sql, replayed.store), await tradersOf(sql, replayed.store)];
        const away = new DatabaseUnreachable("it is away");
        let calls = 0;
        const turn = async (): Promise<void> => {
          calls += 1;
          if (calls === 3) throw away;
        };
        await expect(other.filler?.fill({ ...ALL, turn })).rejects.toBe(away);
        await Promise.all([one.filler?.fill(ALL), other.filler?.fill(ALL)]);
        expect(await stored(sql)).toEqual(expected);
        expect((one.filler?.stored ?? 0) + (other.filler?.stored ?? 0)).toBe(expected.length);
      });

      test("stand beside the baseline that a backtest of the same filter has", async () => {
        const backtests = await backtestsHere(new RingPast(replayed.store), CAPACITY);
        const traders = await sql`select id, name from public.traders order by name limit 8`;
        let compared = 0;
        for (const { id, name } of traders) {
          const trader = REPLAY_TRADERS.find((one) => one.name === name) as (typeof REPLAY_TRADERS)[0];
          const { code, timeframes, triggerInterval: interval, cooldownCandles } = trader;
          const asked = askedOf(code, START, { timeframes, interval, cooldownCandles, feesPercent: 0.1 });
          const result = (await eventsOf(backtests, asked)).flatMap((one) =>
            one.kind === "result" ? [JSON.parse(JSON.stringify(one.result, roundedShares)) as BacktestResult] : [],
          )[0];
          const performance = await ask<TraderPerformance>(`${id}/performance?feesPercent=0.1`);
          expect(performance).toMatchObject({
            from: result?.from,
            to: result?.to,
            closes: result?.closes,
            symbols: 7,
            notes: [],
          });
          expect([performance.baselineFrom, performance.signals]).toEqual([
            performance.from,
            result?.signals as number,
          ]);
          for (const [index, { horizon, signals, baseline, edge }] of performance.outcomes.entries()) {
            const theirs = result?.outcomes[index];
            expect({ name, horizon, baseline }).toEqual({
              name,
              horizon,
              baseline: theirs?.baseline as typeof baseline,
            });
            expect([signals.count, signals.pending, signals.unknown]).toEqual([
              theirs?.signals.count ?? 0,
              theirs?.signals.pending ?? 0,
              0,
            ]);
            expect(signals.meanPercent).toBe(theirs?.signals.meanPercent ?? null);
            expect(signals.medianPercent).toBe(theirs?.signals.medianPercent ?? null);
            expect(edge.differencePercent).toBe(theirs?.edge.differencePercent ?? null);
            expect([edge.verdict, edge.says, edge.days]).toEqual([
              theirs?.edge.verdict ?? "",
              theirs?.edge.says ?? "",
              theirs?.edge.days ?? 0,
            ]);
            compared += baseline.count;
          }
        }
        expect(compared).toBeGreaterThan(5_000);
      });

      test("are the same where the functions are hosted, and ask the server", async () => {
        const { store } = replayed;
        const live = new LiveOutcomes({ markets: store, past: new RingPast(store) });
        const here = await performancesOf(store);
        const served = serveMarket({ store, with: { routes: [...outcomeRoutes(live), ...performanceRoutes(here)] } });
        const options = { url: served.server.url };
        const rows = await sql<FollowedSignal[]>`
          select symbol, interval, close_time as "closeTime", price from public.signals order by id limit 300`;
        expect(await new ClientOutcomes(options).outcomes(rows)).toEqual(await live.outcomes(rows));
        const hosted = new ClientPerformances(createClient(options), options);
        const closes = Array.from({ length: 90 }, (_, index) => (START + (index + 1) * MINUTE - 1) as UnixMs).filter(
          (_, index) => index % 7 !== 3,
        );
        const signals = rows
          .filter(({ interval }) => interval === "1m")
          .map(({ closeTime }, index) => ({ closeTime, returns: [index / 100, null, -index / 50, null] }));
        const about = { market: "binance", interval: "1m", symbols: null, closes, signals, feesPercent: 0.1 } as const;
        const charged: number[] = [];
        const by = {
          caller: "one",
          signal: new AbortController().signal,
          charge: (some: number) => void charged.push(some),
        };
        const found = await hosted.performance(about, by);
        expect(found).toEqual(await here.performance(about, by));
        expect([found.symbols, found.baselineFrom, found.outcomes[0]?.baseline.count]).toEqual([
          7,
          closes[0] ?? null,
          7 * closes.length,
        ]);
        expect(charged).toEqual([7 * 90]);
        expect(await hosted.mostCloses("binance", "1m", null)).toBe(await here.mostCloses("binance", "1m", null));
        const unknown = { ...about, market: "bybit" as const };
        await expect(hosted.performance(unknown, by)).rejects.toThrow(
          "there is no history of these symbols in bybit here",
        );
        await served.server.stop();
      });

      test("of each version are what its performance counts", async () => {
        const [{ id, version } = { id: "", version: 1 }] = await sql`
          select t.id, t.version from public.traders t order by (select count(*) from public.signals s where s.trader_id = t.id) desc`;
        const { versions } = await ask<VersionsAnswer>(`${id}/versions`);
        const [{ count } = { count: 0 }] =
          await sql`select count(*)::integer as count from public.signals where trader_id = ${id}`;
        expect(versions.map((one) => [one.version, one.signals])).toEqual([[version, count]]);
        const performance = await ask<TraderPerformance>(`${id}/performance`);
        const figures = await sql`
          select o.horizon::integer as horizon, count(*)::integer as count, avg(return_percent) as mean,
            percentile_cont(0.5) within group (order by return_percent) as median
          from public.signal_outcomes o join public.signals s on s.id = o.signal_id where s.trader_id = ${id} group by 1 order by 1`;
        for (const [index, { horizon, signals }] of performance.outcomes.entries()) {
          const row = figures[index] ?? { horizon, count: 0, mean: null, median: null };
          expect([horizon, signals.count, signals.count + signals.pending]).toEqual([row.horizon, row.count, count]);
          expect(signals.meanPercent).toBe(rounded(row.mean));
          expect(signals.medianPercent).toBe(rounded(row.median));
        }
      });
    });
  });
});

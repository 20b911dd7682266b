import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Interval,
  type Kline,
  openTimeOf,
  parseSymbol,
  type Random,
  type Symbol,
  seededRandom,
  type UnixMs,
  VyxError,
} from "../../src/core/mod.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { StoreMarket } from "../../src/server/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import {
  type CloseRequest,
  ExecutionsTable,
  type MarketAtClose,
  openDatabase,
  type Sql,
  StrategyScreener,
  TraderEngine,
  TradersTable,
} from "../../src/traders/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { DATABASES, type DatabaseKind, isMissing, startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { dumpRows, hasRecorded, klineOfRow, RECORDED } from "../helpers/recorded.ts";
import { expectedSignals, REPLAY_INTERVALS, REPLAY_TRADERS, signalText } from "../helpers/replay-traders.ts";
import { sized } from "../helpers/size.ts";
import { rolledUp } from "../helpers/truth.ts";

const MINUTE = 60_000;
/** Where the hours begin; what is before them is history. The short form is an hour in which each trader finds something. REPLAY_MINUTES=360 replays six hours. */
const START = Date.UTC(2026, 1, 10, ...sized([7, 30], [6, 0])) as UnixMs;
const MINUTES = Number(process.env.REPLAY_MINUTES ?? sized(60, 150));
const DEATHS = sized(5, 10);
const BEFORE_MINUTES = 260 * 15;
/** A lease that a test can wait for. */
const LEASE_MS = 400;

class Unreachable extends VyxError {
  readonly code = "network";
  readonly retryable = true;
}

describe.skipIf(!hasRecorded)("recorded hours of seven symbols, twenty traders", () => {
  const minutes = new Map<Symbol, readonly Kline[]>();
  let expected: string[] = [];
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await createSandbox({ stopwatch: () => performance.now() });
    for (const file of readdirSync(join(RECORDED, "um_1m_full"))) {
      const rows = dumpRows(`um_1m_full/${file}`, START - BEFORE_MINUTES * MINUTE, START + MINUTES * MINUTE);
      minutes.set(parseSymbol(file.split("-")[0] as string), rows.map(klineOfRow));
    }
    expected = expectedSignals(minutes, (START - 1) as UnixMs, (START + MINUTES * MINUTE - 1) as UnixMs);
  });

  /** A store that was warmed up with all that was before; the minutes from START on come by `advance`. */
  const marketOf = (): { store: MarketStore; advance: (index: number) => void } => {
    const store = new MarketStore({ intervals: REPLAY_INTERVALS, capacity: 500 });
    store.apply({
      type: "symbols",
      symbols: [...minutes.keys()].map((symbol) => ({
        symbol,
        base: symbol,
        quote: "USDT",
        status: "TRADING",
        priceDecimals: 4,
        quantityDecimals: 4,
      })),
    });
    for (const [symbol, all] of minutes) {
      const before = all.filter(({ openTime }) => openTime < START);
      for (const interval of store.intervals) {
        const klines = rolledUp(interval, before, START).filter(({ closed }) => closed);
        const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
        store.apply({ type: "history", symbol, interval, from, to, klines });
      }
    }
    const advance = (index: number): void => {
      for (const [symbol, all] of minutes) {
        const kline = all[BEFORE_MINUTES + index] as Kline;
        store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
      }
    };
    return { store, advance };
  };
  const dueAt = (index: number): { interval: Interval; closeTime: UnixMs }[] => {
    const end = START + (index + 1) * MINUTE;
    return REPLAY_INTERVALS.filter((interval) => openTimeOf(interval, end) === end).map((interval) => ({
      interval,
      closeTime: (end - 1) as UnixMs,
    }));
  };
  const stored = async (sql: Sql): Promise<string[]> => {
    const rows = await sql<{ name: string; symbol: string; close_time: number; price: number }[]>`
      select t.name, s.symbol, s.close_time, s.price from public.signals s join public.traders t on t.id = s.trader_id`;
    return rows.map(({ name, symbol, close_time, price }) => signalText(name, symbol, close_time, price)).sort();
  };
  const makeTraders = async (sql: Sql): Promise<void> => {
    for (const trader of REPLAY_TRADERS) await new TradersTable(sql).create("anna", trader, (START - 1) as UnixMs);
  };

  test("the computation to compare with finds something for each of the traders", () => {
    expect(minutes.size).toBe(7);
    expect(REPLAY_TRADERS).toHaveLength(20);
    for (const { name } of REPLAY_TRADERS)
      expect([name, expected.some((text) => text.includes(` ${name} `))]).toEqual([name, true]);
  });

  // The rough run below ends with the same signals on PostgreSQL.
  describe.each(sized<readonly DatabaseKind[]>(["PGlite"], DATABASES))("on %s", (kind) => {
    describe.skipIf(isMissing(kind))("", () => {
      let databases: TestDatabases;
      beforeAll(async () => {
        databases = await startDatabases(kind);
      });
      afterAll(() => databases?.stop());

      test("each signal is stored once, none is missing and none too many", async () => {
        const { sql } = await databases.migrated();
        await makeTraders(sql);
        const { store, advance } = marketOf();
        const engine = new TraderEngine({
          executions: new ExecutionsTable(sql),
          market: new StoreMarket(store, () => "recorded"),
          screener: new StrategyScreener(sandbox, () => performance.now()),
          clock: new ManualClock(),
          stopwatch: () => 0,
          log: { info: () => {}, warn: () => {} },
        });
        for (let index = 0; index < MINUTES; index += 1) {
          advance(index);
          for (const close of dueAt(index)) await engine.close(close);
        }
        expect(await stored(sql)).toEqual(expected);
      });
    });
  });

  describe.skipIf(isMissing("PostgreSQL"))("roughly, on PostgreSQL", () => {
    let databases: TestDatabases;
    beforeAll(async () => {
      databases = await startDatabases("PostgreSQL");
    });
    afterAll(() => databases?.stop());

    test("the same with markets that fail, pushes that are lost, doubled and late, and engines that die in the middle", async () => {
      const { sql, url } = await databases.migrated();
      await makeTraders(sql);
      const { store, advance } = marketOf();
      const seed = Date.now() % 2 ** 32;
      console.log(`seed ${seed}`);
      const random = seededRandom(seed);
      const rough = new RoughRun(url, store, sandbox, random);
      for (let index = 0; index < MINUTES; index += 1) {
        advance(index);
        if (index % (MINUTES / DEATHS) === 6) await rough.die();
        rough.push(dueAt(index));
        if (random() < 0.3) await rough.settle();
      }
      await rough.settle();
      await rough.end();
      // What is left is made up for by cron, once the market is well.
      const engine = rough.well(sql);
      for (let left = 1; left > 0; ) {
        await sql`update public.executions set lease_until = null where status = 'queued'`;
        await engine.reconcile();
        left = Number(
          (await sql`select count(*)::integer as left from public.executions where status in ('queued', 'running')`)[0]
            ?.left,
        );
      }
      expect(await stored(sql)).toEqual(expected);
      const [failed] = await sql`select count(*)::integer as count from public.executions where status = 'failed'`;
      expect(failed?.count).toBe(0);
      expect(rough.deaths).toBe(DEATHS);
    });
  });
});

/** Engines on one database, each with connections of its own, whose market fails now and then, and which die. */
class RoughRun {
  deaths = 0;
  readonly #url: string;
  readonly #store: MarketStore;
  readonly #sandbox: Sandbox;
  readonly #random: Random;
  #engines: { engine: TraderEngine; sql: Sql }[] = [];
  #running: Set<Promise<unknown>> = new Set();

  constructor(url: string, store: MarketStore, sandbox: Sandbox, random: Random) {
    this.#url = url;
    this.#store = store;
    this.#sandbox = sandbox;
    this.#random = random;
    this.#begin();
  }

  /** Tells closes to engines: not at all, once, or twice, to different ones and at the same time. */
  push(closes: readonly { interval: Interval; closeTime: UnixMs }[]): void {
    for (const close of closes) {
      for (const { engine } of this.#engines) {
        if (this.#random() < 0.3) continue;
        this.#keep(engine.close(close));
        if (this.#random() < 0.2) this.#keep(engine.reconcile());
      }
    }
  }

  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** All engines lose their database in the middle of what they do, and others begin. */
  async die(): Promise<void> {
    this.deaths += 1;
    await this.end();
    this.#begin();
  }

  async end(): Promise<void> {
    await Promise.all(this.#engines.map(({ sql }) => sql.end({ timeout: 0 })));
    await this.settle();
    this.#engines = [];
  }

  well(sql: Sql): TraderEngine {
    return this.#engineOn(sql, () => false);
  }

  #begin(): void {
    this.#engines = Array.from({ length: 2 }, () => {
      const sql = openDatabase({ url: this.#url, connections: 4 });
      return { sql, engine: this.#engineOn(sql, () => this.#random() < 0.05) };
    });
  }

  #engineOn(sql: Sql, fails: () => boolean): TraderEngine {
    const market = new StoreMarket(this.#store, () => "recorded");
    const at = market.at.bind(market);
    market.at = async (close: CloseRequest): Promise<MarketAtClose> => {
      if (fails()) throw new Unreachable("by chance");
      return await at(close);
    };
    return new TraderEngine({
      executions: new ExecutionsTable(sql),
      market,
      screener: new StrategyScreener(this.#sandbox, () => performance.now()),
      clock: new ManualClock(),
      stopwatch: () => 0,
      log: { info: () => {}, warn: () => {} },
      leaseMs: LEASE_MS,
    });
  }

  #keep(run: Promise<unknown>): void {
    // An engine that lost its database rejects; that is what dying is here.
    const kept: Promise<unknown> = run.catch(() => {}).finally(() => this.#running.delete(kept));
    this.#running.add(kept);
  }
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Interval,
  type Kline,
  openTimeOf,
  type PastKlines,
  parseSymbol,
  type Symbol,
  seededRandom,
  type UnixMs,
} from "../../src/core/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { StoreMarket } from "../../src/server/mod.ts";
import { MarketStore, RingPast } from "../../src/store/mod.ts";
import type { BacktestSignal } from "../../src/strategy/mod.ts";
import { ExecutionsTable, type Sql, StrategyScreener, TraderEngine, TradersTable } from "../../src/traders/mod.ts";
import { askedOf, backtestsHere, eventsOf } from "../helpers/backtests.ts";
import { ManualClock } from "../helpers/clock.ts";
import { startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { MemoryPast, wholeSymbol } from "../helpers/past.ts";
import { dumpRows, hasRecorded, klineOfRow, RECORDED } from "../helpers/recorded.ts";
import { REPLAY_INTERVALS, REPLAY_TRADERS, signalText } from "../helpers/replay-traders.ts";
import { sized } from "../helpers/size.ts";
import { rolledUp } from "../helpers/truth.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10, 6) as UnixMs;
/** BACKTEST_MINUTES=720 replays twelve hours, and BACKTEST_CUTS=100 cuts the future off a hundred times. */
const MINUTES = Number(process.env.BACKTEST_MINUTES ?? sized(45, 120));
const CUTS = Number(process.env.BACKTEST_CUTS ?? sized(2, 5));
const BEFORE_MINUTES = 300 * 15;
/** Rings that hold all minutes, so that a backtest over them reaches as far back as traders saw. */
const CAPACITY = 6_000;

describe.skipIf(!hasRecorded)("traders on recorded hours, and the same filters as backtests", () => {
  const minutes = new Map<Symbol, readonly Kline[]>();
  const signals: string[] = [];
  let store: MarketStore;
  let databases: TestDatabases;

  beforeAll(async () => {
    for (const file of readdirSync(join(RECORDED, "um_1m_full"))) {
      const rows = dumpRows(`um_1m_full/${file}`, START - BEFORE_MINUTES * MINUTE, START + MINUTES * MINUTE);
      minutes.set(parseSymbol(file.split("-")[0] as string), rows.map(klineOfRow));
    }
    databases = await startDatabases("PGlite");
    const { sql } = await databases.migrated();
    store = warmStore(minutes);
    await runTraders(sql, store, minutes);
    signals.push(...(await stored(sql)));
  });
  afterAll(() => databases?.stop());

  const backtested = async (past: PastKlines, traders = REPLAY_TRADERS): Promise<string[]> => {
    const backtests = await backtestsHere(past, CAPACITY);
    const found: string[] = [];
    for (const trader of traders) {
      const { name, code, timeframes, triggerInterval, cooldownCandles } = trader;
      const asked = askedOf(code, START, { timeframes, interval: triggerInterval, cooldownCandles });
      for (const event of await eventsOf(backtests, asked)) {
        if (event.kind === "signal") found.push(textOf(name, event.signal));
        if (event.kind === "result") expect([event.result.errors, event.result.exact]).toEqual([0, true]);
      }
    }
    return found.sort();
  };
  const textOf = (name: string, { symbol, closeTime, price, facts = {} }: BacktestSignal): string =>
    `${signalText(name, symbol, closeTime, price)} ${JSON.stringify(facts)}`;
  const memory = (): MemoryPast =>
    new MemoryPast(new Map([...minutes].map(([symbol, all]) => [symbol, wholeSymbol(all)])));

  test("a backtest finds the stored live signals, row by row", async () => {
    expect(signals.length).toBeGreaterThan(100);
    expect(await backtested(memory())).toEqual(signals);
  });

  test("so does one over the rings in memory", async () => {
    expect(await backtested(new RingPast(store))).toEqual(signals);
  });

  test("what comes later changes no earlier signal", async () => {
    const random = seededRandom(1);
    for (let cut = 0; cut < CUTS; cut += 1) {
      // At least one candle of each interval has closed.
      const moment = START + (15 + Math.floor(random() * (MINUTES - 15))) * MINUTE;
      // In the short form a quarter of the filters at each cut, each with and without a cooldown.
      const traders = REPLAY_TRADERS.filter((_, at) => sized(Math.floor(at / 2) % 4 === cut % 4, true));
      const earlier = signals.filter(
        (text) => Date.parse(text.slice(0, 24)) < moment && traders.some(({ name }) => text.includes(` ${name} `)),
      );
      expect(earlier.length).toBeGreaterThan(0);
      expect(await backtested(memory().before(moment), traders)).toEqual(earlier);
    }
  });
});

/** A store with all that was before the hours. */
function warmStore(minutes: ReadonlyMap<Symbol, readonly Kline[]>): MarketStore {
  const store = new MarketStore({ intervals: REPLAY_INTERVALS, capacity: CAPACITY });
  const about = { quote: "USDT", status: "TRADING", priceDecimals: 4, quantityDecimals: 4 } as const;
  store.apply({ type: "symbols", symbols: [...minutes.keys()].map((symbol) => ({ symbol, base: symbol, ...about })) });
  for (const [symbol, all] of minutes) {
    const before = all.filter(({ openTime }) => openTime < START);
    for (const interval of store.intervals) {
      const klines = rolledUp(interval, before, START).filter(({ closed }) => closed);
      const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
      store.apply({ type: "history", symbol, interval, from, to, klines });
    }
  }
  return store;
}

/** Lets the traders run at each close. */
async function runTraders(sql: Sql, store: MarketStore, minutes: ReadonlyMap<Symbol, readonly Kline[]>): Promise<void> {
  const sandbox = await createSandbox({ stopwatch: () => performance.now() });
  for (const trader of REPLAY_TRADERS) await new TradersTable(sql).create("anna", trader, (START - 1) as UnixMs);
  const engine = new TraderEngine({
    executions: new ExecutionsTable(sql),
    market: new StoreMarket(store, () => "recorded"),
    screener: new StrategyScreener(sandbox, () => performance.now()),
    clock: new ManualClock(),
    stopwatch: () => 0,
    log: { info: () => {}, warn: () => {} },
  });
  for (let index = 0; index < MINUTES; index += 1) {
    for (const [symbol, all] of minutes) {
      const kline = all[BEFORE_MINUTES + index] as Kline;
      store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
    }
    const end = START + (index + 1) * MINUTE;
    const due = REPLAY_INTERVALS.filter((interval: Interval) => openTimeOf(interval, end) === end);
    for (const interval of due) await engine.close({ interval, closeTime: (end - 1) as UnixMs });
  }
}

async function stored(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string; symbol: string; close_time: number; price: number; facts: object }[]>`
    select t.name, s.symbol, s.close_time, s.price, s.facts
    from public.signals s join public.traders t on t.id = s.trader_id`;
  return rows
    .map((row) => `${signalText(row.name, row.symbol, row.close_time, row.price)} ${JSON.stringify(row.facts)}`)
    .sort();
}

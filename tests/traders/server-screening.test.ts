import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "../../src/client/mod.ts";
import { type Interval, type Kline, openTimeOf, parseSymbol, type Symbol, type UnixMs } from "../../src/core/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import type { Screens } from "../../src/screening/mod.ts";
import { createServer, type RunningServer, StoreMarket, screenRoutes } from "../../src/server/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import type { Run } from "../../src/traders/found.ts";
import {
  ClientMarket,
  ExecutionsTable,
  type MarketDataSource,
  type Screener,
  ServerScreener,
  type Sql,
  StrategyScreener,
  TraderEngine,
  TradersTable,
} from "../../src/traders/mod.ts";
import type { NewTrader } from "../../src/wire/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { isMissing, startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { dumpRows, hasRecorded, klineOfRow, RECORDED } from "../helpers/recorded.ts";
import { REPLAY_INTERVALS, REPLAY_TRADERS } from "../helpers/replay-traders.ts";
import { screensOf } from "../helpers/screens.ts";
import { sized } from "../helpers/size.ts";
import { rolledUp } from "../helpers/truth.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10, 6) as UnixMs;
const MINUTES = sized(31, 46);
const BEFORE_MINUTES = 260 * 15;

/** Besides the twenty traders of the replay: filters that fail, lack klines, read the ticker, or have no answer at all. */
const ODD: readonly NewTrader[] = [
  ["throws for some", ["1m"], 'if (symbol < "C") throw new Error("not these");\nreturn true;'],
  ["wants more than there is", ["15m"], 'return sma(candles("15m").close, 450).at(-1) > 0;'],
  ["reads the ticker", ["1m"], "return ticker.price > 0;"],
  [
    "has facts",
    ["1m"],
    'const close = candles("1m").close;\nreturn { match: close.at(-1) > close.at(-2), facts: { close: close.at(-1), list: [1, null, "é"] } };',
  ],
  ["reads another interval than closes", ["15m"], 'return candles("15m").close.at(-1) > candles("15m").open.at(-1);'],
  ["is no filter", ["1m"], "return 1 +;"],
].map(([name, timeframes, code]) => ({
  name,
  timeframes,
  code,
  triggerInterval: "1m",
  description: "",
  enabled: true,
  symbols: null,
  cooldownCandles: name === "has facts" ? 2 : 0,
})) as unknown as readonly NewTrader[];

/** What an engine left behind: stored signals, executions, and what each run said. */
interface Outcome {
  readonly signals: readonly object[];
  readonly executions: readonly object[];
  readonly runs: readonly object[];
}

const KIND = isMissing("PostgreSQL") ? "PGlite" : "PostgreSQL";

describe.skipIf(!hasRecorded)("screened on the server and screened here, over recorded minutes", () => {
  const minutes = new Map<Symbol, readonly Kline[]>();
  let databases: TestDatabases;
  beforeAll(async () => {
    for (const file of readdirSync(join(RECORDED, "um_1m_full"))) {
      const rows = dumpRows(`um_1m_full/${file}`, START - BEFORE_MINUTES * MINUTE, START + MINUTES * MINUTE);
      minutes.set(parseSymbol(file.split("-")[0] as string), rows.map(klineOfRow));
    }
    databases = await startDatabases(KIND);
  });
  afterAll(() => databases?.stop());

  /** A market with its history. Of the last symbol every seventh minute is late, and the first is in doubt for a while. */
  function marketOf(): { store: MarketStore; advance(index: number): void } {
    const store = new MarketStore({ intervals: REPLAY_INTERVALS, capacity: 500 });
    const about = { base: "X", quote: "USDT", status: "TRADING", priceDecimals: 4, quantityDecimals: 4 } as const;
    store.apply({ type: "symbols", symbols: [...minutes.keys()].map((symbol) => ({ symbol, ...about })) });
    for (const [symbol, all] of minutes) {
      const before = all.filter(({ openTime }) => openTime < START);
      for (const interval of store.intervals) {
        const klines = rolledUp(interval, before, START).filter(({ closed }) => closed);
        const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
        store.apply({ type: "history", symbol, interval, from, to, klines });
      }
    }
    const tell = (symbol: Symbol, index: number): void => {
      const kline = minutes.get(symbol)?.[BEFORE_MINUTES + index] as Kline;
      store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
    };
    const isLate = (index: number): boolean => index % 7 === 3;
    const symbols = [...minutes.keys()];
    const [doubtful, late] = [symbols[0] as Symbol, symbols.at(-1) as Symbol];
    return {
      store,
      advance: (index) => {
        if (isLate(index - 1)) tell(late, index - 1);
        for (const symbol of symbols) if (symbol !== late || !isLate(index)) tell(symbol, index);
        const at = (START + (index - 5) * MINUTE) as UnixMs;
        if (index === 20) store.apply({ type: "gap", symbol: doubtful, interval: "1m", from: at, reason: "a test" });
        if (index !== 23) return;
        const klines = (minutes.get(doubtful) ?? []).slice(BEFORE_MINUTES, BEFORE_MINUTES + index + 1);
        const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
        store.apply({ type: "history", symbol: doubtful, interval: "1m", from, to, klines });
      },
    };
  }

  async function outcomeOf(
    partsOf: (
      store: MarketStore,
    ) => Promise<{ market: MarketDataSource; screener: Screener; stop: () => Promise<void> }>,
  ): Promise<Outcome> {
    const { sql } = await databases.migrated();
    for (const trader of [...REPLAY_TRADERS, ...ODD]) {
      await new TradersTable(sql).create("anna", trader, (START - 1) as UnixMs);
    }
    const { store, advance } = marketOf();
    const { market, screener, stop } = await partsOf(store);
    const runs: Run[] = [];
    const engine = new TraderEngine({
      executions: new ExecutionsTable(sql),
      market,
      screener,
      clock: new ManualClock(),
      stopwatch: () => 0,
      log: { info: () => {}, warn: () => {} },
      onRun: (run) => runs.push(run),
    });
    for (let index = 0; index < MINUTES; index += 1) {
      advance(index);
      for (const close of closesAt(index)) await engine.close(close);
    }
    await engine.reconcile();
    await stop();
    return { ...(await storedIn(sql)), runs: await comparable(sql, runs) };
  }

  test("the same signals, prices, facts, executions, skips and errors", async () => {
    const stopwatch = (): number => performance.now();
    const sandbox = await createSandbox({ stopwatch });
    const here = await outcomeOf(async (store) => ({
      market: new StoreMarket(store, () => "recorded"),
      screener: new StrategyScreener(sandbox, stopwatch),
      stop: async () => {},
    }));
    const there = await outcomeOf(async (store) => {
      const screens = screensOf(store);
      const server = serve(store, screens);
      return {
        market: new ClientMarket(createClient({ url: server.url })),
        screener: new ServerScreener({
          here: async () => {
            throw new Error("nothing is screened here");
          },
          warn: () => {},
        }),
        stop: async () => {
          screens.stop();
          await server.stop();
        },
      };
    });
    expect(here.signals.length).toBeGreaterThan(500);
    const states = new Set(here.executions.map((one) => (one as { status: string }).status));
    expect([...states].sort()).toEqual(["done", "failed"]);
    expect(here.runs.some((run) => (run as Run).skipped.some(({ wanted }) => wanted !== undefined))).toBe(true);
    expect(here.runs.some((run) => (run as Run).skipped.some(({ wanted }) => wanted === undefined))).toBe(true);
    expect(here.runs.some((run) => (run as Run).errors.length > 0)).toBe(true);
    expect(there.signals).toEqual(here.signals);
    expect(there.executions).toEqual(here.executions);
    expect(there.runs).toEqual(here.runs);
  });
});

const LIVE = { state: "live", source: "recorded", connections: 1, lastEventAt: START, silentForMs: 0 } as const;

function serve(store: MarketStore, screens: Screens): RunningServer {
  return createServer({
    markets: [{ store, feed: { status: () => LIVE } }],
    clock: new ManualClock(START),
    page: new Map(),
    version: "test",
    hostname: "127.0.0.1",
    port: 0,
    onError: (_, cause) => console.error(cause),
    routes: screenRoutes(store, screens),
  });
}

function closesAt(index: number): { interval: Interval; closeTime: UnixMs }[] {
  const end = START + (index + 1) * MINUTE;
  return REPLAY_INTERVALS.filter((interval) => openTimeOf(interval, end) === end).map((interval) => ({
    interval,
    closeTime: (end - 1) as UnixMs,
  }));
}

async function storedIn(sql: Sql): Promise<Pick<Outcome, "signals" | "executions">> {
  const signals = await sql`
    select t.name, s.symbol, s.interval, s.close_time, s.price, s.facts from public.signals s
    join public.traders t on t.id = s.trader_id order by t.name, s.interval, s.close_time, s.symbol`;
  const executions = await sql`
    select t.name, e.interval, e.close_time, e.status, e.symbols_checked, e.matches, e.signals, e.skipped, e.errors, e.error,
      e.pending from public.executions e
    join public.traders t on t.id = e.trader_id order by t.name, e.interval, e.close_time`;
  return { signals: [...signals], executions: [...executions] };
}

/** Runs by their trader's name, without what each database makes up, in an order of their own. */
async function comparable(sql: Sql, runs: readonly Run[]): Promise<object[]> {
  const names = new Map((await sql`select id, name from public.traders`).map(({ id, name }) => [id, name as string]));
  return runs
    .map(({ traderId, signals, ...run }) => ({
      name: names.get(traderId) as string,
      ...run,
      errors: run.errors.map(({ symbol, message }) => ({ symbol, message })),
      skipped: run.skipped.map(({ symbol, reason, wanted }) => ({ symbol, reason, wanted })),
      stored: signals.map(({ symbol, price, facts }) => ({ symbol, price, facts })),
    }))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf({
  name,
  interval,
  closeTime,
  symbols,
}: { name: string } & Pick<Run, "interval" | "closeTime" | "symbols">): string {
  return `${name} ${interval} ${closeTime} ${symbols.join()}`;
}

// Question: how long after the last symbol's close is the last signal of that close in Postgres? And what do an endless loop, a
//           memory hog and a thrower cost the other 47 of fifty traders?
// Input:    made-up minutes of 500 symbols; 100 traders, each with a filter of its own over 1m and 5m.
// Rival:    none; PGlite and PostgreSQL beside each other.
// Budget:   p99 of 400 ms on PostgreSQL.
import { closeTimeOf, type Kline, openTimeOf, parseSymbol, type Symbol, type UnixMs } from "../src/core/mod.ts";
import { ThreadScreener, TRADER_PLACES } from "../src/screening/mod.ts";
import { StoreMarket } from "../src/server/mod.ts";
import { MarketStore } from "../src/store/mod.ts";
import { ExecutionsTable, type FilterCheck, type Sql, TraderEngine, TradersTable } from "../src/traders/mod.ts";
import { DATABASES, type DatabaseKind, isMissing, startDatabases } from "../tests/helpers/databases.ts";
import { screensOf, TIMES } from "../tests/helpers/screens.ts";
import { minuteKlines, rolledUp } from "../tests/helpers/truth.ts";
import { sized } from "./lib/quick.ts";
import { machine, machineLoad, quantile, writeResult } from "./lib/results.ts";

const SYMBOLS = Number(process.argv[2] ?? sized(500, 20));
const TRADERS = Number(process.argv[3] ?? sized(100, 5));
const CLOSES = Number(process.argv[4] ?? sized(40, 3));
const WARM_UP_CLOSES = 3;
const BEFORE = 1_300;
const START = Date.UTC(2026, 1, 10);

type Row = {
  readonly database: string;
  readonly p50: number;
  readonly p99: number;
  readonly signals: number;
  readonly compiled: string;
};

/** What three of fifty do badly. */
const BAD = [
  "for (;;) {}\nreturn true;",
  "const kept = []; for (;;) kept.push(new Array(10000).fill(kept.length));\nreturn true;",
  'if (symbol) throw new Error("on purpose"); return true;',
];
const GOOD = Array.from({ length: 47 }, (_, index) => filterOf(index));

const rows: Row[] = [];
for (const kind of DATABASES) {
  if (isMissing(kind))
    console.error(`close-to-signal: ${kind} is not installed here (Debian: apt-get install postgresql)`);
  else
    rows.push(
      await measure(
        kind,
        Array.from({ length: TRADERS }, (_, index) => filterOf(index)),
      ),
    );
}
const [alone, beside] = isMissing("PostgreSQL")
  ? []
  : [await measure("PostgreSQL", GOOD), await measure("PostgreSQL", [...BAD, ...GOOD])];
writeResult(
  "close-to-signal",
  `${SYMBOLS} symbols, ${TRADERS} traders with filters of their own over 1m and 5m, ${CLOSES} closes of made-up minutes: from the last
symbol's closed kline until the last signal of that close is committed. Screening runs in its own thread, as in the server.

| database | p50 | p99 | signals a close | engines |
| --- | --- | --- | --- | --- |
${rows.map(({ database, p50, p99, signals, compiled }) => `| ${database} | ${p50.toFixed(0)} ms | ${p99.toFixed(0)} ms | ${signals.toFixed(0)} | ${compiled} |`).join("\n")}

Until the last signal of the 47 good ones, PostgreSQL: alone p50 ${alone?.p50.toFixed(0)} ms, p99 ${alone?.p99.toFixed(0)} ms; with an endless loop, a memory hog and a
thrower beside them p50 ${beside?.p50.toFixed(0)} ms, p99 ${beside?.p99.toFixed(0)} ms.

${machine()}. ${machineLoad()}`,
  rows
    .filter(({ database }) => database === "PostgreSQL")
    .map(({ p99 }) => ({ row: "last close to last signal, 100 traders, p99", figure: p99, rival: "" })),
);
process.exit(0);

/** Filters that differ in their numbers; every tenth is more than the small language. */
function filterOf(index: number): string {
  const wide = index % 10 === 9 ? 'const names = new Map([["a", 1]]);\n' : "";
  return `${wide}const close = candles("1m").close;
const trend = ema(candles("5m").close, ${10 + (index % 20)}).at(-1);
return rsi(close, ${7 + (index % 13)}).at(-1) < ${20 + (index % 9)} && close.at(-1) < trend;`;
}

/** Times of a market's closes with these filters; of bad ones, that find nothing, only what they cost the others counts. */
async function measure(kind: DatabaseKind, filters: readonly string[]): Promise<Row> {
  const databases = await startDatabases(kind);
  const { sql } = await databases.migrated();
  await makeTraders(sql, filters);
  const store = new MarketStore({ intervals: ["1m", "5m"], capacity: 500 });
  const minutes = fill(store);
  const screens = screensOf(store, { bounds: TRADER_PLACES });
  const screener = new ThreadScreener(screens, screens, TIMES);
  let lastSignalAt = 0;
  const engine = new TraderEngine({
    executions: new ExecutionsTable(sql),
    market: new StoreMarket(store, () => "simulated"),
    screener,
    clock: { now: () => Date.now() as UnixMs, sleep: (span) => Bun.sleep(span) },
    stopwatch: () => performance.now(),
    log: { info: () => {}, warn: (message) => console.error(message) },
    onSignals: () => {
      lastSignalAt = performance.now();
    },
  });
  const times: number[] = [];
  let signals = 0;
  for (let close = -WARM_UP_CLOSES; close < CLOSES; close += 1) {
    const at = BEFORE + WARM_UP_CLOSES + close;
    for (const [symbol, all] of minutes) tell(store, symbol, all[at] as Kline);
    const closeTime = (minutes.values().next().value as Kline[])[at]?.closeTime as UnixMs;
    const began = performance.now();
    await engine.close({ interval: "1m", closeTime });
    if (close < 0) continue;
    times.push(lastSignalAt - began);
    const [row] = await sql`select count(*)::integer as count from public.signals where close_time = ${closeTime}`;
    signals += Number(row?.count);
    console.log(`${kind}: close ${close + 1} of ${CLOSES}: ${times.at(-1)?.toFixed(0)} ms, ${row?.count} signals`);
  }
  const [left] = await sql`select count(*)::integer as count from public.executions where status <> 'done'`;
  if (left?.count !== 0) throw new Error(`${left?.count} executions aren't done`);
  const engines: FilterCheck[] = [];
  for (const code of filters) engines.push(await screener.check(code));
  const compiled = engines.filter(({ engine: name }) => name?.startsWith("compiled")).length;
  screens.stop();
  await databases.stop();
  return {
    database: kind,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    signals: signals / CLOSES,
    compiled: `${compiled} compiled, ${filters.length - compiled} QuickJS`,
  };
}

async function makeTraders(sql: Sql, filters: readonly string[]): Promise<void> {
  for (const [index, code] of filters.entries()) {
    const what = { name: `trader ${index}`, description: "", enabled: true, code };
    const when = { timeframes: ["1m", "5m"], triggerInterval: "1m", symbols: null, cooldownCandles: 0 } as const;
    await new TradersTable(sql).create("bench", { ...what, ...when }, undefined);
  }
}

function fill(store: MarketStore): Map<Symbol, Kline[]> {
  const all = new Map<Symbol, Kline[]>();
  for (let index = 0; index < SYMBOLS; index += 1) {
    all.set(
      parseSymbol(`S${index}USDT`),
      minuteKlines(START, BEFORE + WARM_UP_CLOSES + CLOSES, index + 1, () => false),
    );
  }
  store.apply({
    type: "symbols",
    symbols: [...all.keys()].map((symbol) => ({
      symbol,
      base: symbol,
      quote: "USDT",
      status: "TRADING",
      priceDecimals: 2,
      quantityDecimals: 2,
    })),
  });
  for (const [symbol, minutes] of all) {
    const before = minutes.slice(0, BEFORE);
    for (const interval of store.intervals) {
      const klines = rolledUp(interval, before, START + BEFORE * 60_000).filter(({ closed }) => closed);
      const [from, to] = [openTimeOf(interval, START), klines.at(-1)?.openTime as UnixMs];
      store.apply({ type: "history", symbol, interval, from, to, klines });
    }
  }
  return all;
}

function tell(store: MarketStore, symbol: Symbol, kline: Kline): void {
  const eventTime = (closeTimeOf("1m", kline.openTime) + 1) as UnixMs;
  store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime });
}

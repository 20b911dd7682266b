// Lives through simulated days in a data folder, and tells of each day in a line of JSON. Ends only when it is killed.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readMigrations } from "../../src/cli/migrations-folder.ts";
import { addCandles, closeTimeOf, type Interval, parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import { startEmbeddedDatabase } from "../../src/embedded/mod.ts";
import {
  createTraders,
  DatabaseMaintenance,
  migrateUp,
  openDatabase,
  type Screener,
  type ScreenRequest,
} from "../../src/traders/mod.ts";
import type { NewTrader } from "../../src/wire/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { aTrader, RuleMarket, RuleScreener } from "../helpers/made-up-traders.ts";
import { type Day, type DaysOptions, type Took, timed } from "./months.ts";

const TRADERS = 20;
const SYMBOLS = Array.from({ length: 500 }, (_, n) => parseSymbol(`S${n}USDT`));
const DAY_MS = 86_400_000;

/** Milliseconds of a minute at which the maintenance looks: every 15 s, of which the first two are in the quiet part. */
const LOOKS_AT_MS = [10_000, 25_000, 40_000, 55_000];
const QUIET_UNTIL_MS = 40_000;

/** Milliseconds of a minute at which old rows are swept away. */
const SWEEP_AT_MS = 5_000;

const options: DaysOptions = JSON.parse(process.argv[2] ?? "{}");
const intervalMs = addCandles(options.interval as Interval, 0 as UnixMs, 1);
const closesADay = DAY_MS / intervalMs;

const date = turnDatesOfThreads();
// From now on, as a clock that goes back under a statement ends it.
const start = Math.ceil(Date.now() / DAY_MS) * DAY_MS;
const clock = new ManualClock(start);
const database = await startEmbeddedDatabase(options.folder);
date.set(start);
const sql = openDatabase({ url: database.url, connections: 1 });
await migrateUp(sql, readMigrations());
const market = new RuleMarket();
market.symbols = SYMBOLS;
let isClosing = false;
const log = { info: () => {}, warn: (message: string) => process.stderr.write(`${message}\n`) };
const { engine, table, retention } = createTraders({
  sql,
  connections: 1,
  market,
  screener: evenly(options.signals / closesADay / TRADERS),
  clock,
  stopwatch: clock.stopwatch,
  log,
  origins: [],
  authorize: async () => ({ owner: "gerda", mayWrite: true }) as never,
  onError: () => {},
  keptDays: { signals: options.keepSignals, executions: options.keepExecutions },
});
const maintenance = new DatabaseMaintenance({ sql, isEmbedded: true, isIdle: () => !isClosing, clock, log });
for (let n = 0; n < TRADERS; n += 1) {
  const trader: Partial<NewTrader> = {
    name: `trader ${n}`,
    triggerInterval: options.interval,
    timeframes: [options.interval],
  };
  await table.create("gerda", aTrader(trader), undefined);
}

for (let day = 1; ; day += 1) console.log(JSON.stringify(await live(day)));

async function live(day: number): Promise<Day> {
  const closes: Took[] = [];
  const pieces: (Took & { readonly what: string })[] = [];
  const sweeps: Took[] = [];
  const before = retention.figures();
  for (let n = 0; n < closesADay; n += 1) {
    await turnTo(start + ((day - 1) * closesADay + n + 1) * intervalMs);
    const closeTime = closeTimeOf(options.interval, (clock.now() - intervalMs) as UnixMs);
    market.last = closeTime;
    isClosing = true;
    closes.push((await timed(() => engine.close({ interval: options.interval, closeTime }))).took);
    isClosing = false;
    const minute = clock.now();
    await turnTo(minute + SWEEP_AT_MS);
    sweeps.push((await timed(() => retention.sweep())).took);
    for (const at of LOOKS_AT_MS) {
      await turnTo(minute + at);
      const { result: what, took } = await timed(() => maintenance.look());
      if (what !== undefined) pieces.push({ what: at < QUIET_UNTIL_MS ? what : `${what}, urgent`, ...took });
    }
  }
  const [rows] = await sql<Day["rows"][]>`
    select (select count(*) from public.signals)::integer as signals,
      (select count(*) from public.executions)::integer as executions,
      (select max(id) from public.signals) as "lastSignal"`;
  const { signals, executions } = retention.figures();
  const [folderBytes, logBytes] = [bytesIn(options.folder), bytesIn(join(options.folder, "database/postgres/pg_wal"))];
  return {
    day,
    tablesBytes: bytesIn(join(options.folder, "database/postgres")) - logBytes,
    logBytes,
    folderBytes,
    rows: rows ?? { signals: 0, executions: 0, lastSignal: 0 },
    deleted: { signals: signals - before.signals, executions: executions - before.executions },
    closes: { median: ranked(closes, 0.5), longest: ranked(closes, 1) },
    sweeps: { all: total(sweeps), longest: ranked(sweeps, 1) },
    maintenance: {
      pieces: pieces.length,
      urgent: pieces.filter(({ what }) => what.endsWith("urgent")).length,
      all: total(pieces),
      longest: ranked([{ what: "none", ms: 0, processorMs: 0 }, ...pieces], 1),
    },
  };
}

/** Turns the server's clock, and the database's. */
async function turnTo(at: number): Promise<void> {
  await clock.turn(at - clock.now());
  date.set(at);
}

/** Makes each thread that is started from now on read a date that `set` turns. */
function turnDatesOfThreads(): { set(now: number): void } {
  const channel = new BroadcastChannel("turned-date");
  const SystemWorker = globalThis.Worker;
  globalThis.Worker = class extends SystemWorker {
    constructor(program: string | URL) {
      super(program, { preload: join(import.meta.dir, "turned-date.ts") });
    }
  };
  return { set: (now) => channel.postMessage(now - Date.now()) };
}

/** Matches so many symbols a run on average, other ones at each close. */
function evenly(matchesARun: number): Screener {
  const screener = new RuleScreener();
  let owed = 0;
  let next = 0;
  screener.screen = async ({ symbols, closeTime }: ScreenRequest) => {
    owed += matchesARun;
    const matches = [];
    for (; owed >= 1; owed -= 1) {
      next = (next + 7) % symbols.length;
      const symbol = symbols[next] ?? "";
      matches.push({
        symbol,
        facts: { rsi: closeTime % 100, volume: closeTime / 7, trend: "rising", text: "above the average of 20" },
      });
    }
    return { matches, checked: symbols.length, skipped: [], errors: [] } as Awaited<ReturnType<Screener["screen"]>>;
  };
  return screener;
}

/** The one at this share of all, by how much of a processor they took; 1 is the longest. */
function ranked<Any extends Took>(all: readonly Any[], share: number): Any {
  const sorted = all.toSorted((a, b) => a.processorMs - b.processorMs);
  return sorted[Math.floor((sorted.length - 1) * share)] as Any;
}

function total(all: readonly Took[]): Took {
  return { ms: sum(all.map(({ ms }) => ms)), processorMs: sum(all.map(({ processorMs }) => processorMs)) };
}

function bytesIn(folder: string): number {
  return sum(
    readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) =>
      entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0,
    ),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

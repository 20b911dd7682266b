import type { UnixMs } from "../../src/core/mod.ts";
import type { Sql } from "../../src/traders/mod.ts";
import { TradersTable } from "../../src/traders/mod.ts";
import type { NewTrader } from "../../src/wire/mod.ts";
import { migratedOn } from "../helpers/databases.ts";
import type { RunningPostgres } from "../helpers/postgres.ts";
import { REPLAY_TRADERS, signalText } from "../helpers/replay-traders.ts";

/** Two that match often, beside those that seldom do. */
const OFTEN: readonly NewTrader[] = [0, 2].map((cooldownCandles) => ({
  ...(REPLAY_TRADERS[0] as NewTrader),
  ...{
    name: `often, cooldown ${cooldownCandles}`,
    cooldownCandles,
    code: 'return candles("1m").close.at(-1) > candles("1m").open.at(-1);',
  },
}));

/** A database whose signals are counted. */
export interface CountedSignals {
  readonly databaseUrl: string;
  readonly sql: Sql;
}

/** Makes a database of a running PostgreSQL. `sql` is the caller's to end. */
export async function countedSignals(database: RunningPostgres): Promise<CountedSignals> {
  const databaseUrl = await database.createDatabase();
  return { databaseUrl, sql: await migratedOn(databaseUrl) };
}

/** Makes the same traders in each, which begin with the same close. */
export async function createTraders(databases: readonly CountedSignals[], begin: UnixMs): Promise<void> {
  for (const { sql } of databases) {
    for (const trader of [...REPLAY_TRADERS, ...OFTEN]) await new TradersTable(sql).create("anna", trader, begin);
  }
}

/** Whether every trader has run each of its closes up to one. */
export async function isDone(sql: Sql, end: UnixMs): Promise<boolean> {
  const [row] = await sql<{ unfinished: number; newest: number }[]>`
    select (count(*) filter (where status in ('queued', 'running') or pending <> '{}'))::integer as unfinished,
      coalesce(max(close_time), 0)::float8 as newest
    from public.executions where close_time <= ${end}`;
  await Bun.sleep(500);
  return row?.unfinished === 0 && row.newest === end;
}

/** All signals up to a close, in words, sorted. */
export async function signalsOf(sql: Sql, end: UnixMs): Promise<string[]> {
  const rows = await sql<{ name: string; symbol: string; close_time: number; price: number }[]>`
    select t.name, s.symbol, s.close_time::float8 as close_time, s.price
    from public.signals s join public.traders t on t.id = s.trader_id where s.close_time <= ${end}`;
  return rows.map(({ name, symbol, close_time, price }) => signalText(name, symbol, close_time, price)).sort();
}

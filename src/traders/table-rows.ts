import { SIGNAL_HORIZONS } from "../wire/mod.ts";
import { reached, type Sql, type Transaction } from "./database.ts";

/**
 * The tables that hold what users made, each after those that it refers to, and the columns that its rows are read in the order of. What
 * waits for outcomes follows from them.
 */
const TABLES: Readonly<
  Record<
    "traders" | "destinations" | "price_alerts" | "trader_versions" | "executions" | "signals" | "signal_outcomes",
    TableReading
  >
> = {
  traders: { key: ["id"], rows: 100 },
  destinations: { key: ["id"], rows: 100 },
  price_alerts: { key: ["id"], rows: 500 },
  trader_versions: { key: ["trader_id", "version"], rows: 100 },
  executions: { key: ["trader_id", "interval", "close_time"], rows: 1_000 },
  signals: { key: ["id"], rows: 1_000 },
  // With what names the signal: where it is written, that may have another id.
  signal_outcomes: {
    key: ["signal_id", "horizon"],
    rows: 2_000,
    from: `(select o.*, s.trader_id, s.symbol, s.interval, s.close_time
      from public.signal_outcomes o join public.signals s on s.id = o.signal_id) o`,
  },
};

interface TableReading {
  /** The columns of the primary key. */
  readonly key: readonly string[];
  /** Rows of a slice: a trader may have 100 kB. */
  readonly rows: number;
  /** What they are read from, where that isn't the table alone. */
  readonly from?: string;
}

export type TraderTableName = keyof typeof TABLES;

/** Every table, each after those that it refers to. */
export const TRADER_TABLES = Object.keys(TABLES) as readonly TraderTableName[];

/** How many rows, by table. */
export type RowCounts = Record<TraderTableName, number>;

/** No rows yet. */
export function noRows(): RowCounts {
  return Object.fromEntries(TRADER_TABLES.map((table) => [table, 0])) as RowCounts;
}

/**
 * Reads a table in slices: each slice is a list of rows as JSON texts, a megabyte or so. Each is a statement of its own, so others
 * get their turn in between; within a transaction that sees one state of the database, so do the slices.
 */
export async function* readRows(sql: Pick<Sql, "unsafe">, table: TraderTableName): AsyncGenerator<string[], void> {
  const { key, rows: limit, from = `public.${table}` } = TABLES[table];
  const columns = key.join(", ");
  let last: readonly string[] | undefined;
  for (;;) {
    const after = last === undefined ? "" : `where (${columns}) > (${key.map((_, at) => `$${at + 1}`).join(", ")})`;
    const rows = await reached(
      sql.unsafe<{ row: string; key: string[] }[]>(
        `select row_to_json(r)::text as row, array[${key.map((name) => `${name}::text`).join(", ")}] as key
         from (select * from ${from} ${after} order by ${columns} limit ${limit}) r order by ${columns}`,
        last === undefined ? [] : [...last],
      ),
    );
    if (rows.length > 0) yield rows.map(({ row }) => row);
    if (rows.length < limit) return;
    last = rows.at(-1)?.key;
  }
}

/** A destination that was deleted while rows were read is none, as for rows whose destination is deleted later. */
const DESTINATION_THERE = "(select d.id from public.destinations d where d.id = r.destination_id)";

/** How rows are written. */
export interface WriteOptions {
  /** Signals keep their ids; without it the database gives them new ones. */
  readonly keepsIds: boolean;
}

/**
 * Writes rows that {@link readRows} read, maybe of an earlier version with fewer columns. Those that are there already stay as they are. So
 * do rows without a trader: it was deleted while they were read. Gives back how many are new. A column that the table doesn't have is ignored.
 */
export async function writeRows(
  to: Transaction,
  table: TraderTableName,
  rows: readonly string[],
  { keepsIds }: WriteOptions,
): Promise<number> {
  const [first] = rows;
  if (first === undefined) return 0;
  if (table === "signal_outcomes") return await writeOutcomes(to, rows);
  const given = Object.keys(JSON.parse(first));
  const columns = await to<{ name: string; is_identity: boolean }[]>`
    select attname as name, attidentity <> '' as is_identity from pg_attribute
    where attrelid = ${`public.${table}`}::regclass and attnum > 0 and not attisdropped order by attnum`;
  const written = columns.filter(({ name, is_identity }) => given.includes(name) && (keepsIds || !is_identity));
  const names = written.map(({ name }) => `"${name}"`).join(", ");
  const values = written.map(({ name }) => (name === "destination_id" ? DESTINATION_THERE : `"${name}"`)).join(", ");
  // A trigger counts an owner's traders, destinations and price alerts before a conflict shows.
  const isWanted =
    table === "traders" || table === "destinations" || table === "price_alerts"
      ? `not exists (select from public.${table} t where t.id = r.id)`
      : "exists (select from public.traders t where t.id = r.trader_id)";
  // In the order of the rows, so that new ids are in the order of the old ones.
  const order = TABLES[table].key.map((name) => `r.${name}`).join(", ");
  const { count } = await to.unsafe(
    `insert into public.${table} (${names}) ${keepsIds ? "overriding system value" : ""}
     select ${values} from json_populate_recordset(null::public.${table}, $1::text::json) r
     where ${isWanted} order by ${order} on conflict do nothing`,
    [`[${rows.join(",")}]`],
  );
  return count;
}

/** Writes outcomes of signals that are there, whatever their ids are. */
async function writeOutcomes(to: Transaction, rows: readonly string[]): Promise<number> {
  const { count } = await to`
    insert into public.signal_outcomes (signal_id, horizon, return_percent, best_percent, best_after, worst_percent, worst_after)
    select s.id, r.horizon, r.return_percent, r.best_percent, r.best_after, r.worst_percent, r.worst_after
    from json_to_recordset(${`[${rows.join(",")}]`}::text::json) as r (trader_id uuid, symbol text, interval text, close_time bigint,
      horizon smallint, return_percent double precision, best_percent double precision, best_after smallint,
      worst_percent double precision, worst_after smallint)
    join public.signals s using (trader_id, symbol, interval, close_time) order by s.id, r.horizon on conflict do nothing`;
  return count;
}

/** The triggers that rows of before don't set off: they tell of new signals and count them, and note what traders become. */
const TRIGGERS: readonly (readonly [table: string, trigger: string])[] = [
  ["signals", "vyx_tell_signal"],
  ["signals", "vyx_deliver_signals"],
  ["signals", "vyx_signals_stored"],
  ["traders", "vyx_note_version"],
];

/**
 * Writes tables with nobody told of the signals as if they were new. `work` gets to write in the order of {@link TRADER_TABLES}. Then it adds
 * what an older version's rows lack: the present version of each trader. Signals that lack outcomes wait for them again.
 */
export async function unannounced<Result>(to: Transaction, work: () => Promise<Result>): Promise<Result> {
  for (const [table, trigger] of TRIGGERS) await to.unsafe(`alter table public.${table} disable trigger ${trigger}`);
  const result = await work();
  for (const [table, trigger] of TRIGGERS) await to.unsafe(`alter table public.${table} enable trigger ${trigger}`);
  await to`
    insert into public.trader_versions
      (trader_id, version, code, timeframes, trigger_interval, market, symbols, cooldown_candles, created_at, signals)
    select id, version, code, timeframes, trigger_interval, market, symbols, cooldown_candles,
      case version when 1 then created_at else updated_at end,
      (select count(*) from public.signals s where s.trader_id = t.id and s.trader_version = t.version)
    from public.traders t
    where not exists (select from public.trader_versions v where v.trader_id = t.id and v.version = t.version)`;
  // Signals may have other ids than where they came from.
  await to`
    update public.trader_versions v set first_id = s.first_id, last_id = s.last_id
    from public.trader_versions o left join (
      select trader_id, trader_version, min(id) as first_id, max(id) as last_id from public.signals group by 1, 2
    ) s on s.trader_id = o.trader_id and s.trader_version = o.version
    where v.trader_id = o.trader_id and v.version = o.version
      and (v.first_id is distinct from s.first_id or v.last_id is distinct from s.last_id)`;
  await to`
    insert into public.outcomes_due (market, interval, trader_id, close_time, first_id, last_id, due_at)
    select coalesce(public.vyx_market_of(min(s.symbol)), 'binance'), s.interval, s.trader_id, s.close_time, min(s.id), max(s.id), s.close_time + 1
    from public.signals s
    where not exists (select from public.signal_outcomes o where o.signal_id = s.id and o.horizon = ${SIGNAL_HORIZONS.at(-1) ?? 0}::integer)
      and not exists (select from public.outcomes_due d where d.market = coalesce(public.vyx_market_of(s.symbol), 'binance')
        and d.interval = s.interval and d.trader_id = s.trader_id and d.close_time = s.close_time and s.id between d.first_id and d.last_id)
    group by s.trader_id, s.interval, s.close_time, s.id / 1000`;
  return result;
}

/** Gives new signals ids above all that there are, and at least above `id`. */
export async function continueIdsAfter(to: Transaction, id: number): Promise<void> {
  await to`select setval(pg_get_serial_sequence('public.signals', 'id'),
    greatest((select max(id) from public.signals), ${id}::bigint, 1))`;
}

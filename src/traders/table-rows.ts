import { reached, type Sql, type Transaction } from "./database.ts";

/** The tables that hold what users made, each after those that it refers to, and the columns that its rows are read in the order of. */
const TABLES: Readonly<Record<"traders" | "executions" | "signals", TableReading>> = {
  traders: { key: ["id"], rows: 100 },
  executions: { key: ["trader_id", "interval", "close_time"], rows: 1_000 },
  signals: { key: ["id"], rows: 1_000 },
};

interface TableReading {
  /** The columns of the primary key. */
  readonly key: readonly string[];
  /** Rows of a slice: a trader may have 100 kB. */
  readonly rows: number;
}

export type TraderTableName = keyof typeof TABLES;

/** Every table, each after those that it refers to. */
export const TRADER_TABLES = Object.keys(TABLES) as readonly TraderTableName[];

/** How many rows, by table. */
export type RowCounts = Record<TraderTableName, number>;

/**
 * Reads a table in slices: each slice is a list of rows as JSON texts, a megabyte or so. Each is a statement of its own, so others
 * get their turn in between; within a transaction that sees one state of the database, so do the slices.
 */
export async function* readRows(sql: Pick<Sql, "unsafe">, table: TraderTableName): AsyncGenerator<string[], void> {
  const { key, rows: limit } = TABLES[table];
  const columns = key.join(", ");
  let last: readonly string[] | undefined;
  for (;;) {
    const after = last === undefined ? "" : `where (${columns}) > (${key.map((_, at) => `$${at + 1}`).join(", ")})`;
    const rows = await reached(
      sql.unsafe<{ row: string; key: string[] }[]>(
        `select row_to_json(r)::text as row, array[${key.map((name) => `${name}::text`).join(", ")}] as key
         from (select * from public.${table} ${after} order by ${columns} limit ${limit}) r order by ${columns}`,
        last === undefined ? [] : [...last],
      ),
    );
    if (rows.length > 0) yield rows.map(({ row }) => row);
    if (rows.length < limit) return;
    last = rows.at(-1)?.key;
  }
}

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
  const given = Object.keys(JSON.parse(first));
  const columns = await to<{ name: string; is_identity: boolean }[]>`
    select attname as name, attidentity <> '' as is_identity from pg_attribute
    where attrelid = ${`public.${table}`}::regclass and attnum > 0 and not attisdropped order by attnum`;
  const names = columns
    .filter(({ name, is_identity }) => given.includes(name) && (keepsIds || !is_identity))
    .map(({ name }) => `"${name}"`)
    .join(", ");
  // A trigger counts an owner's traders before a conflict shows.
  const isWanted =
    table === "traders"
      ? "not exists (select from public.traders t where t.id = r.id)"
      : "exists (select from public.traders t where t.id = r.trader_id)";
  // In the order of the rows, so that new ids are in the order of the old ones.
  const order = TABLES[table].key.map((name) => `r.${name}`).join(", ");
  const { count } = await to.unsafe(
    `insert into public.${table} (${names}) ${keepsIds ? "overriding system value" : ""}
     select ${names} from json_populate_recordset(null::public.${table}, $1::text::json) r
     where ${isWanted} order by ${order} on conflict do nothing`,
    [`[${rows.join(",")}]`],
  );
  return count;
}

/** Writes tables with nobody told of the signals as if they were new. `work` gets to write in the order of {@link TRADER_TABLES}. */
export async function unannounced<Result>(to: Transaction, work: () => Promise<Result>): Promise<Result> {
  await to`alter table public.signals disable trigger vyx_tell_signal`;
  const result = await work();
  await to`alter table public.signals enable trigger vyx_tell_signal`;
  return result;
}

/** Gives new signals ids above all that there are, and at least above `id`. */
export async function continueIdsAfter(to: Transaction, id: number): Promise<void> {
  await to`select setval(pg_get_serial_sequence('public.signals', 'id'),
    greatest((select max(id) from public.signals), ${id}::bigint, 1))`;
}

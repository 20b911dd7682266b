import type { Interval, Symbol, UnixMs } from "../core/mod.ts";
import type { ListedSignal, Signal, SignalsQuery } from "../wire/mod.ts";
import { inIndexOrder, reached, type Sql, type Transaction } from "./database.ts";
import { withOutcomes } from "./outcomes-table.ts";
import { EVERYONE, MAX_PAGE_BYTES, type Owner } from "./traders-table.ts";

/**
 * The most signals that one statement looks at to find those of a page, of all traders together: this many take PGlite some 20 ms. What a
 * filter leaves out of them counts, so a page may have fewer signals than its limit, or none, while there are more.
 */
const LOOKED_AT = 5_000;

/** Signals of some traders, newest first, or a part of them. */
export interface SignalsPage {
  readonly signals: ListedSignal[];
  /** Where the rest begins; null if there is none. */
  readonly cursor: string | null;
}

/** Signals as rows, to be read: executions write them. */
export class SignalsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first. A page has at most `limit` signals, and those of {@link LOOKED_AT} that were asked for. */
  async list(owner: Owner, query: SignalsQuery): Promise<SignalsPage> {
    return await inIndexOrder(this.#sql, (transaction) => this.#page(transaction, owner, query));
  }

  async #page(sql: Transaction, owner: Owner, query: SignalsQuery): Promise<SignalsPage> {
    const traders = await tradersOf(sql, owner, query);
    if (traders?.length === 0) return { signals: [], cursor: null };
    const ofEach = Math.max(1, Math.floor(LOOKED_AT / (traders?.length ?? 1)));
    const { symbol, search, interval, from, to } = query;
    const isFiltered = [symbol, search, interval, from, to].some((one) => one !== undefined);
    const looked = isFiltered ? ofEach : Math.min(ofEach, query.limit + 1);
    // Where a trader has more signals than are looked at, those of all traders are known down to its last one only.
    const rows = await sql<(PageRow & { end: number | null })[]>`
      with looked_at as (${newestOf(sql, traders, query, looked)}),
      known as (select max(id) as end from looked_at where place = ${looked}),
      wanted as (
        select n.id from looked_at n, known where n.id >= coalesce(known.end, 0) ${filtered(sql, query)}
        order by n.id desc limit ${query.limit + 1}
      ), page as (
        select s.id, row_number() over (order by s.id desc) as place, count(*) over ()::integer as found,
          sum(octet_length(s.facts::text)) over (order by s.id desc) as bytes
        from wanted join public.signals s on s.id = wanted.id
      ), fitting as (
        select s.*, page.found, page.place from page join public.signals s on s.id = page.id
        where page.place <= ${query.limit} and (page.place = 1 or page.bytes <= ${MAX_PAGE_BYTES})
      )
      select fitting.*, known.end from known left join fitting on true order by fitting.place`;
    const found = rows.filter((row): row is FoundRow & { end: number | null } => row.id !== null);
    const last = found.at(-1);
    const end = rows[0]?.end ?? null;
    const cursor = last !== undefined && last.found > found.length ? last.id : end;
    return { signals: await withOutcomes(sql, found.map(signalOf)), cursor: cursor === null ? null : String(cursor) };
  }

  /** Those with these ids, oldest first. */
  async readAll(ids: readonly number[]): Promise<OwnedSignal[]> {
    const rows = await reached(this.#sql<OwnedRow[]>`
      select s.*, t.owner from public.signals s join public.traders t on t.id = s.trader_id
      where s.id = any(${[...ids]}::bigint[]) order by s.id`);
    return rows.map(ownedOf);
  }

  /** Those with an id above, oldest first. */
  async after(id: number, limit: number): Promise<OwnedSignal[]> {
    const rows = await reached(this.#sql<OwnedRow[]>`
      select s.*, t.owner from public.signals s join public.traders t on t.id = s.trader_id
      where s.id > ${id} order by s.id limit ${limit}`);
    return rows.map(ownedOf);
  }

  /** The highest id, 0 when there are none. */
  async lastId(): Promise<number> {
    const [row] = await reached(this.#sql<{ last: number | null }[]>`select max(id) as last from public.signals`);
    return row?.last ?? 0;
  }
}

/** The ids of the traders whose signals are asked for; undefined for all traders of everybody. */
async function tradersOf(sql: Transaction, owner: Owner, { traderId }: SignalsQuery): Promise<string[] | undefined> {
  if (owner === EVERYONE) return traderId === undefined ? undefined : [traderId];
  const rows = await sql<{ id: string }[]>`
    select id from public.traders where owner = ${owner} ${traderId === undefined ? sql`` : sql`and id = ${traderId}`}`;
  return rows.map(({ id }) => id);
}

/**
 * The newest signals of each trader, as many as `limit`, each read from an index in its order: from the signals of everybody, those of
 * an owner with few would be found by reading all. The symbol is looked up in an index for all traders only: one by trader and symbol
 * would tempt the planner to check cooldowns by it, which reads all signals of the symbol.
 */
function newestOf(
  sql: Transaction,
  traders: readonly string[] | undefined,
  { symbol, cursor }: SignalsQuery,
  limit: number,
): ReturnType<Sql> {
  const newest = sql`${cursor === undefined ? sql`` : sql`and s.id < ${Number(cursor)}`} order by s.id desc limit ${limit}`;
  const columns = sql`s.id, s.trader_id, s.symbol, s.interval, s.close_time`;
  const placed = sql`x.*, row_number() over (order by x.id desc) as place`;
  if (traders === undefined) {
    return sql`select ${placed} from (select ${columns} from public.signals s
      where true ${symbol === undefined ? sql`` : sql`and s.symbol = ${symbol}`} ${newest}) x`;
  }
  return sql`select n.* from unnest(${[...traders]}::uuid[]) as t (id) cross join lateral (
    select ${placed} from (select ${columns} from public.signals s where s.trader_id = t.id ${newest}) x) n`;
}

function filtered(sql: Transaction, { symbol, search, interval, from, to }: SignalsQuery): ReturnType<Sql> {
  return sql`
    ${symbol === undefined ? sql`` : sql`and n.symbol = ${symbol}`}
    ${search === undefined ? sql`` : sql`and (${hasPart(sql, "n.symbol", search)} or n.trader_id in (select t.id from public.traders t where ${hasPart(sql, "t.name", search)}))`}
    ${interval === undefined ? sql`` : sql`and n.interval = ${interval}`}
    ${from === undefined ? sql`` : sql`and n.close_time >= ${from}`}
    ${to === undefined ? sql`` : sql`and n.close_time <= ${to}`}`;
}

function hasPart(sql: Transaction, column: "n.symbol" | "t.name", parts: readonly string[]): ReturnType<Sql> {
  return sql`exists (select from unnest(${[...parts]}::text[]) part where strpos(lower(${sql(column)}), lower(part)) > 0)`;
}

/** A signal of a page, and how many there are up to one past the limit. */
interface FoundRow extends SignalRow {
  readonly found: number;
}

/** The row of a page without signals has nulls. */
type PageRow = FoundRow | { readonly id: null };

/** A signal, and whose trader stored it. */
export interface OwnedSignal {
  readonly signal: Signal;
  readonly owner: string;
}

interface OwnedRow extends SignalRow {
  readonly owner: string;
}

function ownedOf(row: OwnedRow): OwnedSignal {
  return { signal: signalOf(row), owner: row.owner };
}

/** A row of the table, in the database's names. */
export interface SignalRow {
  readonly id: number;
  readonly trader_id: string;
  readonly trader_version: number;
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly close_time: UnixMs;
  readonly price: number;
  readonly facts: Record<string, unknown>;
  readonly created_at: Date;
}

/** A row as the rest of the program knows it. */
export function signalOf(row: SignalRow): Signal {
  return {
    id: row.id,
    traderId: row.trader_id,
    traderVersion: row.trader_version,
    symbol: row.symbol,
    interval: row.interval,
    closeTime: row.close_time,
    price: row.price,
    facts: row.facts,
    createdAt: row.created_at.getTime() as UnixMs,
  };
}

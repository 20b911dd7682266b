import type { Interval, Symbol, UnixMs } from "../core/mod.ts";
import type { Signal, SignalsQuery } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";
import { EVERYONE, MAX_PAGE_BYTES, type Owner } from "./traders-table.ts";

/** Signals as rows, to be read: executions write them. */
export class SignalsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first. */
  async list(owner: Owner, query: SignalsQuery): Promise<{ signals: Signal[]; cursor: string | null }> {
    const sql = this.#sql;
    // What is too much for one page is counted, and not read.
    const rows = await reached(sql<(SignalRow & { found: number })[]>`
      with newest as (${this.#newest(owner, query, query.limit + 1)}), page as (
        select s.id, row_number() over (order by s.id desc) as place, count(*) over ()::integer as found,
          sum(octet_length(s.facts::text)) over (order by s.id desc) as bytes
        from newest join public.signals s on s.id = newest.id
      )
      select s.*, page.found from page join public.signals s on s.id = page.id
      where page.place <= ${query.limit} and (page.place = 1 or page.bytes <= ${MAX_PAGE_BYTES})
      order by page.place`);
    const last = rows.at(-1);
    const cursor = last !== undefined && last.found > rows.length ? String(last.id) : null;
    return { signals: rows.map(signalOf), cursor };
  }

  /**
   * The ids of the newest signals that are asked for. An owner's are looked up trader by trader, each by its index: from the
   * signals of everybody, an owner with few would be found by reading all.
   */
  #newest(owner: Owner, query: SignalsQuery, limit: number): ReturnType<Sql> {
    const sql = this.#sql;
    if (owner === EVERYONE) {
      const ofTrader = query.traderId === undefined ? sql`` : sql`and s.trader_id = ${query.traderId}`;
      return sql`select s.id from public.signals s where true ${ofTrader} ${this.#wanted(query)} order by s.id desc limit ${limit}`;
    }
    return sql`
      select n.id from public.traders t cross join lateral (
        select s.id from public.signals s where s.trader_id = t.id ${this.#wanted(query)} order by s.id desc limit ${limit}
      ) n
      where t.owner = ${owner} ${query.traderId === undefined ? sql`` : sql`and t.id = ${query.traderId}`}
      order by n.id desc limit ${limit}`;
  }

  #wanted({ symbol, interval, from, to, cursor }: SignalsQuery): ReturnType<Sql> {
    const sql = this.#sql;
    return sql`
      ${symbol === undefined ? sql`` : sql`and s.symbol = ${symbol}`}
      ${interval === undefined ? sql`` : sql`and s.interval = ${interval}`}
      ${from === undefined ? sql`` : sql`and s.close_time >= ${from}`}
      ${to === undefined ? sql`` : sql`and s.close_time <= ${to}`}
      ${cursor === undefined ? sql`` : sql`and s.id < ${Number(cursor)}`}`;
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

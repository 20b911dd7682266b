import type { Interval, Symbol, UnixMs } from "../core/mod.ts";
import type { Signal, SignalsQuery } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";
import { EVERYONE, type Owner } from "./traders-table.ts";

/** Facts on one page have this many bytes together at most, but for the first signal's; a page may have fewer rows than were asked for. */
const MAX_PAGE_BYTES = 512 * 1024;

/** Signals as rows, to be read: executions write them. */
export class SignalsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first. */
  async list(owner: Owner, query: SignalsQuery): Promise<{ signals: Signal[]; cursor: string | null }> {
    const sql = this.#sql;
    const mine =
      owner === EVERYONE ? sql`` : sql`and trader_id in (select id from public.traders where owner = ${owner})`;
    const rows = await reached(sql<(SignalRow & { bytes: number })[]>`
      select *, sum(octet_length(facts::text)) over (order by id desc)::integer as bytes from (
      select * from public.signals where true
        ${mine}
        ${query.traderId === undefined ? sql`` : sql`and trader_id = ${query.traderId}`}
        ${query.symbol === undefined ? sql`` : sql`and symbol = ${query.symbol}`}
        ${query.interval === undefined ? sql`` : sql`and interval = ${query.interval}`}
        ${query.from === undefined ? sql`` : sql`and close_time >= ${query.from}`}
        ${query.to === undefined ? sql`` : sql`and close_time <= ${query.to}`}
        ${query.cursor === undefined ? sql`` : sql`and id < ${Number(query.cursor)}`}
      order by id desc limit ${query.limit + 1}) as newest order by id desc`);
    const shown = rows.slice(0, query.limit).filter(({ bytes }, place) => place === 0 || bytes <= MAX_PAGE_BYTES);
    const last = shown.at(-1);
    const cursor = rows.length > shown.length && last !== undefined ? String(last.id) : null;
    return { signals: shown.map(signalOf), cursor };
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

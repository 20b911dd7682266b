import { type Interval, type Symbol, type UnixMs, VyxError } from "../core/mod.ts";
import type { Execution, ListedTrader, NewTrader, Trader, TraderChange, TradersQuery } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";

/** The most traders of one owner: each costs a run at each of its closes. */
export const MAX_TRADERS_PER_OWNER = 500;

/**
 * A page of traders has so many bytes of code, descriptions and symbols at most, and a page of signals so many bytes of facts. Its
 * first row always fits, so a page may have fewer rows than the caller asked for, but never none.
 */
export const MAX_PAGE_BYTES: number = 512 * 1024;

/** What a symbol of a trader's list takes, about. */
const SYMBOL_BYTES = 16;

/** An owner has as many traders as one may have. */
export class TooManyTraders extends VyxError {
  readonly code = "too_many_traders";
  readonly retryable = false;
}

/** Stands for all owners: no text, so that no owner's name is ever taken for it. */
export const EVERYONE: unique symbol = Symbol("everyone");

/** Whose rows are meant: an owner's, or all, for the service. */
export type Owner = string | typeof EVERYONE;

/** Traders as rows. Every method takes whose they must be; others' rows are as if they weren't there. */
export class TradersTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async list(owner: Owner, query: TradersQuery): Promise<{ traders: ListedTrader[]; cursor: string | null }> {
    const sql = this.#sql;
    const [at, id] = query.cursor === undefined ? [] : query.cursor.split(":");
    // What is too much for one page is counted, and not read.
    const rows = await reached(sql<(ListedRow & { left: number })[]>`
      with page as (
        select t.id, count(*) over ()::integer as left, row_number() over newest as place,
          sum(octet_length(t.code) + octet_length(t.description) + ${SYMBOL_BYTES}::integer * coalesce(cardinality(t.symbols), 0)) over newest as bytes
        from public.traders t
        where true ${this.#owned(owner)}
          ${query.enabled === undefined ? sql`` : sql`and t.enabled = ${query.enabled}`}
          ${at === undefined || id === undefined ? sql`` : sql`and (t.created_at, t.id) < (timestamptz 'epoch' + ${Number(at)}::bigint * interval '1 microsecond', ${id}::uuid)`}
        window newest as (order by t.created_at desc, t.id desc)
        order by place limit ${query.limit}
      )
      select t.*, (extract(epoch from t.created_at) * 1000000)::bigint as created_us, to_jsonb(e) as last_execution, page.left
      from page join public.traders t on t.id = page.id ${this.#lastExecution()}
      where page.place = 1 or page.bytes <= ${MAX_PAGE_BYTES}
      order by page.place`);
    const last = rows.at(-1);
    const cursor = last !== undefined && last.left > rows.length ? `${last.created_us}:${last.id}` : null;
    return { traders: rows.map(listedOf), cursor };
  }

  async read(owner: Owner, id: string): Promise<ListedTrader | undefined> {
    const sql = this.#sql;
    const [row] = await reached(sql<ListedRow[]>`
      select t.*, to_jsonb(e) as last_execution from public.traders t ${this.#lastExecution()}
      where t.id = ${id} ${this.#owned(owner)}`);
    return row === undefined ? undefined : listedOf(row);
  }

  /** Throws {@link TooManyTraders}. `runsAfter`: the close after which it runs, undefined for the first one that comes. */
  async create(owner: string, trader: NewTrader, runsAfter: UnixMs | undefined): Promise<Trader> {
    const sql = this.#sql;
    const [row] = await reached(sql<TraderRow[]>`
      insert into public.traders (owner, name, description, enabled, code, timeframes, trigger_interval, symbols, cooldown_candles, runs_after)
      select ${owner}, ${trader.name}, ${trader.description}, ${trader.enabled}, ${trader.code}, ${[...trader.timeframes]}::text[],
        ${trader.triggerInterval}, ${trader.symbols === null ? null : [...trader.symbols]}::text[], ${trader.cooldownCandles}::integer, ${runsAfter ?? null}::bigint
      where (select count(*) from public.traders where owner = ${owner}) < ${MAX_TRADERS_PER_OWNER}
      returning *`);
    if (row !== undefined) return traderOf(row);
    throw new TooManyTraders(`there are ${MAX_TRADERS_PER_OWNER} traders already: delete one first`);
  }

  /** Changes what is given. Undefined when there is no such trader. Closes that wait are given up when it is switched off. */
  async update(
    owner: Owner,
    id: string,
    change: TraderChange,
    runsAfter: UnixMs | undefined,
  ): Promise<Trader | undefined> {
    const columns: Record<string, unknown> = {};
    for (const [name, column] of Object.entries(COLUMNS)) {
      const value = change[name as keyof TraderChange];
      if (value !== undefined) columns[column] = value;
    }
    if (runsAfter !== undefined) columns.runs_after = runsAfter;
    if (Object.keys(columns).length === 0) return await this.read(owner, id);
    return await reached(
      this.#sql.begin(async (sql) => {
        const mine = owner === EVERYONE ? sql`` : sql`and owner = ${owner}`;
        const [row] = await sql<TraderRow[]>`
          update public.traders set ${sql(columns as Record<string, string>)} where id = ${id} ${mine} returning *`;
        if (row === undefined) return undefined;
        if (!row.enabled) await sql`delete from public.executions where trader_id = ${id} and status = 'queued'`;
        return traderOf(row);
      }),
    );
  }

  /** Deletes a trader with its executions and signals. False when there is none. */
  async delete(owner: Owner, id: string): Promise<boolean> {
    const sql = this.#sql;
    const result = await reached(sql`delete from public.traders where id = ${id} ${this.#owned(owner)}`);
    return result.count > 0;
  }

  /** How many there are of all owners. */
  async count(): Promise<number> {
    const [row] = await reached(this.#sql<{ count: number }[]>`select count(*) as count from public.traders`);
    return row?.count ?? 0;
  }

  /** Joins the last run that ended, of the interval at whose closes the trader runs now. */
  #lastExecution(): ReturnType<Sql> {
    return this.#sql`left join lateral (
      select x.interval, x.close_time, x.status, x.symbols_checked, x.matches, x.signals, x.skipped, x.errors, x.error,
        (extract(epoch from x.finished_at) * 1000)::bigint as finished_at
      from public.executions x where x.trader_id = t.id and x.interval = t.trigger_interval and x.status in ('done', 'failed')
      order by x.close_time desc limit 1) e on true`;
  }

  #owned(owner: Owner): ReturnType<Sql> {
    const sql = this.#sql;
    return owner === EVERYONE ? sql`` : sql`and owner = ${owner}`;
  }
}

/** A row of the table, in the database's names. */
export interface TraderRow {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly code: string;
  readonly timeframes: Interval[];
  readonly trigger_interval: Interval;
  readonly symbols: Symbol[] | null;
  readonly cooldown_candles: number;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface ListedRow extends TraderRow {
  readonly created_us: number;
  readonly last_execution: {
    readonly interval: Interval;
    readonly close_time: UnixMs;
    readonly status: Execution["status"];
    readonly symbols_checked: number;
    readonly matches: number;
    readonly signals: number;
    readonly skipped: number;
    readonly errors: number;
    readonly error: string | null;
    readonly finished_at: UnixMs;
  } | null;
}

const COLUMNS: Readonly<Record<keyof NewTrader, string>> = {
  name: "name",
  description: "description",
  enabled: "enabled",
  code: "code",
  timeframes: "timeframes",
  triggerInterval: "trigger_interval",
  symbols: "symbols",
  cooldownCandles: "cooldown_candles",
};

/** A row as the rest of the program knows it. */
export function traderOf(row: TraderRow): Trader {
  return {
    id: row.id,
    owner: row.owner,
    name: row.name,
    description: row.description,
    enabled: row.enabled,
    code: row.code,
    timeframes: row.timeframes,
    triggerInterval: row.trigger_interval,
    symbols: row.symbols,
    cooldownCandles: row.cooldown_candles,
    version: row.version,
    createdAt: row.created_at.getTime() as UnixMs,
    updatedAt: row.updated_at.getTime() as UnixMs,
  };
}

function listedOf(row: ListedRow): ListedTrader {
  const last = row.last_execution;
  if (last === null) return { ...traderOf(row), lastExecution: null };
  const { interval, status, matches, signals, skipped, errors, error } = last;
  const times = { closeTime: last.close_time, finishedAt: last.finished_at };
  const lastExecution = {
    interval,
    status,
    symbolsChecked: last.symbols_checked,
    matches,
    signals,
    skipped,
    errors,
    error,
  };
  return { ...traderOf(row), lastExecution: { ...lastExecution, ...times } };
}

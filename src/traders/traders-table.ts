import { type Interval, type Symbol, type UnixMs, VyxError } from "../core/mod.ts";
import type { NewTrader, Trader, TraderChange, TradersQuery } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";

/** The most traders of one owner: each costs a run at each of its closes. */
export const MAX_TRADERS_PER_OWNER = 500;

/** An owner has as many traders as one may have. */
export class TooManyTraders extends VyxError {
  readonly code = "too_many_traders";
  readonly retryable = false;
}

/** Whose rows are meant: an owner's, or all, for the service. */
export type Owner = string | "*";

/** Traders as rows. Every method takes whose they must be; others' rows are as if they weren't there. */
export class TradersTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async list(owner: Owner, query: TradersQuery): Promise<{ traders: Trader[]; cursor: string | null }> {
    const sql = this.#sql;
    const [at, id] = query.cursor === undefined ? [] : query.cursor.split(":");
    const rows = await reached(sql<TraderRow[]>`
      select *, (extract(epoch from created_at) * 1000000)::bigint as created_us from public.traders
      where true ${this.#owned(owner)}
        ${query.enabled === undefined ? sql`` : sql`and enabled = ${query.enabled}`}
        ${at === undefined || id === undefined ? sql`` : sql`and (created_at, id) < (timestamptz 'epoch' + ${Number(at)}::bigint * interval '1 microsecond', ${id}::uuid)`}
      order by created_at desc, id desc limit ${query.limit + 1}`);
    const shown = rows.slice(0, query.limit);
    const last = shown.at(-1);
    const cursor = rows.length > query.limit && last !== undefined ? `${last.created_us}:${last.id}` : null;
    return { traders: shown.map(traderOf), cursor };
  }

  async read(owner: Owner, id: string): Promise<Trader | undefined> {
    const sql = this.#sql;
    const [row] = await reached(sql<TraderRow[]>`select * from public.traders where id = ${id} ${this.#owned(owner)}`);
    return row === undefined ? undefined : traderOf(row);
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
        const mine = owner === "*" ? sql`` : sql`and owner = ${owner}`;
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

  #owned(owner: Owner): ReturnType<Sql> {
    const sql = this.#sql;
    return owner === "*" ? sql`` : sql`and owner = ${owner}`;
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
  readonly created_us: number;
  readonly updated_at: Date;
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

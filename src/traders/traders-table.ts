import postgres from "postgres";
import {
  assert,
  BARE_MARKET,
  type Interval,
  type MarketId,
  marketOf,
  type Symbol,
  type UnixMs,
  VyxError,
} from "../core/mod.ts";
import type { Execution, ListedTrader, NewTrader, Trader, TraderChange, TradersQuery } from "../wire/mod.ts";
import { inIndexOrder, reached, type Sql, type Transaction } from "./database.ts";

/** The database's own SQLSTATE for an owner who has as many traders as one may have: its trigger `vyx_trader_limit` counts them. */
const TOO_MANY = "VYX01";

/**
 * A page of traders has so many bytes of code, descriptions and symbols at most, and a page of signals so many bytes of facts. Its
 * first row always fits, so a page may have fewer rows than the caller asked for, but never none.
 */
export const MAX_PAGE_BYTES: number = 512 * 1024;

/** The most signals or executions that one statement deletes: so many signals take PGlite some 50 ms, with their outcomes. */
const DELETED_AT_A_TIME = 1_000;

/** Does a part of longer work when its turn comes. */
export type InTurn = <Result>(part: () => Promise<Result>) => Promise<Result>;

/** What a symbol of a trader's list takes, about. */
export const SYMBOL_BYTES = 16;

/** An owner has as many traders as one may have. */
export class TooManyTraders extends VyxError {
  readonly code = "too_many_traders";
  readonly retryable = false;
}

/** Stands for all owners: no text, so that no owner's name is ever taken for it. */
export const EVERYONE: unique symbol = Symbol("everyone");

/** Whose rows are meant: an owner's, or all, for the service. */
export type Owner = string | typeof EVERYONE;

/** A trader with its last run. */
export type TraderWithRun = Omit<ListedTrader, "problem">;

/** Traders as rows. Every method takes whose they must be; others' rows are as if they weren't there. */
export class TradersTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async list(owner: Owner, query: TradersQuery): Promise<{ traders: TraderWithRun[]; cursor: string | null }> {
    const sql = this.#sql;
    const [at, id] = query.cursor === undefined ? [] : query.cursor.split(":");
    // What is too much for one page is counted, and not read.
    const rows = await reached(sql<(ListedRow & { left: number })[]>`
      with page as (
        select t.id, count(*) over ()::integer as left, row_number() over newest as place,
          sum(octet_length(t.code) + octet_length(t.description) + ${SYMBOL_BYTES}::integer * coalesce(cardinality(t.symbols), 0)) over newest as bytes
        from public.traders t
        where true ${owned(this.#sql, owner)}
          ${query.enabled === undefined ? sql`` : sql`and t.enabled = ${query.enabled}`}
          ${at === undefined || id === undefined ? sql`` : sql`and (t.created_at, t.id) < (timestamptz 'epoch' + ${Number(at)}::bigint * interval '1 microsecond', ${id}::uuid)`}
        window newest as (order by t.created_at desc, t.id desc)
        order by place limit ${query.limit}
      )
      select t.*, (extract(epoch from t.created_at) * 1000000)::bigint as created_us, to_jsonb(e) as last_execution, stored.today, stored.total, page.left
      from page join public.traders t on t.id = page.id ${this.#lastExecution()} ${this.#storedSignals()}
      where page.place = 1 or page.bytes <= ${MAX_PAGE_BYTES}
      order by page.place`);
    const last = rows.at(-1);
    const cursor = last !== undefined && last.left > rows.length ? `${last.created_us}:${last.id}` : null;
    return { traders: rows.map(listedOf), cursor };
  }

  async read(owner: Owner, id: string): Promise<TraderWithRun | undefined> {
    const sql = this.#sql;
    const [row] = await reached(sql<ListedRow[]>`
      select t.*, to_jsonb(e) as last_execution, stored.today, stored.total
      from public.traders t ${this.#lastExecution()} ${this.#storedSignals()}
      where t.id = ${id} ${owned(this.#sql, owner)}`);
    return row === undefined ? undefined : listedOf(row);
  }

  /** Throws {@link TooManyTraders}. `runsAfter`: the close after which it runs; without it, the first close that is announced is its first. */
  async create(owner: string, trader: NewTrader, runsAfter?: UnixMs | null): Promise<Trader> {
    const sql = this.#sql;
    const inserted = sql<TraderRow[]>`
      insert into public.traders (owner, name, description, enabled, code, timeframes, trigger_interval, market, symbols, cooldown_candles, runs_after)
      values (${owner}, ${trader.name}, ${trader.description}, ${trader.enabled}, ${trader.code}, ${[...trader.timeframes]}::text[],
        ${trader.triggerInterval}, ${marketOfNew(trader)}, ${trader.symbols === null ? null : [...trader.symbols]}::text[], ${trader.cooldownCandles}::integer, ${runsAfter ?? null}::bigint)
      returning *`;
    try {
      const [row] = await reached(inserted);
      assert(row !== undefined, "an insert that isn't refused gives back its row");
      return traderOf(row);
    } catch (cause) {
      if (cause instanceof postgres.PostgresError && cause.code === TOO_MANY)
        throw new TooManyTraders(cause.message, { cause });
      throw cause;
    }
  }

  /**
   * Changes the given properties. Gives back undefined if there is no such trader. `begins`: where the change makes it begin anew, the
   * close after which it runs, or null for the first close that is announced. Queued executions are deleted when it is disabled, and
   * those that remain from before when it is enabled. When it moves to another market, executions of closes after `begins` are deleted,
   * too: they were of the market before, which may be ahead.
   */
  async update(owner: Owner, id: string, change: TraderChange, begins?: UnixMs | null): Promise<Trader | undefined> {
    const columns: Record<string, unknown> = {};
    for (const [name, column] of Object.entries(COLUMNS)) {
      const value = change[name as keyof TraderChange];
      if (value !== undefined) columns[column] = value;
    }
    if (begins !== undefined) columns.runs_after = null;
    if (Object.keys(columns).length === 0) {
      const found = await this.read(owner, id);
      if (found === undefined) return undefined;
      const { lastExecution: _, signals: __, ...trader } = found;
      return trader;
    }
    return await reached(
      this.#sql.begin(async (sql) => {
        const mine = owned(sql, owner);
        const [row] = await sql<TraderRow[]>`
          update public.traders set ${sql(columns as Record<string, string | null>)} where id = ${id} ${mine} returning *`;
        if (row === undefined) return undefined;
        // By itself: with `enabled`, the trigger vyx_trader_changes takes the close that it began at last time for none.
        if (typeof begins === "number") await sql`update public.traders set runs_after = ${begins} where id = ${id}`;
        if (!row.enabled || (begins !== undefined && change.enabled === true)) {
          await sql`delete from public.executions where trader_id = ${id} and status = 'queued'`;
        }
        if (change.market !== undefined && typeof begins === "number") {
          await sql`delete from public.executions where trader_id = ${id} and close_time > ${begins}`;
        }
        return traderOf(row);
      }),
    );
  }

  /**
   * Disables a trader and deletes it with its executions and signals, {@link DELETED_AT_A_TIME} rows at a time; `inTurn` runs each part. If
   * that fails halfway, the trader is still there, disabled, and can be deleted again. False if there is none.
   */
  async delete(owner: Owner, id: string, inTurn: InTurn = (part) => part()): Promise<boolean> {
    if (!(await inTurn(() => this.#disable(owner, id)))) return false;
    // Each part reads the index from where the part before it began, so PostgreSQL marks what that deleted as dead. Otherwise the last
    // statement would look up every deleted signal once more.
    let [before, next]: [number, number | undefined] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
    while (next !== undefined) {
      const from = before;
      before = next;
      next = await inTurn(() => this.#deleteSignals(id, from));
    }
    while ((await inTurn(() => this.#deleteExecutions(id))) === DELETED_AT_A_TIME);
    await inTurn(() => reached(this.#sql`delete from public.traders where id = ${id}`));
    return true;
  }

  /** Whether there is such a trader. */
  async #disable(owner: Owner, id: string): Promise<boolean> {
    const sql = this.#sql;
    const result = await reached(
      sql`update public.traders set enabled = false where id = ${id} ${owned(this.#sql, owner)}`,
    );
    return result.count > 0;
  }

  /** Deletes a trader's newest signals below an id. Gives back below which the rest is, undefined if none is left. */
  async #deleteSignals(id: string, before: number): Promise<number | undefined> {
    const [row] = await inIndexOrder(
      this.#sql,
      (sql) => sql<{ lowest: number | null; count: number }[]>`
        with newest as (
          select id from public.signals where trader_id = ${id} and id < ${before} order by id desc limit ${DELETED_AT_A_TIME}
        ), deleted as (
          delete from public.signals s using newest where s.id = newest.id returning s.id
        )
        select min(id) as lowest, count(*)::integer as count from deleted`,
    );
    return row === undefined || row.lowest === null || row.count < DELETED_AT_A_TIME ? undefined : row.lowest;
  }

  async #deleteExecutions(id: string): Promise<number> {
    const result = await inIndexOrder(
      this.#sql,
      (sql) => sql`
        delete from public.executions e using (
          select interval, close_time from public.executions where trader_id = ${id} order by interval, close_time limit ${DELETED_AT_A_TIME}
        ) oldest where e.trader_id = ${id} and e.interval = oldest.interval and e.close_time = oldest.close_time`,
    );
    return result.count;
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

  /** Joins how many signals its versions stored, in all and since 00:00 UTC. */
  #storedSignals(): ReturnType<Sql> {
    return this.#sql`cross join lateral (
      select coalesce(sum(v.signals), 0)::bigint as total,
        coalesce(sum(v.day_signals) filter (where v.day = (now() at time zone 'utc')::date), 0)::bigint as today
      from public.trader_versions v where v.trader_id = t.id) stored`;
  }
}

/** The part of a condition that leaves an owner's rows; nothing for {@link EVERYONE}. */
export function owned(sql: Sql | Transaction, owner: Owner): ReturnType<Sql> {
  return owner === EVERYONE ? sql`` : sql`and owner = ${owner}`;
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
  readonly market: MarketId;
  readonly symbols: Symbol[] | null;
  readonly cooldown_candles: number;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

interface ListedRow extends TraderRow {
  readonly created_us: number;
  readonly today: number;
  readonly total: number;
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
  market: "market",
  symbols: "symbols",
  cooldownCandles: "cooldown_candles",
};

/** The market of a new trader that doesn't name it: that of its symbols. */
function marketOfNew({ market, symbols }: NewTrader): MarketId {
  const [first] = symbols ?? [];
  return market ?? (first === undefined ? BARE_MARKET : marketOf(first));
}

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
    market: row.market,
    symbols: row.symbols,
    cooldownCandles: row.cooldown_candles,
    version: row.version,
    createdAt: row.created_at.getTime() as UnixMs,
    updatedAt: row.updated_at.getTime() as UnixMs,
  };
}

function listedOf(row: ListedRow): TraderWithRun {
  const last = row.last_execution;
  const trader = { ...traderOf(row), signals: { today: row.today, total: row.total } };
  if (last === null) return { ...trader, lastExecution: null };
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
  return { ...trader, lastExecution: { ...lastExecution, ...times } };
}

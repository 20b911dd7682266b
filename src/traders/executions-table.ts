import type { MarketId, Symbol, UnixMs } from "../core/mod.ts";
import type { Signal, Trader } from "../wire/mod.ts";
import { claim, firstRetryMs, isRow, ofExecution, release, releaseAll, schedule, turnBack } from "./claims.ts";
import { reached, type Sql } from "./database.ts";
import type {
  Claim,
  ExecutionKey,
  InHand,
  Late,
  LateExecution,
  LateOutcome,
  PartOfRun,
  Schedule,
} from "./execution.ts";
import { lastLook, noteLook } from "./looks-table.ts";
import type { Match } from "./match-rows.ts";
import { finishAll, finishLate, type OnStoredPart, refused, storeBeside } from "./stored-matches.ts";
import { type TraderRow, traderOf } from "./traders-table.ts";

/** The most symbols of late executions that are read in one go: a megabyte or so. */
const MAX_LATE_SYMBOLS = 50_000;

/**
 * Executions as rows. What a statement stores of a run is there after a crash, or nothing of it is. A run of which only the first
 * parts were stored is run again when its lease is over, and what is stored already stays as it is. An execution is of its
 * trader's market.
 */
export class ExecutionsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Queues a close for every trader that is due: see {@link schedule}. Gives back how many executions are new. */
  async schedule(of: Schedule, closeTime: UnixMs, catchUp: number, mostUnfinished?: number): Promise<number> {
    return await schedule(this.#sql, of, closeTime, catchUp, mostUnfinished);
  }

  /** Deletes executions of closes after the market's last one: see {@link turnBack}. Gives back how many. */
  async turnBack(of: Schedule, lastClose: UnixMs): Promise<number> {
    return await turnBack(this.#sql, of, lastClose);
  }

  /** Claims executions, owners in turn: see {@link claim}. */
  async claim(limit: number, leaseMs: number, inHand?: InHand, markets?: readonly MarketId[]): Promise<Claim[]> {
    return await claim(this.#sql, limit, leaseMs, inHand, markets);
  }

  /** Gives a run back: see {@link release}. */
  async release(one: Claim, error: string, retryAfterMs: number, isSpent?: boolean): Promise<void> {
    await release(this.#sql, one, error, retryAfterMs, isSpent);
  }

  /** When the first run that was given back may be retried: see {@link firstRetryMs}. */
  async firstRetryMs(markets?: readonly MarketId[]): Promise<number | undefined> {
    return await firstRetryMs(this.#sql, markets);
  }

  /** Ends all leases: see {@link releaseAll}. */
  async releaseAll(): Promise<void> {
    await releaseAll(this.#sql);
  }

  /** Ends runs and stores their matches: see {@link finishAll}. */
  async finishAll(parts: readonly PartOfRun[]): Promise<(Signal[] | undefined)[]> {
    return await finishAll(this.#sql, parts);
  }

  /** Ends the run of late symbols: see {@link finishLate}. */
  async finishLate(late: Late, outcome: LateOutcome, ran: readonly Symbol[], onStored: OnStoredPart): Promise<void> {
    await finishLate(this.#sql, late, outcome, ran, onStored);
  }

  /** Stores matches that no execution is kept for: see {@link storeBeside}. */
  async storeBeside(
    key: ExecutionKey,
    trader: Trader,
    matches: readonly Match[],
    onStored: OnStoredPart,
  ): Promise<void> {
    await storeBeside(this.#sql, key, trader, matches, onStored);
  }

  /** The symbols whose matches the database refuses, and why: see {@link refused}. */
  async refused(key: ExecutionKey, matches: readonly Match[]): Promise<Map<Symbol, string>> {
    return await refused(this.#sql, key, matches);
  }

  /** Notes a look for missed closes: see {@link noteLook}. */
  async noteLook(): Promise<void> {
    await noteLook(this.#sql);
  }

  /** The last look for missed closes: see {@link lastLook}. */
  async lastLook(): Promise<{ lookedAt: UnixMs; ageMs: number } | null> {
    return await lastLook(this.#sql);
  }

  /**
   * Executions that still wait for symbols, with {@link MAX_LATE_SYMBOLS} symbols at most, but always one. Owners take turns; an owner's
   * oldest close comes first.
   */
  async late(of: Schedule, limit: number): Promise<LateExecution[]> {
    const { market, interval } = of;
    const rows = await reached(this.#sql<LateRow[]>`
      with waiting as (
        select e.trader_id, e.close_time, t.owner, cardinality(e.pending) as symbols,
          row_number() over (partition by t.owner order by e.close_time, e.trader_id) as turn
        from public.executions e join public.traders t on t.id = e.trader_id
        where t.market = ${market} and e.interval = ${interval} and e.pending <> '{}'
      ), placed as (
        select trader_id, close_time, owner, row_number() over turns as place, sum(symbols) over turns as symbols
        from waiting window turns as (order by turn, close_time, trader_id)
      )
      select e.trader_id, e.close_time, placed.owner, e.pending from placed
      join public.executions e on e.trader_id = placed.trader_id and e.interval = ${interval} and e.close_time = placed.close_time
      where placed.place <= ${limit} and (placed.place = 1 or placed.symbols <= ${MAX_LATE_SYMBOLS}) order by placed.place`);
    return rows.map(({ trader_id, close_time, owner, pending }) => {
      return { traderId: trader_id, interval, closeTime: close_time, owner, pending };
    });
  }

  /** A trader of any owner; undefined if there is none. */
  async trader(id: string): Promise<Trader | undefined> {
    const [row] = await reached(this.#sql<TraderRow[]>`select * from public.traders where id = ${id}`);
    return row === undefined ? undefined : traderOf(row);
  }

  /** The markets and intervals of executions that wait for symbols. */
  async lateSchedules(): Promise<Schedule[]> {
    const rows = await reached(this.#sql<Schedule[]>`
      select distinct t.market, e.interval from public.executions e join public.traders t on t.id = e.trader_id
      where e.pending <> '{}'`);
    return [...rows];
  }

  /**
   * Stops waiting for symbols of closes up to this one; they count as skipped, by default because no certain candle came in time.
   * Executions that are locked are left to the next time.
   */
  async giveUpWaiting(of: Schedule, upTo: number, why?: string): Promise<number> {
    const { market, interval } = of;
    const result = await reached(this.#sql`
      with waiting as (
        select e.trader_id, e.interval, e.close_time from public.executions e join public.traders t on t.id = e.trader_id
        where t.market = ${market} and e.interval = ${interval} and e.pending <> '{}' and e.close_time <= ${upTo}::bigint
        for update of e skip locked
      )
      update public.executions e set skipped = e.skipped + cardinality(e.pending), pending = '{}',
        error = coalesce(e.error, ${why ?? null}::text, 'no certain candle came in time for ' || array_to_string(e.pending[1:10], ', '))
      from waiting where ${isRow(this.#sql, "waiting")}`);
    return result.count;
  }

  /** The execution that was stored for a close, if any. */
  async has(key: ExecutionKey): Promise<boolean> {
    const [row] = await reached(
      this.#sql<{ status: string }[]>`select status from public.executions where ${ofExecution(this.#sql, key)}`,
    );
    return row !== undefined;
  }

  /** The markets and intervals at whose closes an enabled trader runs. */
  async triggers(): Promise<Schedule[]> {
    const rows = await reached(this.#sql<Schedule[]>`
      select distinct market, trigger_interval as interval from public.traders where enabled`);
    return [...rows];
  }
}

interface LateRow {
  readonly trader_id: string;
  readonly close_time: UnixMs;
  readonly owner: string;
  readonly pending: Symbol[];
}

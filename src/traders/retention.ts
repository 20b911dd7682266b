import type { Clock } from "../core/mod.ts";
import { inIndexOrder, reached, type Sql } from "./database.ts";

/** Days that executions are kept where nobody says otherwise. */
export const KEEP_EXECUTIONS_DAYS = 30;

/** How much a sweep deletes at most; after a long absence the rest is deleted by the next ones. */
export interface SweepBounds {
  /** Rows that one statement looks at: 1,000 signals take PGlite some 60 ms, with their outcomes. */
  readonly sliceRows: number;
  /** Statements of one sweep for each table. */
  readonly slices: number;
}

const BOUNDS: SweepBounds = { sliceRows: 1_000, slices: 100 };

const DAY_MS = 86_400_000;

/** Signals that are kept in spite of their age are looked at anew after this, in milliseconds. */
const START_OVER_MS: number = DAY_MS;

/** Days that signals wait for outcomes that never come, because no server serves their market any more, where signals are kept for ever. */
const KEEP_WAITING_DAYS = 400;

/** How long rows are kept, in days; 0 keeps them for ever. */
export interface KeptDays {
  readonly signals: number;
  readonly executions: number;
}

/** How many rows were deleted since the start. */
export interface RetentionFigures {
  readonly signals: number;
  readonly executions: number;
}

/**
 * Deletes old signals and executions, in slices, so that no statement holds up others for long. A trader's newest signal of each symbol and
 * interval is kept whatever its age: the cooldown is counted from it. So is an execution that isn't over. Outcomes that have been due for
 * longer than signals are kept are given up: they stay pending.
 */
export class Retention {
  readonly #sql: Sql;
  readonly #days: KeptDays;
  readonly #clock: Clock;
  readonly #bounds: SweepBounds;
  readonly #deleted = { signals: 0, executions: 0 };
  /** Signals up to this id have been looked at. */
  #lookedUpTo = 0;
  #startedOverAt = 0;

  constructor(sql: Sql, days: KeptDays, clock: Clock, bounds: SweepBounds = BOUNDS) {
    this.#sql = sql;
    this.#bounds = bounds;
    this.#days = days;
    this.#clock = clock;
  }

  figures(): RetentionFigures {
    return { ...this.#deleted };
  }

  /** Deletes what is too old, within the bounds. */
  async sweep(): Promise<void> {
    const now = this.#clock.now();
    if (Math.abs(now - this.#startedOverAt) >= START_OVER_MS) {
      this.#lookedUpTo = 0;
      this.#startedOverAt = now;
    }
    const { signals, executions } = this.#days;
    for (let slice = 0; executions > 0 && slice < this.#bounds.slices; slice += 1) {
      if (await this.#sliceOfExecutions(executions)) break;
    }
    for (let slice = 0; slice < this.#bounds.slices; slice += 1) {
      if (await this.#sliceOfWaiting(signals === 0 ? KEEP_WAITING_DAYS : signals)) break;
    }
    for (let slice = 0; signals > 0 && slice < this.#bounds.slices; slice += 1) {
      if (await this.#sliceOfSignals(signals)) return;
    }
  }

  /** Gives back whether all that are old enough have been looked at. */
  async #sliceOfSignals(days: number): Promise<boolean> {
    const { sliceRows } = this.#bounds;
    // Ids grow with time, so those that are old come first, and are read from the primary key in its order.
    const [row] = await reached(this.#sql<{ deleted: number; old: number; last: number | null }[]>`
      with slice as materialized (
        select ctid as place, id, trader_id, symbol, interval, close_time,
          created_at < now() - ${days}::integer * interval '1 day' as is_old
        from public.signals where id > ${this.#lookedUpTo}::bigint order by id limit ${sliceRows}
      ), gone as (
        delete from public.signals where ctid = any(array(select place from slice where is_old
          and close_time < (select max(n.close_time) from public.signals n where n.trader_id = slice.trader_id
            and n.symbol = slice.symbol and n.interval = slice.interval)))
        returning 1
      )
      select (select count(*) from gone)::integer as deleted, 
        count(*) filter (where is_old)::integer as old, max(id) filter (where is_old) as last from slice`);
    if (row === undefined) return true;
    this.#deleted.signals += row.deleted;
    this.#lookedUpTo = row.last ?? this.#lookedUpTo;
    return row.old < sliceRows;
  }

  /** Gives back whether all that have been due for long enough were deleted. Each market and interval is read from the index. */
  async #sliceOfWaiting(days: number): Promise<boolean> {
    const { sliceRows } = this.#bounds;
    const until = this.#clock.now() - days * DAY_MS;
    const count = await inIndexOrder(this.#sql, async (sql) => {
      const deleted = await sql`
        with recursive kinds as (
          (select market, interval from public.outcomes_due order by market, interval limit 1)
          union all
          select next.market, next.interval from kinds k cross join lateral (
            select d.market, d.interval from public.outcomes_due d where (d.market, d.interval) > (k.market, k.interval)
            order by d.market, d.interval limit 1) next
        ), overdue as materialized (
          select d.id from kinds k cross join lateral (
            select o.id from public.outcomes_due o
            where o.market = k.market and o.interval = k.interval and o.due_at < ${until}::bigint
            order by o.due_at limit ${sliceRows}) d
          limit ${sliceRows}
        ), mine as (
          select d.id from public.outcomes_due d where d.id in (select id from overdue) for update skip locked
        )
        delete from public.outcomes_due d using mine where d.id = mine.id`;
      return deleted.count;
    });
    return count < sliceRows;
  }

  /**
   * Gives back whether all that are old enough were deleted. A trader's newest execution of each interval stays: the closes after it are the
   * next to be scheduled, and those of 1M lie up to 31 days apart. Locked ones are left to the next sweep.
   */
  async #sliceOfExecutions(days: number): Promise<boolean> {
    const { sliceRows } = this.#bounds;
    const { count } = await reached(this.#sql`
      delete from public.executions where ctid = any(array(
        select e.ctid from public.executions e
        where created_at < now() - ${days}::integer * interval '1 day' and status in ('done', 'failed') and pending = '{}'
          and exists (select from public.executions later
            where later.trader_id = e.trader_id and later.interval = e.interval and later.close_time > e.close_time)
        order by created_at limit ${sliceRows} for update of e skip locked))`);
    this.#deleted.executions += count;
    return count < sliceRows;
  }
}

import type { Interval, UnixMs } from "../core/mod.ts";
import { type ExecutionsQuery, executionsCursor, type PastExecution } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";
import { MAX_PAGE_BYTES, type Owner, owned } from "./traders-table.ts";

/** Runs that ended, to be read. */
export class PastExecutionsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * A trader's runs that ended, the newest close first, at closes of whichever interval; undefined where the owner has no such trader. A page
   * has {@link MAX_PAGE_BYTES} of errors' texts at most. Each interval is read from the end of the primary key's index, as the trader
   * may have run at every minute of a month.
   */
  async list(
    owner: Owner,
    id: string,
    { after, limit }: ExecutionsQuery,
  ): Promise<{ executions: PastExecution[]; cursor: string | null } | undefined> {
    const sql = this.#sql;
    const older =
      after === undefined
        ? sql``
        : sql`and x.close_time <= ${after.closeTime} and (x.close_time < ${after.closeTime} or x.interval collate "C" < ${after.interval})`;
    const rows = await reached(sql<(ExecutionRow | { readonly interval: null })[]>`
      with mine as (select id from public.traders where id = ${id} ${owned(sql, owner)}),
      intervals as (select distinct v.trigger_interval as interval from mine join public.trader_versions v on v.trader_id = mine.id),
      newest as (
        select e.* from intervals cross join lateral (
          select x.* from public.executions x
          where x.trader_id = ${id} and x.interval = intervals.interval and x.status in ('done', 'failed') ${older}
          order by x.close_time desc limit ${limit + 1}) e
        order by e.close_time desc, e.interval collate "C" desc limit ${limit + 1}
      ), page as (
        select newest.*, row_number() over places as place, sum(octet_length(coalesce(error, ''))) over places as bytes
        from newest window places as (order by close_time desc, interval collate "C" desc)
      )
      select page.interval, page.close_time, page.status, page.symbols_checked, page.matches, page.signals, page.skipped, page.errors,
        page.error, page.started_at, page.finished_at, page.attempts, cardinality(page.pending) as pending,
        (select count(*) from page)::integer as found
      from mine left join page on page.place <= ${limit} and (page.place = 1 or page.bytes <= ${MAX_PAGE_BYTES})
      order by page.place`);
    if (rows.length === 0) return undefined;
    const executions = rows.filter((row): row is ExecutionRow => row.interval !== null);
    const last = executions.at(-1);
    const isMore = last !== undefined && last.found > executions.length;
    const listed = executions.map(executionOf);
    const oldest = listed.at(-1);
    return { executions: listed, cursor: isMore && oldest !== undefined ? executionsCursor(oldest) : null };
  }
}

/** A row of the table, in the database's names, with how many there are up to one past the limit. */
interface ExecutionRow {
  readonly interval: Interval;
  readonly close_time: UnixMs;
  readonly status: PastExecution["status"];
  readonly symbols_checked: number;
  readonly matches: number;
  readonly signals: number;
  readonly skipped: number;
  readonly errors: number;
  readonly error: string | null;
  readonly started_at: Date | null;
  readonly finished_at: Date;
  readonly attempts: number;
  readonly pending: number;
  readonly found: number;
}

function executionOf(row: ExecutionRow): PastExecution {
  return {
    interval: row.interval,
    closeTime: row.close_time,
    status: row.status,
    symbolsChecked: row.symbols_checked,
    matches: row.matches,
    signals: row.signals,
    skipped: row.skipped,
    errors: row.errors,
    error: row.error,
    startedAt: row.started_at === null ? null : (row.started_at.getTime() as UnixMs),
    finishedAt: row.finished_at.getTime() as UnixMs,
    attempts: row.attempts,
    pending: row.pending,
  };
}

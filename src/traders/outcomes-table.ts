import type { UnixMs } from "../core/mod.ts";
import {
  emptyOutcome,
  type FollowedSignal,
  type ListedSignal,
  SIGNAL_HORIZONS,
  type Signal,
  type SignalOutcome,
  type TraderVersion,
} from "../wire/mod.ts";
import { inIndexOrder, reached, type Sql, type Transaction } from "./database.ts";
import type { Schedule } from "./execution.ts";
import type { VersionSpan } from "./versions-table.ts";

/** A row of the table, in the database's names: a null return where the outcome never will be known. */
interface OutcomeRow {
  readonly signal_id: number;
  readonly horizon: number;
  readonly return_percent: number | null;
  readonly best_percent: number | null;
  readonly best_after: number | null;
  readonly worst_percent: number | null;
  readonly worst_after: number | null;
}

/** Signals of a version that one statement looks at, of all versions of its trader: this many take PGlite some 20 ms. */
const LOOKED_AT = 2_500;

/** Runs that are looked at together. */
const MAX_RUNS = 50;

/** Signals with their outcomes; those that aren't stored are pending. */
export async function withOutcomes(sql: Transaction | Sql, signals: readonly Signal[]): Promise<ListedSignal[]> {
  if (signals.length === 0) return [];
  const rows = await reached(sql<OutcomeRow[]>`
    select * from public.signal_outcomes where signal_id = any(${signals.map(({ id }) => id)}::bigint[])`);
  const stored = new Map(rows.map((row) => [`${row.signal_id} ${row.horizon}`, outcomeOf(row)]));
  return signals.map((signal) => ({
    ...signal,
    outcomes: SIGNAL_HORIZONS.map(
      (horizon) => stored.get(`${signal.id} ${horizon}`) ?? emptyOutcome(horizon, "pending"),
    ),
  }));
}

function outcomeOf(row: OutcomeRow): SignalOutcome {
  if (row.return_percent === null) return emptyOutcome(row.horizon, "unknown");
  return {
    horizon: row.horizon,
    state: "known",
    returnPercent: row.return_percent,
    bestPercent: row.best_percent,
    bestAfter: row.best_after,
    worstPercent: row.worst_percent,
    worstAfter: row.worst_after,
  };
}

/** A signal as its version's performance counts it: for each horizon the return, null for unknown, undefined for pending. */
export interface CountedSignal {
  readonly closeTime: UnixMs;
  readonly returns: readonly (number | null | undefined)[];
}

/** A part of a version's signals. */
export interface CountedPart {
  readonly signals: readonly CountedSignal[];
  /** Below which id the rest is; undefined where there is none. */
  readonly before: number | undefined;
}

/** A signal that lacks outcomes. */
export interface DueSignal extends FollowedSignal {
  readonly id: number;
}

/** Signals of a run that lack outcomes; none where they were deleted. */
export interface DueRun {
  readonly id: number;
  readonly signals: readonly DueSignal[];
}

/** When a run is looked at again; undefined where nothing is left to come. */
export interface NextLook {
  readonly id: number;
  readonly dueAt: UnixMs | undefined;
}

/** The outcomes of a signal that are known, or never will be. */
export interface FoundOutcomes {
  readonly id: number;
  readonly outcomes: readonly SignalOutcome[];
}

/** Outcomes as rows. */
export class OutcomesTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The closes that a version ran at, newest first, so many at most. */
  async closesOf(
    traderId: string,
    { version: { triggerInterval, createdAt }, endedAt }: VersionSpan,
    limit: number,
  ): Promise<UnixMs[]> {
    const rows = await inIndexOrder(
      this.#sql,
      (sql) => sql<{ close_time: UnixMs }[]>`
        select close_time from public.executions
        where trader_id = ${traderId} and interval = ${triggerInterval} and status = 'done'
          and started_at >= ${new Date(createdAt)} ${endedAt === undefined ? sql`` : sql`and started_at < ${new Date(endedAt)}`}
        order by close_time desc limit ${limit}`,
    );
    return rows.map(({ close_time }) => close_time);
  }

  /** A part of the signals that a version stored at its closes from `from` to `to`, newest first: those with ids from `first` to below `before`. */
  async signalsOf(
    traderId: string,
    { version, triggerInterval }: TraderVersion,
    closes: { readonly from: UnixMs; readonly to: UnixMs },
    { first, before }: { readonly first: number; readonly before: number },
  ): Promise<CountedPart> {
    const rows = await inIndexOrder(
      this.#sql,
      (sql) => sql<CountedRow[]>`
        with looked_at as materialized (
          select s.id, s.close_time, s.trader_version = ${version} and s.interval = ${triggerInterval}
            and s.close_time between ${closes.from} and ${closes.to} as counts
          from public.signals s where s.trader_id = ${traderId} and s.id < ${before} and s.id >= ${first}
          order by s.id desc limit ${LOOKED_AT}
        )
        select l.id, l.close_time, json_object_agg(o.horizon, o.return_percent) filter (where o.horizon is not null) as returns,
          (select case when count(*) = ${LOOKED_AT} then min(id) end from looked_at) as before
        from looked_at l left join public.signal_outcomes o on o.signal_id = l.id where l.counts group by l.id, l.close_time
        union all select null, null, null, (select case when count(*) = ${LOOKED_AT} then min(id) end from looked_at)`,
    );
    const signals = rows.filter((row): row is CountedRow & { id: number } => row.id !== null).map(countedOf);
    return { signals, before: rows.at(-1)?.before ?? undefined };
  }

  /** The markets and intervals of signals that lack outcomes. */
  async waiting(): Promise<Schedule[]> {
    // Each is found in the index without reading those of the same market and interval.
    return await inIndexOrder(
      this.#sql,
      async (sql) =>
        await sql<Schedule[]>`
        with recursive kinds as (
          (select market, interval from public.outcomes_due order by market, interval limit 1)
          union all
          select next.market, next.interval from kinds k cross join lateral (
            select d.market, d.interval from public.outcomes_due d where (d.market, d.interval) > (k.market, k.interval)
            order by d.market, d.interval limit 1) next
        ) select market, interval from kinds`,
    );
  }

  /**
   * Runs whose signals lack outcomes of candles that ended by a moment, those first that are due for longest: as many as have about so many
   * signals, at least one.
   */
  async due({ market, interval }: Schedule, by: UnixMs, signals: number): Promise<DueRun[]> {
    return await inIndexOrder(this.#sql, async (sql) => {
      const due = await sql<{ id: number; width: number }[]>`
        select id, last_id - first_id + 1 as width from public.outcomes_due
        where market = ${market} and interval = ${interval} and due_at <= ${by} order by due_at limit ${MAX_RUNS}`;
      let room = signals;
      const runs = due.filter(({ width }, at) => {
        room -= width;
        return at === 0 || room >= 0;
      });
      const rows = await sql<(DueSignal & { run: number })[]>`
        select d.id as run, s.id, s.symbol, s.interval, s.close_time as "closeTime", s.price
        from unnest(${runs.map(({ id }) => id)}::bigint[]) as r (id) join public.outcomes_due d on d.id = r.id
        join public.signals s on s.id between d.first_id and d.last_id and s.trader_id = d.trader_id
          and s.interval = d.interval and s.close_time = d.close_time`;
      return runs.map(({ id }) => ({ id, signals: rows.filter(({ run }) => run === id) }));
    });
  }

  /** Stores outcomes: each once, whoever stores it first. A signal that is being deleted is left out. Gives back how many are new. */
  async store(found: readonly FoundOutcomes[]): Promise<number> {
    const rows = found.flatMap(({ id, outcomes }) => outcomes.map((outcome) => ({ ...outcome, id })));
    if (rows.length === 0) return 0;
    const sql = this.#sql;
    const { count } = await reached(sql`
      with held as (
        select id from public.signals where id = any(${found.map(({ id }) => id)}::bigint[]) order by id for key share skip locked
      )
      insert into public.signal_outcomes (signal_id, horizon, return_percent, best_percent, best_after, worst_percent, worst_after)
      select r.id, r.horizon, r."returnPercent", r."bestPercent", r."bestAfter", r."worstPercent", r."worstAfter"
      from json_to_recordset(${JSON.stringify(rows)}::text::json) as r (id bigint, horizon smallint, "returnPercent" double precision,
        "bestPercent" double precision, "bestAfter" smallint, "worstPercent" double precision, "worstAfter" smallint)
      join held using (id) order by r.id, r.horizon on conflict do nothing`);
    return count;
  }

  /** Notes when runs are looked at again. One that somebody else is at is left to them. */
  async settle(looks: readonly NextLook[]): Promise<void> {
    const sql = this.#sql;
    await reached(sql`
      with looks as (
        select * from unnest(${looks.map(({ id }) => id)}::bigint[], ${looks.map(({ dueAt }) => dueAt ?? null)}::bigint[]) as l (id, due_at)
      ), mine as (
        select d.id from public.outcomes_due d where d.id in (select id from looks) order by d.id for update skip locked
      ), ended as (
        delete from public.outcomes_due d using looks join mine using (id) where d.id = looks.id and looks.due_at is null
      )
      update public.outcomes_due d set due_at = looks.due_at from looks join mine using (id)
      where d.id = looks.id and looks.due_at is not null`);
  }
}

interface CountedRow {
  readonly id: number | null;
  readonly close_time: UnixMs;
  /** By horizon; null where there are none. */
  readonly returns: Readonly<Record<string, number | null>> | null;
  readonly before: number | null;
}

function countedOf({ close_time, returns }: CountedRow): CountedSignal {
  return { closeTime: close_time, returns: SIGNAL_HORIZONS.map((horizon) => returns?.[horizon]) };
}

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

/** The closes that a version ran at, at most: the newest ones. */
export const MAX_PERFORMANCE_CLOSES = 10_000;

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

/** What is to be stored of a signal. */
export interface FoundOutcomes {
  readonly id: number;
  /** Those that are known, or never will be. */
  readonly outcomes: readonly SignalOutcome[];
  /** When it is looked at again; undefined where nothing is left to come. */
  readonly dueAt: UnixMs | undefined;
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

  /** A part of the signals that a version stored at its closes from `from` to `to`, newest first. */
  async signalsOf(
    traderId: string,
    { version, triggerInterval }: TraderVersion,
    closes: { readonly from: UnixMs; readonly to: UnixMs },
    before: number = Number.MAX_SAFE_INTEGER,
  ): Promise<CountedPart> {
    const rows = await inIndexOrder(
      this.#sql,
      (sql) => sql<CountedRow[]>`
        with looked_at as materialized (
          select s.id, s.close_time, s.trader_version = ${version} and s.interval = ${triggerInterval}
            and s.close_time between ${closes.from} and ${closes.to} as counts
          from public.signals s where s.trader_id = ${traderId} and s.id < ${before} order by s.id desc limit ${LOOKED_AT}
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

  /** Signals that lack outcomes of candles that ended by a moment, those first that are due for longest. */
  async due({ market, interval }: Schedule, by: UnixMs, limit: number): Promise<DueSignal[]> {
    return await inIndexOrder(
      this.#sql,
      async (sql) =>
        await sql<DueSignal[]>`
        select s.id, s.symbol, s.interval, s.close_time as "closeTime", s.price
        from (select signal_id, due_at from public.outcomes_due
          where market = ${market} and interval = ${interval} and due_at <= ${by} order by due_at limit ${limit}) d
        join public.signals s on s.id = d.signal_id`,
    );
  }

  /**
   * Stores outcomes: each once, whoever stores it first. A signal that somebody else is at, or that is being deleted, is left out. Signals
   * are locked before what waits for them, as a deletion does. Gives back how many outcomes are new.
   */
  async store(found: readonly FoundOutcomes[]): Promise<number> {
    const rows = found.flatMap(({ id, outcomes }) => outcomes.map((outcome) => ({ ...outcome, id })));
    const sql = this.#sql;
    const [stored] = await reached(sql<{ count: number }[]>`
      with found as (
        select * from unnest(${found.map(({ id }) => id)}::bigint[], ${found.map(({ dueAt }) => dueAt ?? null)}::bigint[]) as f (id, due_at)
      ), held as (
        select s.id from public.signals s where s.id in (select id from found) order by s.id for key share skip locked
      ), mine as (
        select d.signal_id as id from held join public.outcomes_due d on d.signal_id = held.id order by d.signal_id for update of d skip locked
      ), stored as (
        insert into public.signal_outcomes (signal_id, horizon, return_percent, best_percent, best_after, worst_percent, worst_after)
        select r.id, r.horizon, r."returnPercent", r."bestPercent", r."bestAfter", r."worstPercent", r."worstAfter"
        from json_to_recordset(${JSON.stringify(rows)}::text::json) as r (id bigint, horizon smallint, "returnPercent" double precision,
          "bestPercent" double precision, "bestAfter" smallint, "worstPercent" double precision, "worstAfter" smallint)
        join mine on mine.id = r.id on conflict do nothing returning 1
      ), ended as (
        delete from public.outcomes_due d using found join mine using (id) where d.signal_id = found.id and found.due_at is null
      ), next as (
        update public.outcomes_due d set due_at = found.due_at from found join mine using (id)
        where d.signal_id = found.id and found.due_at is not null
      )
      select count(*)::integer as count from stored`);
    return stored?.count ?? 0;
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

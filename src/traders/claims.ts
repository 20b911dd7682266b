import { closeTimeOf, type Interval, type MarketId, openTimeOf, type Symbol, type UnixMs } from "../core/mod.ts";
import { closesAfter } from "./closes-after.ts";
import { reached, type Sql } from "./database.ts";
import type { Claim, ExecutionKey, InHand, Schedule } from "./execution.ts";
import { type TraderRow, traderOf } from "./traders-table.ts";

/** Executions younger than this, in milliseconds, are kept: the market data source may not know their close yet. */
const SPARED_MS = 60_000;

/**
 * Executions of one owner that are queued or run. More closes are queued when some of these have ended, oldest first: what a claim has to
 * look through is bounded by it.
 */
export const MAX_UNFINISHED_PER_OWNER = 10_000;

const NOTHING_IN_HAND: InHand = { concurrency: 1_000_000, tokens: [], owners: new Map() };

/**
 * Queues an execution of the close for every enabled trader of this market with this trigger interval. Also queues the closes that a trader missed since
 * its newest execution, at most `catchUp` of them. Of an owner no more than `mostUnfinished` are unfinished; what that leaves out is queued
 * as missed by a later call. Existing executions don't change. Returns the number of new executions.
 */
export async function schedule(
  sql: Sql,
  { market, interval }: Schedule,
  closeTime: UnixMs,
  catchUp: number,
  mostUnfinished: number = MAX_UNFINISHED_PER_OWNER,
): Promise<number> {
  const due = await reached(sql<DueRow[]>`
    select id, owner, runs_after, (select max(close_time) from public.executions where trader_id = traders.id
      and interval = ${interval} and close_time <= ${closeTime}) as newest
    from public.traders where enabled and market = ${market} and trigger_interval = ${interval}`);
  const previous = (openTimeOf(interval, closeTime) - 1) as UnixMs;
  const beginning = due.filter(({ runs_after }) => runs_after === null).map(({ id }) => id);
  if (beginning.length > 0) {
    await reached(
      sql`update public.traders set runs_after = ${previous} where id = any(${beginning}::uuid[]) and runs_after is null`,
    );
  }
  const missed = due.flatMap(({ id, owner, runs_after, newest }) => {
    const after = runs_after === null ? previous : Math.max(runs_after, newest ?? runs_after);
    return closesAfter(interval, after, closeTime, catchUp).map((time) => ({ id, owner, time }));
  });
  if (missed.length === 0) return 0;
  const places = await unfinishedPlaces(sql, mostUnfinished);
  const queued = missed.sort((a, b) => a.time - b.time).filter(({ owner }) => places(owner));
  // A trader that is being deleted must not make everybody's close fail or wait: it is left out, as is one that has moved meanwhile.
  const result = await reached(sql`
    insert into public.executions (trader_id, interval, close_time)
    select t.id, ${interval}, due.close_time
    from unnest(${queued.map(({ id }) => id)}::uuid[], ${queued.map(({ time }) => time)}::bigint[]) as due (trader_id, close_time)
    join public.traders t on t.id = due.trader_id and t.market = ${market}
    for key share of t skip locked
    on conflict do nothing`);
  return result.count;
}

/** Takes an owner's place for one more unfinished execution, each time it is called. False when none is left. */
async function unfinishedPlaces(sql: Sql, most: number): Promise<(owner: string) => boolean> {
  const rows = await reached(sql<{ owner: string; unfinished: number }[]>`
    select t.owner, sum(e.unfinished)::integer as unfinished from (select trader_id, count(*) as unfinished
      from public.executions where status in ('queued', 'running') group by trader_id) e
    join public.traders t on t.id = e.trader_id group by t.owner`);
  const taken = new Map(rows.map(({ owner, unfinished }) => [owner, unfinished]));
  return (owner) => {
    const before = taken.get(owner) ?? 0;
    taken.set(owner, before + 1);
    return before < most;
  };
}

/**
 * Deletes executions of closes later than `lastClose`, the market's last close. Such closes never happened: a wrong clock produced them, and
 * their executions would block those of the real closes to come. Traders that were to start after such a close start now.
 *
 * The market data source may itself be behind, because it has just started or plays back a recording. So executions stay if they were
 * queued after their close by the database's clock, or within the last minute; traders that start with the next close don't change.
 * Returns the number of deleted executions.
 */
export async function turnBack(sql: Sql, { market, interval }: Schedule, lastClose: UnixMs): Promise<number> {
  const next = closeTimeOf(interval, (lastClose + 1) as UnixMs);
  // Two statements: in one, the traders would be locked after their executions, and a deletion of a trader locks it before.
  await reached(
    sql`update public.traders set runs_after = ${lastClose}
      where market = ${market} and trigger_interval = ${interval} and runs_after > ${next}`,
  );
  const result = await reached(sql`
    with never as (
      select e.trader_id, e.interval, e.close_time from public.executions e join public.traders t on t.id = e.trader_id
      where t.market = ${market} and e.interval = ${interval} and e.close_time > ${lastClose}
        and e.close_time > extract(epoch from e.created_at) * 1000
        and e.created_at < now() - ${SPARED_MS}::integer * interval '1 millisecond' for update of e skip locked
    )
    delete from public.executions e using never where ${isRow(sql, "never")}`);
  return result.count;
}

/**
 * Claims up to `limit` executions that are queued or whose lease has expired. Owners take turns, so that none waits for all executions of
 * another; of one owner, the oldest close comes first. A trader's closes are claimed in order, because a cooldown depends on the signals
 * before. An owner's claims and runs in hand together take at most two thirds of the places that the others don't use, so that owners
 * who come later find places. `markets`: claims executions of traders of these only; of all unless given.
 */
export async function claim(
  sql: Sql,
  limit: number,
  leaseMs: number,
  inHand: InHand = NOTHING_IN_HAND,
  markets?: readonly MarketId[],
): Promise<Claim[]> {
  const { concurrency, tokens, owners } = inHand;
  const inAll = [...owners.values()].reduce((sum, held) => sum + held, 0);
  const rows = await reached(sql<(TraderRow & ClaimRow)[]>`
    with held as (
      select * from unnest(${[...owners.keys()]}::text[], ${[...owners.values()]}::integer[]) as held (owner, executions)
    ), oldest as materialized (
      select distinct on (e.trader_id, e.interval) e.* from public.executions e
      where e.status in ('queued', 'running') order by e.trader_id, e.interval, e.close_time
    ), waiting as (
      select e.trader_id, e.interval, e.close_time, coalesce(held.executions, 0) as held, coalesce(held.executions, 0)
        + row_number() over (partition by t.owner order by e.close_time, e.trader_id) as turn
      from oldest e join public.traders t on t.id = e.trader_id and t.enabled left join held on held.owner = t.owner
      where ${isFree(sql, tokens)} ${isOfMarkets(sql, markets)}
    ), in_turn as materialized (
      select * from waiting
      where turn <= greatest(1, ceil((${concurrency}::integer - ${inAll}::integer + held) * 2 / 3.0))
      order by turn, close_time, trader_id
    ), free as (
      select e.* from in_turn cross join lateral (
        select e.trader_id, e.interval, e.close_time from public.executions e
        where ${isRow(sql, "in_turn")} and ${isFree(sql, tokens)} for update skip locked
      ) e limit ${limit}
    ), claimed as (
      update public.executions e set status = 'running', lease_token = gen_random_uuid(), attempts = e.attempts + 1,
        lease_until = clock_timestamp() + ${leaseMs}::integer * interval '1 millisecond', started_at = clock_timestamp()
      from free where e.trader_id = free.trader_id and e.interval = free.interval and e.close_time = free.close_time
      returning e.*
    )
    select t.*, c.interval as run_interval, c.close_time as run_close_time, c.lease_token, c.attempts, c.error as last_error,
      array(select distinct unnest(p.pending) from public.executions p where p.trader_id = c.trader_id and p.interval = c.interval
        and p.close_time < c.close_time and p.pending <> '{}') as waiting
    from claimed c join public.traders t on t.id = c.trader_id order by c.close_time, c.trader_id`);
  return rows.map((row) => ({
    traderId: row.id,
    interval: row.run_interval,
    closeTime: row.run_close_time,
    trader: traderOf(row),
    token: row.lease_token,
    attempts: row.attempts,
    lastError: row.last_error,
    waiting: row.waiting,
  }));
}

/** Queues a claimed run again, with `error`. It can be claimed after `retryAfterMs`. `isSpent`: whether it counts as an attempt. */
export async function release(
  sql: Sql,
  claim: Claim,
  error: string,
  retryAfterMs: number,
  isSpent = true,
): Promise<void> {
  await reached(sql`
    update public.executions set status = 'queued', lease_token = null, error = ${error},
      attempts = attempts - ${isSpent ? 0 : 1}::integer,
      lease_until = clock_timestamp() + ${retryAfterMs}::integer * interval '1 millisecond'
    where ${ofExecution(sql, claim)} and status = 'running' and lease_token = ${claim.token}`);
}

/** In how many milliseconds the first released execution of these markets can be claimed; undefined if there is none. */
export async function firstRetryMs(sql: Sql, markets?: readonly MarketId[]): Promise<number | undefined> {
  const [row] = await reached(sql<{ ms: number | null }[]>`
    select ceil(extract(epoch from min(e.lease_until) - clock_timestamp()) * 1000)::integer as ms
    from public.executions e join public.traders t on t.id = e.trader_id and t.enabled
    where e.status = 'queued' and e.lease_until is not null ${isOfMarkets(sql, markets)}`);
  return row === undefined || row.ms === null ? undefined : Math.max(0, row.ms);
}

/** Ends all leases. For a process that has just started and is the only one on this database. */
export async function releaseAll(sql: Sql): Promise<void> {
  await reached(sql`
    update public.executions set status = 'queued', lease_token = null, lease_until = null where status in ('queued', 'running')`);
}

/** SQL: the condition that selects one execution by its key. */
export function ofExecution(sql: Sql, key: ExecutionKey): ReturnType<Sql> {
  return sql`trader_id = ${key.traderId} and interval = ${key.interval} and close_time = ${key.closeTime}`;
}

/** SQL: whether the execution `e` is the one of the row set, which locked it. */
export function isRow(sql: Sql, rows: string): ReturnType<Sql> {
  const row = sql(rows);
  return sql`e.trader_id = ${row}.trader_id and e.interval = ${row}.interval and e.close_time = ${row}.close_time`;
}

/** SQL: a further condition, that the trader `t` is of one of these markets; none unless they are given. */
function isOfMarkets(sql: Sql, markets: readonly MarketId[] | undefined): ReturnType<Sql> {
  return markets === undefined ? sql`` : sql`and t.market = any(${[...markets]}::text[])`;
}

/** SQL: whether the execution `e` can be claimed. `tokens`: leases that the claiming process holds itself and doesn't claim again. */
function isFree(sql: Sql, tokens: readonly string[]): ReturnType<Sql> {
  return sql`e.status in ('queued', 'running') and (e.lease_until is null or e.lease_until < clock_timestamp())
    and (e.lease_token is null or e.lease_token <> all(${[...tokens]}::uuid[]))`;
}

interface DueRow {
  readonly id: string;
  readonly owner: string;
  readonly runs_after: UnixMs | null;
  readonly newest: UnixMs | null;
}

interface ClaimRow {
  readonly run_interval: Interval;
  readonly run_close_time: UnixMs;
  readonly lease_token: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly waiting: Symbol[];
}

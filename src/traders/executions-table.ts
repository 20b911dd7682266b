import { addCandles, closeTimeOf, type Interval, openTimeOf, type Symbol, type UnixMs } from "../core/mod.ts";
import type { Signal, Trader } from "../wire/mod.ts";
import { closesAfter } from "./closes-after.ts";
import { reached, type Sql } from "./database.ts";
import { type Match, matchRows } from "./match-rows.ts";
import { type SignalRow, signalOf } from "./signals-table.ts";
import { type TraderRow, traderOf } from "./traders-table.ts";

/** An execution this young, in milliseconds, may be of a close that the market which we ask doesn't know yet. */
const SPARED_MS = 60_000;

/** Which execution is meant. */
export interface ExecutionKey {
  readonly traderId: string;
  readonly interval: Interval;
  readonly closeTime: UnixMs;
}

/** An execution that is ours to run, until its lease runs out. */
export interface Claim extends ExecutionKey {
  readonly trader: Trader;
  readonly token: string;
  /** How often it was claimed, this time included. */
  readonly attempts: number;
  /** What the last attempt failed of. */
  readonly lastError: string | null;
  /** Symbols that still wait for an earlier close of this trader. */
  readonly waiting: readonly Symbol[];
}

/** What an engine has claimed and not run yet. */
export interface InHand {
  /** The most that it has at a time. */
  readonly concurrency: number;
  readonly tokens: readonly string[];
  /** How many there are of each owner. */
  readonly owners: ReadonlyMap<string, number>;
}

/** An execution that ran without some symbols, and those symbols. */
export interface Late extends ExecutionKey {
  readonly trader: Trader;
  readonly pending: readonly Symbol[];
}

/** What a run found. */
export interface Outcome {
  readonly matches: readonly Match[];
  readonly symbolsChecked: number;
  readonly skipped: number;
  readonly errors: number;
  /** In words, when there is something to say; a failed run always has. */
  readonly error: string | null;
  readonly failed: boolean;
}

/** A run that came to an end, and the symbols that it has to wait for. */
export interface Ended {
  readonly claim: Claim;
  readonly outcome: Outcome;
  readonly pending: readonly Symbol[];
}

/** Executions as rows. All that a run does to the database is one statement, so a crash leaves all of it or nothing. */
export class ExecutionsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * Queues the close for every enabled trader that is due at it, and with it the closes since its last one before, at most
   * `catchUp` of them. What is queued already stays as it is. Gives back how many executions are new.
   */
  async schedule(interval: Interval, closeTime: UnixMs, catchUp: number): Promise<number> {
    const sql = this.#sql;
    const due = await reached(sql<{ id: string; runs_after: UnixMs | null; newest: UnixMs | null }[]>`
      select id, runs_after, (select max(close_time) from public.executions where trader_id = traders.id
        and interval = ${interval} and close_time <= ${closeTime}) as newest
      from public.traders where enabled and trigger_interval = ${interval}`);
    const previous = (openTimeOf(interval, closeTime) - 1) as UnixMs;
    const beginning = due.filter(({ runs_after }) => runs_after === null).map(({ id }) => id);
    if (beginning.length > 0) {
      await reached(
        sql`update public.traders set runs_after = ${previous} where id = any(${beginning}::uuid[]) and runs_after is null`,
      );
    }
    const ids: string[] = [];
    const times: number[] = [];
    for (const { id, runs_after, newest } of due) {
      const after = runs_after === null ? previous : Math.max(runs_after, newest ?? runs_after);
      for (const time of closesAfter(interval, after, closeTime, catchUp)) {
        ids.push(id);
        times.push(time);
      }
    }
    if (ids.length === 0) return 0;
    // A trader that is deleted meanwhile must not make everybody's close fail: its row is held, or waited for and left out.
    const result = await reached(sql`
      insert into public.executions (trader_id, interval, close_time)
      select t.id, ${interval}, due.close_time
      from unnest(${ids}::uuid[], ${times}::bigint[]) as due (trader_id, close_time)
      join public.traders t on t.id = due.trader_id
      for key share of t
      on conflict do nothing`);
    return result.count;
  }

  /**
   * The last close of the market is this one: deletes executions of later closes, which never were, whatever came of them; else
   * they would stand in for the closes to come. Traders that were to begin after such a close begin now. The market that we ask may
   * be behind, just started or played back: executions stay that were queued after their close by the database's clock, or in the
   * last minute, and traders that begin with the next close. Gives back how many executions were deleted.
   */
  async turnBack(interval: Interval, lastClose: UnixMs): Promise<number> {
    const sql = this.#sql;
    const next = closeTimeOf(interval, (lastClose + 1) as UnixMs);
    const result = await reached(sql`
      with begun as (
        update public.traders set runs_after = ${lastClose} where trigger_interval = ${interval} and runs_after > ${next}
      )
      delete from public.executions e using public.traders t where e.trader_id = t.id and e.interval = ${interval}
        and e.close_time > ${lastClose} and e.close_time > extract(epoch from e.created_at) * 1000
        and e.created_at < now() - ${SPARED_MS}::integer * interval '1 millisecond'`);
    return result.count;
  }

  /**
   * Claims up to `limit` executions: new ones, and those whose lease has run out. Owners take turns, so that none waits for all that
   * another one has; an owner's oldest close comes first. A trader's closes are run in order, so that a cooldown doesn't depend on
   * chance. With what is in hand, an owner gets at most two thirds of the places that others leave: one that comes later finds some.
   */
  async claim(limit: number, leaseMs: number, inHand: InHand = NOTHING_IN_HAND): Promise<Claim[]> {
    const sql = this.#sql;
    const { concurrency, tokens, owners } = inHand;
    const inAll = [...owners.values()].reduce((sum, held) => sum + held, 0);
    const rows = await reached(sql<(TraderRow & ClaimRow)[]>`
      with held as (
        select * from unnest(${[...owners.keys()]}::text[], ${[...owners.values()]}::integer[]) as held (owner, executions)
      ), waiting as (
        select e.trader_id, e.interval, e.close_time, coalesce(held.executions, 0) as held, coalesce(held.executions, 0)
          + row_number() over (partition by t.owner order by e.close_time, e.trader_id) as turn
        from public.executions e join public.traders t on t.id = e.trader_id and t.enabled left join held on held.owner = t.owner
        where ${this.#isFree(tokens)} and not exists (select from public.executions p where p.trader_id = e.trader_id
          and p.interval = e.interval and p.close_time < e.close_time and p.status in ('queued', 'running'))
      ), free as (
        select e.trader_id, e.interval, e.close_time from public.executions e join waiting using (trader_id, interval, close_time)
        where waiting.turn <= greatest(1, ceil((${concurrency}::integer - ${inAll}::integer + waiting.held) * 2 / 3.0))
          and ${this.#isFree(tokens)}
        order by waiting.turn, e.close_time, e.trader_id limit ${limit} for update of e skip locked
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

  /** Ends one run; see {@link finishAll}. */
  async finish(claim: Claim, outcome: Outcome, pending: readonly Symbol[]): Promise<Signal[] | undefined> {
    const [signals] = await this.finishAll([{ claim, outcome, pending }]);
    return signals;
  }

  /**
   * Ends runs: their matches become signals, each once and none within the cooldown, and `pending` is kept for later. One
   * statement for all of them. Gives back the new signals of each, or undefined where the lease was lost meanwhile; then
   * nothing of it changed.
   */
  async finishAll(ended: readonly Ended[]): Promise<(Signal[] | undefined)[]> {
    const sql = this.#sql;
    const each = <Value>(value: (one: Ended) => Value): Value[] => ended.map(value);
    const matches = await matchRows(ended.map(({ outcome }) => outcome.matches));
    const rows = await reached(sql<(Partial<SignalRow> & { run: number; id: number | null })[]>`
      with ended as (
        select * from unnest(
          ${each(({ claim }) => claim.traderId)}::uuid[], ${each(({ claim }) => claim.interval as string)}::text[],
          ${each(({ claim }) => claim.closeTime)}::bigint[], ${each(({ claim }) => claim.token)}::uuid[],
          ${each(({ claim }) => claim.trader.version)}::integer[], ${each(({ claim }) => coolingFrom(claim, claim.trader))}::bigint[],
          ${each(({ outcome }) => (outcome.failed ? "failed" : "done"))}::text[], ${each(({ pending }) => pending.join(" "))}::text[],
          ${each(({ outcome }) => outcome.symbolsChecked)}::integer[], ${each(({ outcome }) => outcome.matches.length)}::integer[],
          ${each(({ outcome }) => outcome.skipped)}::integer[], ${each(({ outcome }) => outcome.errors)}::integer[],
          ${each(({ outcome }) => outcome.error)}::text[]
        ) with ordinality as ended (trader_id, interval, close_time, token, version, cooling_from, status, pending, checked, matches,
          skipped, errors, error, run)
      ), mine as (
        select ended.* from ended join public.executions e on e.trader_id = ended.trader_id and e.interval = ended.interval
          and e.close_time = ended.close_time
        where e.status = 'running' and e.lease_token = ended.token for update of e
      ), stored as (
        insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
        select mine.trader_id, mine.version, m.symbol, mine.interval, mine.close_time, m.price, m.facts::jsonb
        from json_to_recordset(${matches}::text::json) as m (run integer, symbol text, price double precision, facts json)
          join mine on mine.run = m.run
        where mine.cooling_from is null or not exists (select from public.signals s where s.trader_id = mine.trader_id
          and s.symbol = m.symbol and s.interval = mine.interval and s.close_time >= mine.cooling_from
          and s.close_time < mine.close_time)
        on conflict do nothing returning *
      ), counted as (
        select trader_id, interval, close_time, count(*) as signals from stored group by 1, 2, 3
      ), finished as (
        update public.executions e set status = mine.status, lease_token = null, lease_until = null,
          pending = array_remove(string_to_array(mine.pending, ' '), ''), symbols_checked = mine.checked, matches = mine.matches,
          signals = e.signals + coalesce(counted.signals, 0), skipped = mine.skipped, errors = mine.errors,
          error = mine.error, finished_at = clock_timestamp()
        from mine left join counted using (trader_id, interval, close_time)
        where e.trader_id = mine.trader_id and e.interval = mine.interval and e.close_time = mine.close_time
        returning mine.run
      )
      select finished.run::integer, stored.* from finished join mine on mine.run = finished.run
      left join stored on stored.trader_id = mine.trader_id and stored.interval = mine.interval and stored.close_time = mine.close_time
      order by finished.run, stored.symbol`);
    const results: (Signal[] | undefined)[] = ended.map(() => undefined);
    for (const row of rows) {
      const signals = results[row.run - 1] ?? [];
      results[row.run - 1] = signals;
      if (row.id !== null) signals.push(signalOf(row as SignalRow));
    }
    return results;
  }

  /** Ends the run of an execution's late symbols. Counts and stores those only that nobody else ran meanwhile. */
  async finishLate(late: Late, outcome: Outcome, ran: readonly Symbol[]): Promise<Signal[]> {
    const sql = this.#sql;
    const matched = outcome.matches.map(({ symbol }) => symbol as string);
    const rows = await reached(sql<(SignalRow & { stored: boolean })[]>`
      with mine as (
        select pending from public.executions where ${this.#is(late)} for update
      ), fresh as (
        select unnest(pending) as symbol from mine intersect select unnest(${[...ran]}::text[])
      ), stored as (
        insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
        select ${this.#candidates(late, late.trader, await matchRows([outcome.matches]))}
        where m.symbol in (select symbol from fresh) and ${this.#notCoolingDown(late, late.trader)}
        on conflict do nothing returning *
      ), finished as (
        update public.executions set
          pending = array(select unnest(mine.pending) except select symbol from fresh order by 1),
          symbols_checked = symbols_checked + (select count(*) from fresh),
          matches = matches + (select count(*) from fresh where symbol = any(${matched}::text[])),
          signals = signals + (select count(*) from stored),
          skipped = skipped + least(${outcome.skipped}, (select count(*) from fresh)),
          errors = errors + least(${outcome.errors}, (select count(*) from fresh)),
          error = coalesce(error, ${outcome.error}), finished_at = clock_timestamp()
        from mine where ${this.#is(late)} returning 1
      )
      select stored.id is not null as stored, stored.*
      from (select count(*) from finished) as one left join stored on true order by stored.symbol`);
    return rows.filter(({ stored }) => stored).map(signalOf);
  }

  /** Stores matches that no execution is kept for: a run by hand of some symbols, or of a close that was run before. */
  async storeBeside(key: ExecutionKey, trader: Trader, matches: readonly Match[]): Promise<Signal[]> {
    const rows = await reached(this.#sql<SignalRow[]>`
      insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
      select ${this.#candidates(key, trader, await matchRows([matches]))} where ${this.#notCoolingDown(key, trader)}
      on conflict do nothing returning *`);
    return rows.map(signalOf);
  }

  /** Gives a run back, to be claimed again after a while. Whether it spent an attempt is said by `isSpent`. */
  async release(claim: Claim, error: string, retryAfterMs: number, isSpent = true): Promise<void> {
    await reached(this.#sql`
      update public.executions set status = 'queued', lease_token = null, error = ${error},
        attempts = attempts - ${isSpent ? 0 : 1}::integer,
        lease_until = clock_timestamp() + ${retryAfterMs}::integer * interval '1 millisecond'
      where ${this.#is(claim)} and status = 'running' and lease_token = ${claim.token}`);
  }

  /** Ends all leases: for a process that knows that it is the only one, and has just started. */
  async releaseAll(): Promise<void> {
    await reached(this.#sql`
      update public.executions set status = 'queued', lease_token = null, lease_until = null where status in ('queued', 'running')`);
  }

  /** Executions that still wait for symbols. Owners take turns; an owner's oldest close comes first. */
  async late(interval: Interval, limit: number): Promise<Late[]> {
    const rows = await reached(this.#sql<(TraderRow & LateRow)[]>`
      select t.*, e.interval as run_interval, e.close_time as run_close_time, e.pending
      from public.executions e join public.traders t on t.id = e.trader_id
      where e.interval = ${interval} and e.pending <> '{}'
      order by row_number() over (partition by t.owner order by e.close_time, e.trader_id), e.close_time, e.trader_id
      limit ${limit}`);
    return rows.map((row) => ({
      traderId: row.id,
      interval: row.run_interval,
      closeTime: row.run_close_time,
      trader: traderOf(row),
      pending: row.pending,
    }));
  }

  /** Stops waiting for symbols of closes up to this one; they count as skipped. */
  async giveUpWaiting(interval: Interval, upTo: UnixMs): Promise<number> {
    const result = await reached(this.#sql`
      update public.executions set skipped = skipped + cardinality(pending), pending = '{}',
        error = coalesce(error, 'no candle came for ' || array_to_string(pending[1:10], ', '))
      where interval = ${interval} and pending <> '{}' and close_time <= ${upTo}`);
    return result.count;
  }

  /** The execution that was stored for a close, if any. */
  async has(key: ExecutionKey): Promise<boolean> {
    const [row] = await reached(
      this.#sql<{ status: string }[]>`select status from public.executions where ${this.#is(key)}`,
    );
    return row !== undefined;
  }

  /** Deletes executions that ended and are older than this; their signals stay. */
  async prune(olderThanDays: number): Promise<number> {
    const result = await reached(this.#sql`
      delete from public.executions where created_at < now() - ${olderThanDays}::integer * interval '1 day'
        and status in ('done', 'failed') and pending = '{}'`);
    return result.count;
  }

  /** Notes that closes which nobody told are being looked for, now. */
  async noteLook(): Promise<void> {
    await reached(this.#sql`
      insert into public.looks (looked_at) values (now()) on conflict (only_row) do update set looked_at = excluded.looked_at`);
  }

  /** When they were last looked for, and how long ago that is in milliseconds; null when they never were. */
  async lastLook(): Promise<{ lookedAt: UnixMs; ageMs: number } | null> {
    const [row] = await reached(this.#sql<{ looked_at: Date; age_ms: number }[]>`
      select looked_at, (extract(epoch from now() - looked_at) * 1000)::integer as age_ms from public.looks`);
    return row === undefined ? null : { lookedAt: row.looked_at.getTime() as UnixMs, ageMs: row.age_ms };
  }

  /** The intervals at whose closes an enabled trader runs. */
  async triggers(): Promise<Interval[]> {
    const rows = await reached(
      this.#sql<{ trigger_interval: Interval }[]>`select distinct trigger_interval from public.traders where enabled`,
    );
    return rows.map(({ trigger_interval }) => trigger_interval);
  }

  /** Whether an execution, called e, may be claimed by whoever has these tokens in hand: its own leases, run out or not, it needn't. */
  #isFree(tokens: readonly string[]): ReturnType<Sql> {
    const sql = this.#sql;
    return sql`e.status in ('queued', 'running') and (e.lease_until is null or e.lease_until < clock_timestamp())
      and (e.lease_token is null or e.lease_token <> all(${[...tokens]}::uuid[]))`;
  }

  #is(key: ExecutionKey): ReturnType<Sql> {
    const sql = this.#sql;
    return sql`trader_id = ${key.traderId} and interval = ${key.interval} and close_time = ${key.closeTime}`;
  }

  /** The columns of the signals that matches would become, from a row set called m. `matches`: by {@link matchRows}. */
  #candidates(key: ExecutionKey, trader: Trader, matches: string): ReturnType<Sql> {
    const sql = this.#sql;
    return sql`${key.traderId}::uuid, ${trader.version}::integer, m.symbol, ${key.interval}, ${key.closeTime}::bigint, m.price, m.facts::jsonb
      from json_to_recordset(${matches}::text::json) as m (symbol text, price double precision, facts json)`;
  }

  /** No signal of the symbol in the candles before: those at and after the close do not count, so a repeated run changes nothing. */
  #notCoolingDown(key: ExecutionKey, trader: Trader): ReturnType<Sql> {
    const sql = this.#sql;
    const from = coolingFrom(key, trader);
    if (from === null) return sql`true`;
    return sql`not exists (select from public.signals s where s.trader_id = ${key.traderId} and s.symbol = m.symbol
      and s.interval = ${key.interval} and s.close_time >= ${from} and s.close_time < ${key.closeTime})`;
  }
}

const NOTHING_IN_HAND: InHand = { concurrency: 1_000_000, tokens: [], owners: new Map() };

/** The first close at which a signal keeps a match from becoming another; null for a trader without a cooldown. */
function coolingFrom({ interval, closeTime }: ExecutionKey, { cooldownCandles }: Trader): UnixMs | null {
  return cooldownCandles === 0 ? null : addCandles(interval, openTimeOf(interval, closeTime), -cooldownCandles);
}

interface ClaimRow {
  readonly run_interval: Interval;
  readonly run_close_time: UnixMs;
  readonly lease_token: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly waiting: Symbol[];
}

interface LateRow {
  readonly run_interval: Interval;
  readonly run_close_time: UnixMs;
  readonly pending: Symbol[];
}

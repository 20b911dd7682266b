import type { Interval, UnixMs } from "../core/mod.ts";
import type { AlertEvent, Destination, DestinationAddress, QuietHours, Signal } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";
import { quietOf } from "./destinations-table.ts";
import { MailsTable } from "./mails-table.ts";
import { type AlertEventRow, alertEventOf } from "./price-alerts-table.ts";
import { type SignalRow, signalOf } from "./signals-table.ts";

/** Destinations of one owner that are sent to at the same time: slow receivers of one take no place from others. */
const MOST_OF_OWNER = 4;

/** A destination with signals that are due, and whose turn it is. */
export interface DueDestination {
  readonly id: string;
  /** Who has it. Another sender may take it when the lease has run out; so does a change of the address. */
  readonly token: string;
  readonly owner: string;
  readonly address: DestinationAddress;
  readonly digestAbove: number;
  readonly onChange: boolean;
  readonly quiet: QuietHours | null;
  readonly maxPerHour: number;
  /** Tries in a row that failed. */
  readonly failures: number;
}

/** Signals that wait, or price alerts that fired. */
export interface WaitingDelivery {
  readonly id: number;
  readonly about: "signals" | "alerts";
  /** Of the signals, or of what fired. */
  readonly ids: readonly number[];
  /** Null before the first try. */
  readonly isDigest: boolean | null;
  /** How many of them were accepted. */
  readonly sent: number;
  readonly ageMs: number;
  /** Whether a trader still runs at the close of its first signal: more may come. */
  readonly isRunning: boolean;
}

/** A signal with its trader's name. */
export interface NamedSignal {
  readonly signal: Signal;
  readonly traderName: string;
}

/** A signal that hasn't been tried, and the close of its trader's signal of the same symbol before it. */
export interface PrecededSignal {
  readonly id: number;
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly previous: UnixMs | null;
}

/** How long signals wait at most: since their first try, and since they were stored. Then they are given up. */
export interface WaitBounds {
  readonly triedHours: number;
  readonly storedHours: number;
  /** Rows of a destination that wait at most; the oldest go. */
  readonly rows: number;
}

/**
 * Signals, and price alerts that fired, on their way to destinations, as rows. Who sends holds a lease on the destination, so that its messages go out one after another. Who lost
 * the lease decides and tries nothing more, and changes nothing of the destination; what its last message came to still counts.
 */
export class DeliveriesTable {
  readonly #sql: Sql;
  /** Counts the e-mails among them. */
  readonly mails: MailsTable;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.mails = new MailsTable(sql);
  }

  /** Takes destinations that are due, for so long; at most `mails` of them are e-mail addresses, which share one server. */
  async claim(limit: number, leaseMs: number, mails: number = limit): Promise<DueDestination[]> {
    const sql = this.#sql;
    const rows = await reached(sql<DueRow[]>`
      update public.destinations d set lease_token = gen_random_uuid(), lease_until = ${after(sql, leaseMs)}
      where d.id in (
        select one.id from public.destinations one where one.id in (
          select turn.id from (select due.id, due.next_at, due.kind, row_number() over (partition by due.kind = 'email' order by due.next_at) as place from (
            select o.id, o.kind, o.next_at, row_number() over (partition by o.owner order by o.next_at) + (
              select count(*) from public.destinations busy where busy.owner = o.owner and busy.lease_until > clock_timestamp()) as place
            from public.destinations o
            where o.enabled and o.confirmed and o.next_at <= clock_timestamp() and coalesce(o.lease_until, '-infinity') <= clock_timestamp()
              and exists (select from public.deliveries w where w.destination_id = o.id and w.state = 'waiting')
          ) due where due.place <= ${MOST_OF_OWNER}) turn
          where turn.kind <> 'email' or turn.place <= ${mails} order by turn.next_at limit ${limit})
        and coalesce(one.lease_until, '-infinity') <= clock_timestamp() for no key update skip locked)
      returning ${dueColumns(sql)}`);
    return rows.map(dueOf);
  }

  /** Holds a destination for longer, and reads it anew. Undefined where another sender has it, or it was changed, deleted or switched off. */
  async renew({ id, token }: DueDestination, leaseMs: number): Promise<DueDestination | undefined> {
    const sql = this.#sql;
    const [row] = await reached(sql<DueRow[]>`
      update public.destinations d set lease_until = ${after(sql, leaseMs)}
      where d.id = ${id} and d.lease_token = ${token} and d.enabled and d.confirmed returning ${dueColumns(sql)}`);
    return row === undefined ? undefined : dueOf(row);
  }

  /** Gives a destination back, to be looked at again after so long; for a reason that its owner should know, where there is one. */
  async release(
    { id, token }: DueDestination,
    afterMs: number,
    waitsFor: Destination["waitsFor"] = null,
  ): Promise<void> {
    const sql = this.#sql;
    await reached(sql`
      update public.destinations set lease_token = null, lease_until = null, next_at = ${after(sql, afterMs)}, waits_for = ${waitsFor}
      where id = ${id} and lease_token = ${token}`);
  }

  /** Milliseconds until the next destination with waiting signals is due; undefined while none waits. */
  async nextIn(): Promise<number | undefined> {
    const [row] = await reached(this.#sql<{ in_ms: number | null }[]>`
      select extract(epoch from min(greatest(d.next_at, d.lease_until, clock_timestamp())) - clock_timestamp())::double precision * 1000 as in_ms
      from public.destinations d
      where d.enabled and d.confirmed and exists (select from public.deliveries w where w.destination_id = d.id and w.state = 'waiting')`);
    return row?.in_ms == null ? undefined : Math.max(0, row.in_ms);
  }

  /** The oldest rows that wait for a destination. */
  async waiting({ id }: DueDestination, limit: number): Promise<WaitingDelivery[]> {
    const rows = await reached(this.#sql<WaitingRow[]>`
      select w.id, w.signal_ids, w.alert_event_ids, w.is_digest, w.sent, extract(epoch from clock_timestamp() - w.created_at)::double precision * 1000 as age_ms,
        exists (select from public.signals s join public.executions e on e.trader_id = s.trader_id and e.interval = s.interval
          and e.close_time = s.close_time where s.id = w.signal_ids[1] and e.status in ('queued', 'running')) as is_running
      from public.deliveries w where w.destination_id = ${id} and w.state = 'waiting' order by w.id limit ${limit}`);
    return rows.map((row) => ({
      ...(row.signal_ids.length > 0
        ? { about: "signals", ids: row.signal_ids.map(Number) }
        : { about: "alerts", ids: row.alert_event_ids.map(Number) }),
      ...{ id: row.id, isDigest: row.is_digest, sent: row.sent, ageMs: row.age_ms, isRunning: row.is_running },
    }));
  }

  /** What price alerts of the destination's owner fired, in the order of the ids. What was deleted is left out. */
  async alerts({ id }: DueDestination, ids: readonly number[]): Promise<AlertEvent[]> {
    const rows = await reached(this.#sql<AlertEventRow[]>`
      select e.* from public.alert_events e join public.price_alerts a on a.id = e.alert_id
        join public.destinations d on d.id = ${id} and d.owner = a.owner
      where e.id = any(${[...ids]}::bigint[]) order by e.id`);
    return rows.map(alertEventOf);
  }

  /** Signals of the destination's owner in the order of their ids. Those that were deleted are left out. */
  async signals({ id }: DueDestination, ids: readonly number[]): Promise<NamedSignal[]> {
    const rows = await reached(this.#sql<(SignalRow & { trader_name: string })[]>`
      select s.*, t.name as trader_name from public.signals s join public.traders t on t.id = s.trader_id
        join public.destinations d on d.id = ${id} and d.owner = t.owner
      where s.id = any(${[...ids]}::bigint[]) order by s.id`);
    return rows.map((row) => ({ signal: signalOf(row), traderName: row.trader_name }));
  }

  /** Signals with the close of the signal before. */
  async preceded({ id }: DueDestination, ids: readonly number[]): Promise<PrecededSignal[]> {
    return await reached(this.#sql<PrecededSignal[]>`
      select s.id, s.interval, s.close_time as "closeTime",
        (select max(p.close_time) from public.signals p where p.trader_id = s.trader_id and p.symbol = s.symbol
          and p.interval = s.interval and p.close_time < s.close_time) as previous
      from public.signals s join public.traders t on t.id = s.trader_id join public.destinations d on d.id = ${id} and d.owner = t.owner
      where s.id = any(${[...ids]}::bigint[]) order by s.id`);
  }

  /**
   * Makes one row of untried ones of a kind, with these of what they are about, and decides how it is sent. False where another sender was there
   * first. Without any all of them end as `unchanged`.
   */
  async decide(
    { id, token }: DueDestination,
    rows: readonly WaitingDelivery[],
    kept: readonly number[],
    isDigest: boolean,
  ): Promise<boolean> {
    const [first, ...rest] = rows.map((row) => row.id);
    if (first === undefined) return true;
    const ids = rows[0]?.about === "alerts" ? "alert_event_ids" : "signal_ids";
    return await reached(
      this.#sql.begin(async (sql) => {
        const held =
          await sql`select from public.destinations where id = ${id} and lease_token = ${token} for no key update`;
        const untried = await sql`select from public.deliveries
          where id = any(${[first, ...rest]}::bigint[]) and state = 'waiting' and is_digest is null for update`;
        if (held.count === 0 || untried.count !== rows.length) return false;
        if (kept.length === 0) {
          await sql`update public.deliveries set state = 'unchanged', ended_at = clock_timestamp() where id = any(${[first, ...rest]}::bigint[])`;
          return true;
        }
        await sql`update public.deliveries set ${sql(ids)} = ${[...kept]}::bigint[], is_digest = ${isDigest} where id = ${first}`;
        await sql`update public.deliveries set state = 'merged', ended_at = clock_timestamp() where id = any(${rest}::bigint[])`;
        return true;
      }),
    );
  }

  /** Notes a try before it is made: a message that may have been sent isn't sent otherwise. False where the lease was lost. */
  async trying({ id, token }: DueDestination, delivery: number): Promise<boolean> {
    const { count } = await reached(this.#sql`
      update public.deliveries set attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, clock_timestamp())
      where id = ${delivery} and state = 'waiting'
        and exists (select from public.destinations d where d.id = ${id} and d.lease_token = ${token})`);
    return count > 0;
  }

  /** So many of what a row is about are accepted now; it has ended with the last one. */
  async accepted({ id, token }: DueDestination, delivery: number, sent: number, answer: string): Promise<void> {
    await reached(this.#sql`
      with taken as (
        update public.deliveries set sent = greatest(sent, ${sent}::integer), messages = messages + 1, last_sent_at = clock_timestamp(), answer = ${answer},
          state = case when ${sent}::integer >= cardinality(signal_ids || alert_event_ids) then 'done' else state end,
          ended_at = case when ${sent}::integer >= cardinality(signal_ids || alert_event_ids) then clock_timestamp() end
        where id = ${delivery} and state = 'waiting'
      )
      update public.destinations set failures = 0, failing_since = null, last_error = null, last_delivered_at = clock_timestamp()
      where id = ${id} and lease_token = ${token}`);
  }

  /** One isn't there any more: the next one of the row is sent. */
  async skipped({ id, token }: DueDestination, delivery: number, sent: number): Promise<void> {
    await reached(this.#sql`
      update public.deliveries set sent = ${sent} where id = ${delivery} and state = 'waiting'
        and exists (select from public.destinations d where d.id = ${id} and d.lease_token = ${token})`);
  }

  /** A try failed. `isRefused`: this message is never taken, and is given up. `isGone`: none is, and the destination is switched off. */
  async failed(
    { id, token }: DueDestination,
    delivery: number,
    { answer, isRefused, isGone }: { readonly answer: string; readonly isRefused: boolean; readonly isGone: boolean },
  ): Promise<void> {
    await reached(this.#sql`
      with tried as (
        update public.deliveries set answer = ${answer}, state = case when ${isRefused} then 'dead' else state end,
          ended_at = case when ${isRefused} then clock_timestamp() end
        where id = ${delivery} and state = 'waiting'
      )
      update public.destinations set failures = failures + 1, failing_since = coalesce(failing_since, clock_timestamp()),
        last_error = ${answer}, enabled = enabled and not ${isGone}
      where id = ${id} and lease_token = ${token}`);
  }

  /** Gives a row up that can't be sent. */
  async giveUp(delivery: number, why: string): Promise<void> {
    await reached(this.#sql`
      update public.deliveries set state = 'dead', answer = ${why}, ended_at = clock_timestamp() where id = ${delivery} and state = 'waiting'`);
  }

  /** Gives up what has waited for too long, and the oldest of too many rows. Gives back how many rows that were. */
  async expire({ id }: DueDestination, { triedHours, storedHours, rows }: WaitBounds): Promise<number> {
    const { count } = await reached(this.#sql`
      update public.deliveries set state = 'dead', ended_at = clock_timestamp(), answer = coalesce(answer, 'it waited for too long')
      where destination_id = ${id} and state = 'waiting' and (
        first_tried_at < clock_timestamp() - ${triedHours}::integer * interval '1 hour'
        or created_at < clock_timestamp() - ${storedHours}::integer * interval '1 hour'
        or id <= (select w.id from public.deliveries w where w.destination_id = ${id} and w.state = 'waiting'
          order by w.id desc offset ${rows} limit 1))`);
    return count;
  }

  /**
   * The same for all destinations that nobody sends to now: those that are switched off, or wait, too. A part of the rows at a time. Gives back how many
   * rows that were.
   */
  async expireAll({ triedHours, storedHours, rows }: WaitBounds, limit: number): Promise<number> {
    const { count } = await reached(this.#sql`
      with full_one as (
        select f.destination_id, (select w.id from public.deliveries w where w.destination_id = f.destination_id and w.state = 'waiting'
          order by w.id desc offset ${rows} limit 1) as last
        from (select destination_id from public.deliveries where state = 'waiting' group by 1 having count(*) > ${rows}) f
      )
      update public.deliveries set state = 'dead', ended_at = clock_timestamp(), answer = coalesce(answer, 'it waited for too long')
      where id = any(array(
        select w.id from public.deliveries w left join full_one f using (destination_id)
        where w.state = 'waiting' and (w.id <= f.last
          or w.first_tried_at < clock_timestamp() - ${triedHours}::integer * interval '1 hour'
          or w.created_at < clock_timestamp() - ${storedHours}::integer * interval '1 hour')
          and not exists (select from public.destinations d where d.id = w.destination_id and d.lease_until > clock_timestamp())
        order by w.id limit ${limit} for update of w skip locked))`);
    return count;
  }

  /** How many messages a destination got within the last hour, about, and in how many milliseconds the oldest of them is an hour old. */
  async lastHour({ id }: DueDestination): Promise<{ readonly count: number; readonly freeInMs: number }> {
    const [row] = await reached(this.#sql<{ count: number; free_in_ms: number | null }[]>`
      select coalesce(sum(messages), 0)::integer as count,
        extract(epoch from min(last_sent_at) + interval '1 hour' - clock_timestamp())::double precision * 1000 as free_in_ms
      from public.deliveries where destination_id = ${id} and last_sent_at > clock_timestamp() - interval '1 hour'`);
    return { count: row?.count ?? 0, freeInMs: Math.max(0, row?.free_in_ms ?? 0) };
  }

  /** Signals and price alerts that wait to be sent, to all destinations. */
  async backlog(): Promise<number> {
    const [row] = await reached(this.#sql<{ waiting: number }[]>`
      select coalesce(sum(cardinality(w.signal_ids || w.alert_event_ids) - w.sent), 0)::integer as waiting from public.deliveries w where w.state = 'waiting'`);
    return row?.waiting ?? 0;
  }

  /** Deletes rows that ended so many days ago, a part of them at a time. Gives back how many. */
  async sweep(days: number, limit: number): Promise<number> {
    const { count } = await reached(this.#sql`
      delete from public.deliveries where id = any(array(
        select id from public.deliveries where state <> 'waiting' and ended_at < now() - ${days}::integer * interval '1 day'
        order by ended_at limit ${limit}))`);
    return count;
  }
}

function after(sql: Sql, ms: number): ReturnType<Sql> {
  return sql`clock_timestamp() + ${Math.ceil(ms)}::bigint * interval '1 millisecond'`;
}

function dueColumns(sql: Sql): ReturnType<Sql> {
  return sql`d.id, d.lease_token as token, d.owner, d.address, d.digest_above, d.on_change, d.quiet_from, d.quiet_until, d.max_per_hour, d.failures`;
}

interface DueRow {
  readonly id: string;
  readonly token: string;
  readonly owner: string;
  readonly address: DestinationAddress;
  readonly digest_above: number;
  readonly on_change: boolean;
  readonly quiet_from: number | null;
  readonly quiet_until: number | null;
  readonly max_per_hour: number;
  readonly failures: number;
}

function dueOf(row: DueRow): DueDestination {
  return {
    ...{
      id: row.id,
      token: row.token,
      owner: row.owner,
      address: row.address,
      onChange: row.on_change,
      failures: row.failures,
    },
    ...{ digestAbove: row.digest_above, quiet: quietOf(row), maxPerHour: row.max_per_hour },
  };
}

interface WaitingRow {
  readonly id: number;
  readonly signal_ids: (number | string)[];
  readonly alert_event_ids: (number | string)[];
  readonly is_digest: boolean | null;
  readonly sent: number;
  readonly age_ms: number;
  readonly is_running: boolean;
}

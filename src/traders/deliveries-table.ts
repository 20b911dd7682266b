import type { Interval, UnixMs } from "../core/mod.ts";
import type { DestinationAddress, QuietHours, Signal } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";
import { quietOf } from "./destinations-table.ts";
import { type SignalRow, signalOf } from "./signals-table.ts";

/** A destination with messages that are due, and whose turn it is. */
export interface DueDestination {
  readonly id: string;
  /** Who has it: another sender may take it when the lease has run out. */
  readonly token: string;
  readonly address: DestinationAddress;
  readonly digestAbove: number;
  readonly onChange: boolean;
  readonly quiet: QuietHours | null;
  readonly maxPerHour: number;
  /** Tries in a row that failed. */
  readonly failures: number;
}

/** A message that waits, the oldest first. */
export interface WaitingDelivery {
  readonly id: number;
  readonly key: string;
  readonly signalIds: readonly number[];
  /** Waits because of quiet hours or an hour's bound. */
  readonly isHeld: boolean;
  readonly ageMs: number;
  /** Of its first signal; null where that was deleted. */
  readonly close: {
    readonly traderId: string;
    readonly interval: Interval;
    readonly closeTime: UnixMs;
    /** Whether the trader still runs at this close: more signals may come. */
    readonly isRunning: boolean;
    /** The close of the trader's signal of this symbol before this one. */
    readonly previous: UnixMs | null;
  } | null;
}

/** A signal with its trader's name. */
export interface NamedSignal {
  readonly signal: Signal;
  readonly traderName: string;
}

/** Messages to destinations, as rows. Who sends holds a lease on the destination, so that its messages go out one after another. */
export class DeliveriesTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Takes destinations that are due, for so long. */
  async claim(limit: number, leaseMs: number): Promise<DueDestination[]> {
    const rows = await reached(this.#sql<DueRow[]>`
      update public.destinations d set lease_token = gen_random_uuid(),
        lease_until = clock_timestamp() + ${leaseMs}::integer * interval '1 millisecond'
      where d.id in (
        select one.id from public.destinations one
        where one.enabled and one.next_at <= clock_timestamp() and coalesce(one.lease_until, '-infinity') <= clock_timestamp()
          and exists (select from public.deliveries w where w.destination_id = one.id and w.state = 'waiting')
        order by one.next_at limit ${limit} for update skip locked)
      returning d.id, d.lease_token as token, d.address, d.digest_above, d.on_change, d.quiet_from, d.quiet_until, d.max_per_hour, d.failures`);
    return rows.map((row) => ({
      ...{ id: row.id, token: row.token, address: row.address, onChange: row.on_change, failures: row.failures },
      ...{ digestAbove: row.digest_above, quiet: quietOf(row), maxPerHour: row.max_per_hour },
    }));
  }

  /** Holds a destination for longer. False where another sender has it, or it was deleted or switched off. */
  async renew({ id, token }: DueDestination, leaseMs: number): Promise<boolean> {
    const { count } = await reached(this.#sql`
      update public.destinations set lease_until = clock_timestamp() + ${leaseMs}::integer * interval '1 millisecond'
      where id = ${id} and lease_token = ${token} and enabled`);
    return count > 0;
  }

  /** Gives a destination back, to be looked at again after so long. */
  async release({ id, token }: DueDestination, afterMs: number): Promise<void> {
    await reached(this.#sql`
      update public.destinations set lease_token = null, lease_until = null,
        next_at = clock_timestamp() + ${Math.ceil(afterMs)}::bigint * interval '1 millisecond'
      where id = ${id} and lease_token = ${token}`);
  }

  /** Milliseconds until the next destination with waiting messages is due; undefined while none waits. */
  async nextIn(): Promise<number | undefined> {
    const [row] = await reached(this.#sql<{ in_ms: number | null }[]>`
      select extract(epoch from min(greatest(d.next_at, d.lease_until)) - clock_timestamp())::double precision * 1000 as in_ms
      from public.destinations d
      where d.enabled and exists (select from public.deliveries w where w.destination_id = d.id and w.state = 'waiting')`);
    return row?.in_ms == null ? undefined : Math.max(0, row.in_ms);
  }

  /** The oldest messages that wait for a destination. */
  async waiting({ id }: DueDestination, limit: number): Promise<WaitingDelivery[]> {
    const rows = await reached(this.#sql<WaitingRow[]>`
      select w.id, w.key, w.signal_ids, w.held, extract(epoch from clock_timestamp() - w.created_at)::double precision * 1000 as age_ms,
        s.trader_id, s.interval, s.close_time,
        exists (select from public.executions e where e.trader_id = s.trader_id and e.interval = s.interval
          and e.close_time = s.close_time and e.status in ('queued', 'running')) as is_running,
        (select max(p.close_time) from public.signals p where p.trader_id = s.trader_id and p.symbol = s.symbol
          and p.interval = s.interval and p.close_time < s.close_time) as previous
      from (select * from public.deliveries where destination_id = ${id} and state = 'waiting' order by id limit ${limit}) w
        left join public.signals s on s.id = w.signal_ids[1]
      order by w.id`);
    return rows.map(waitingOf);
  }

  /** Signals in the order of their ids. Those that were deleted are left out. */
  async signals(ids: readonly number[]): Promise<NamedSignal[]> {
    const rows = await reached(this.#sql<(SignalRow & { trader_name: string })[]>`
      select s.*, t.name as trader_name from public.signals s join public.traders t on t.id = s.trader_id
      where s.id = any(${[...ids]}::bigint[]) order by s.id`);
    return rows.map((row) => ({ signal: signalOf(row), traderName: row.trader_name }));
  }

  /** Makes one message of several; it takes the first one's place. Gives it back. */
  async merge(messages: readonly WaitingDelivery[]): Promise<Pick<WaitingDelivery, "id" | "key" | "signalIds">> {
    const [first, ...rest] = messages as [WaitingDelivery, ...WaitingDelivery[]];
    const signalIds = messages.flatMap((one) => one.signalIds);
    const key = `digest-${first.id}`;
    await reached(
      this.#sql.begin(async (sql) => {
        await sql`update public.deliveries set key = ${key}, signal_ids = ${signalIds}::bigint[], held = false where id = ${first.id}`;
        await sql`update public.deliveries set state = 'merged', ended_at = clock_timestamp()
          where id = any(${rest.map(({ id }) => id)}::bigint[])`;
      }),
    );
    return { id: first.id, key, signalIds };
  }

  /** What waits now waits for the same reason: it is sent as one. */
  async hold({ id }: DueDestination): Promise<void> {
    await reached(
      this
        .#sql`update public.deliveries set held = true where destination_id = ${id} and state = 'waiting' and not held`,
    );
  }

  /** How many messages a destination got within the last hour, and in how many milliseconds the oldest of them is an hour old. */
  async lastHour({ id }: DueDestination): Promise<{ readonly count: number; readonly freeInMs: number }> {
    const [row] = await reached(this.#sql<{ count: number; free_in_ms: number | null }[]>`
      select count(*)::integer as count,
        extract(epoch from min(ended_at) + interval '1 hour' - clock_timestamp())::double precision * 1000 as free_in_ms
      from public.deliveries where destination_id = ${id} and state = 'done' and ended_at > clock_timestamp() - interval '1 hour'`);
    return { count: row?.count ?? 0, freeInMs: Math.max(0, row?.free_in_ms ?? 0) };
  }

  async accepted({ id }: DueDestination, delivery: number, answer: string): Promise<void> {
    await reached(this.#sql`
      with sent as (
        update public.deliveries set state = 'done', attempts = attempts + 1, answer = ${answer}, ended_at = clock_timestamp()
        where id = ${delivery}
      )
      update public.destinations set failures = 0, failing_since = null, last_error = null, last_delivered_at = clock_timestamp()
      where id = ${id}`);
  }

  /** A try failed; `isOver`: there won't be another one. */
  async failed({ id }: DueDestination, delivery: number, answer: string, isOver: boolean): Promise<void> {
    await reached(this.#sql`
      with tried as (
        update public.deliveries set attempts = attempts + 1, answer = ${answer},
          state = case when ${isOver} then 'dead' else state end, ended_at = case when ${isOver} then clock_timestamp() end
        where id = ${delivery}
      )
      update public.destinations set failures = failures + 1, failing_since = coalesce(failing_since, clock_timestamp()), last_error = ${answer}
      where id = ${id}`);
  }

  /** Ends a message that isn't sent at all. */
  async drop(delivery: number, state: "dead" | "unchanged", why: string | null): Promise<void> {
    await reached(this.#sql`
      update public.deliveries set state = ${state}, answer = ${why}, ended_at = clock_timestamp() where id = ${delivery}`);
  }

  /** The receiver wants nothing any more. */
  async disable({ id }: DueDestination, why: string): Promise<void> {
    await reached(this.#sql`update public.destinations set enabled = false, last_error = ${why} where id = ${id}`);
  }

  /** Deletes messages that ended so many days ago, a part of them at a time. Gives back how many. */
  async sweep(days: number, limit: number): Promise<number> {
    const { count } = await reached(this.#sql`
      delete from public.deliveries where id = any(array(
        select id from public.deliveries where state <> 'waiting' and ended_at < now() - ${days}::integer * interval '1 day'
        order by ended_at limit ${limit}))`);
    return count;
  }
}

interface DueRow {
  readonly id: string;
  readonly token: string;
  readonly address: DestinationAddress;
  readonly digest_above: number;
  readonly on_change: boolean;
  readonly quiet_from: number | null;
  readonly quiet_until: number | null;
  readonly max_per_hour: number;
  readonly failures: number;
}

interface WaitingRow {
  readonly id: number;
  readonly key: string;
  readonly signal_ids: (number | string)[];
  readonly held: boolean;
  readonly age_ms: number;
  readonly trader_id: string | null;
  readonly interval: Interval | null;
  readonly close_time: UnixMs | null;
  readonly is_running: boolean;
  readonly previous: UnixMs | null;
}

function waitingOf(row: WaitingRow): WaitingDelivery {
  const { trader_id: traderId, interval, close_time: closeTime, is_running: isRunning, previous } = row;
  const isThere = traderId !== null && interval !== null && closeTime !== null;
  return {
    ...{ id: row.id, key: row.key, signalIds: row.signal_ids.map(Number), isHeld: row.held, ageMs: row.age_ms },
    close: isThere ? { traderId, interval, closeTime, isRunning, previous } : null,
  };
}

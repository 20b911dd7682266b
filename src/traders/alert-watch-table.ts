import { EVENT_LIMITS, type Firing, type SideChange, type WatchedAlert } from "../alerts/mod.ts";
import type { MarketId, Symbol, UnixMs } from "../core/mod.ts";
import type { AlertCondition, AlertState } from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";

/** An alert as the watcher reads it. It knows itself since when it has seen the market. */
export interface AlertToWatch extends Omit<WatchedAlert, "seenAt"> {
  readonly state: AlertState;
  readonly armedAt: UnixMs;
  /** Whether it waits for the next UTC day, because its owner's alerts have fired as often as they may on this one. */
  readonly isPaused: boolean;
}

/** Price alerts as the watcher reads and writes them: of all owners. */
export class AlertWatchTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Alerts that changed after a revision, in the order of their revisions. `activeOnly`: for a first reading. */
  async changed(after: number, limit: number, activeOnly: boolean): Promise<AlertToWatch[]> {
    const sql = this.#sql;
    const rows = await reached(sql<WatchRow[]>`
      select ${columns(sql)} from public.price_alerts a where a.revision > ${after}::bigint ${activeOnly ? sql`and a.state = 'active'` : sql``}
      order by a.revision limit ${limit}`);
    return rows.map(watchOf);
  }

  /** These alerts, as far as they are there. */
  async read(ids: readonly string[]): Promise<AlertToWatch[]> {
    const sql = this.#sql;
    const rows = await reached(
      sql<WatchRow[]>`select ${columns(sql)} from public.price_alerts a where a.id = any(${[...ids]}::uuid[])`,
    );
    return rows.map(watchOf);
  }

  /** Which of these alerts are active. */
  async active(ids: readonly string[]): Promise<Set<string>> {
    const rows = await reached(
      this.#sql<{ id: string }[]>`
        select id from public.price_alerts where id = any(${[...ids]}::uuid[]) and state = 'active'`,
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Up to when each market was watched. */
  async seen(): Promise<Map<string, UnixMs>> {
    const rows = await reached(
      this.#sql<{ market: string; seen_at: number }[]>`select market, seen_at from public.alert_watches`,
    );
    return new Map(rows.map(({ market, seen_at }) => [market, Number(seen_at) as UnixMs]));
  }

  /**
   * Stores what fired with the messages about it, in one transaction. An alert that was changed or ended since, or that fired after `since`
   * already, as another server saw it, isn't stored; nor is what is above an owner's events of a day. Gives back the ids of those that were.
   */
  async fire(firings: readonly Firing[]): Promise<Set<string>> {
    const rows = await reached(
      this.#sql<{ alert_id: string }[]>`
        with fired as (
          select * from json_to_recordset(${JSON.stringify(firings)}::text::json) as f (id uuid, revision bigint, side text, direction text,
            price double precision, reference double precision, value double precision, at bigint, since bigint, "isBlind" boolean,
            "openTime" bigint, "isOpen" boolean)
        ), held as (
          select a.id, a.owner, a.revision, a.state, a.expires_at, a.last_fired_at, a.again_minutes
          from public.price_alerts a where a.id in (select id from fired) order by a.id for no key update
        ), due as (
          select f.*, a.owner, row_number() over (partition by a.owner order by f.at, f.id) as place from fired f join held a using (id)
          where a.revision = f.revision and a.state = 'active' and (a.expires_at is null or f.at < a.expires_at)
            and (a.last_fired_at is null
              or (a.last_fired_at <= f.since and (a.again_minutes is null or f.at >= a.last_fired_at + a.again_minutes * 60000::bigint)))
        ), marked as (
          update public.price_alerts a set state = case when a.again_minutes is null then 'fired' else 'active' end, side = f.side,
            last_fired_at = f.at, fires = a.fires + 1
          from due f left join public.alert_days d on d.owner = f.owner and d.day = ${today(this.#sql)}
          where a.id = f.id and f.place + coalesce(d.events, 0) <= ${EVENT_LIMITS.day}
          returning a.id, a.owner, a.symbol, a.condition, a.note, f.direction, f.price, f.reference, f.value, f.at,
            case when f."isBlind" then f.since end as since, f."openTime" as open_time, f."isOpen" as is_open
        ), counted as (
          insert into public.alert_days as d (owner, day, events) select owner, ${today(this.#sql)}, count(*) from marked group by owner order by owner
          on conflict (owner) do update set day = excluded.day,
            events = excluded.events + case when d.day = excluded.day then d.events else 0 end
        )
        insert into public.alert_events (alert_id, symbol, condition, note, direction, price, reference, value, at, since, open_time, in_open_candle)
        select id, symbol, condition, note, direction, price, reference, value, at, since, open_time, is_open from marked order by at, id
        returning alert_id`,
    );
    return new Set(rows.map(({ alert_id }) => alert_id));
  }

  /** Keeps sides, and up to when they are known, for the next run to begin with. */
  async note(sides: readonly SideChange[], seen: ReadonlyMap<MarketId, UnixMs>): Promise<void> {
    const markets = [...seen].map(([market, at]) => ({ market, at }));
    await reached(
      this.#sql.begin(async (sql) => {
        if (sides.length > 0)
          await sql`
            update public.price_alerts a set side = s.side
            from (select p.id, s.side from json_to_recordset(${JSON.stringify(sides)}::text::json) as s (id uuid, revision bigint, side text)
              join public.price_alerts p on p.id = s.id and p.revision = s.revision order by p.id for no key update of p) s
            where a.id = s.id`;
        await sql`
          insert into public.alert_watches as w (market, seen_at)
          select market, at from json_to_recordset(${JSON.stringify(markets)}::text::json) as s (market text, at bigint) order by market
          on conflict (market) do update set seen_at = greatest(w.seen_at, excluded.seen_at)`;
      }),
    );
  }

  /** Ends the alerts of a market whose time is over, or whose line is. */
  async expire(market: MarketId, now: UnixMs): Promise<void> {
    await reached(this.#sql`
      update public.price_alerts set state = 'expired'
      where state = 'active' and (expires_at <= ${now}
        or (condition ->> 'extended' = 'false' and (condition -> 'to' ->> 'time')::bigint < ${now})) and coalesce(public.vyx_market_of(symbol), 'binance') = ${market}`);
  }

  /** Ends alerts that can't be watched any more, with the reason. */
  async fail(ids: readonly string[], problem: string): Promise<void> {
    await reached(this.#sql`
      update public.price_alerts set state = 'failed', problem = ${problem} where id = any(${[...ids]}::uuid[]) and state = 'active'`);
  }

  /** Deletes an alert's events that so many newer ones follow, a part of them at a time. Gives back how many. */
  async trim(newest: number, limit: number): Promise<number> {
    const { count } = await reached(this.#sql`
      delete from public.alert_events where id = any(array(
        select e.id from (
          select a.id, (select n.id from public.alert_events n where n.alert_id = a.id order by n.id desc offset ${newest} limit 1) as last
          from public.price_alerts a where a.fires > ${newest}
        ) full_alert join public.alert_events e on e.alert_id = full_alert.id and e.id <= full_alert.last order by e.id limit ${limit}))`);
    return count;
  }

  /** Deletes events of so many days ago, a part of them at a time. Gives back how many. */
  async sweep(days: number, limit: number): Promise<number> {
    const { count } = await reached(this.#sql`
      delete from public.alert_events where id = any(array(
        select id from public.alert_events where created_at < now() - ${days}::integer * interval '1 day' order by created_at limit ${limit}))`);
    return count;
  }
}

function columns(sql: Sql): ReturnType<Sql> {
  return sql`a.id, a.revision, a.state, a.symbol, a.condition, a.again_minutes, a.expires_at, a.last_fired_at, a.side, a.armed_at,
    ${isPaused(sql)} as is_paused`;
}

/** Whether the alerts of the owner of `a` have fired as often today as they may. */
export function isPaused(sql: Sql): ReturnType<Sql> {
  return sql`exists (select from public.alert_days t where t.owner = a.owner and t.day = ${today(sql)} and t.events >= ${EVENT_LIMITS.day})`;
}

function today(sql: Sql): ReturnType<Sql> {
  return sql`(now() at time zone 'utc')::date`;
}

interface WatchRow {
  readonly id: string;
  readonly revision: number;
  readonly state: AlertState;
  readonly symbol: Symbol;
  readonly condition: AlertCondition;
  readonly again_minutes: number | null;
  readonly expires_at: number | null;
  readonly last_fired_at: number | null;
  readonly side: AlertToWatch["side"];
  readonly armed_at: number;
  readonly is_paused: boolean;
}

function watchOf(row: WatchRow): AlertToWatch {
  const moment = (value: number | null): UnixMs | null => (value === null ? null : (Number(value) as UnixMs));
  return {
    ...{ id: row.id, revision: Number(row.revision), state: row.state, symbol: row.symbol, condition: row.condition },
    ...{ again: row.again_minutes, expiresAt: moment(row.expires_at), lastFiredAt: moment(row.last_fired_at) },
    ...{ side: row.side, armedAt: Number(row.armed_at) as UnixMs, isPaused: row.is_paused },
  };
}

import postgres from "postgres";
import { EVENT_LIMITS } from "../alerts/mod.ts";
import { assert, type Symbol, type UnixMs, VyxError } from "../core/mod.ts";
import type {
  AlertCondition,
  AlertEvent,
  AlertEventsQuery,
  AlertState,
  NewPriceAlert,
  PriceAlert,
  PriceAlertChange,
} from "../wire/mod.ts";
import { isPaused } from "./alert-watch-table.ts";
import { reached, type Sql } from "./database.ts";
import { EVERYONE, type Owner } from "./traders-table.ts";

/** What the trigger raises where there are as many alerts as there may be. */
const TOO_MANY = "VYX01";

/** What the database raises for a destination that isn't there. */
const NO_SUCH_ROW = "23503";

/** Why an active alert doesn't fire any more today. */
const PAUSED = `your price alerts have fired ${EVENT_LIMITS.day} times since 00:00 UTC, the most of one day: they go on at 00:00 UTC`;

/** There are as many alerts as there may be. */
export class TooManyAlerts extends VyxError {
  readonly code = "too_many_alerts";
  readonly retryable = false;
}

/** The destination that an alert names isn't one of its owner's. */
export class UnknownDestination extends VyxError {
  readonly code = "unknown_destination";
  readonly retryable = false;
}

/** From when an alert watches, and where the price is then. */
export interface Arming {
  readonly armedAt: UnixMs;
  readonly side: "below" | "above" | null;
}

/** Price alerts and what they fired, as rows. Every method takes whose they must be; others' rows are as if they weren't there. */
export class PriceAlertsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first: an owner has few. */
  async list(owner: Owner): Promise<PriceAlert[]> {
    const rows = await reached(
      this.#select(this.#sql`where true ${this.#owned(owner)} order by a.created_at desc, a.id limit 500`),
    );
    return rows.map(alertOf);
  }

  async read(owner: Owner, id: string): Promise<PriceAlert | undefined> {
    const [row] = await reached(this.#select(this.#sql`where a.id = ${id} ${this.#owned(owner)}`));
    return row === undefined ? undefined : alertOf(row);
  }

  /** Throws {@link TooManyAlerts}, {@link UnknownDestination}. */
  async create(owner: string, asked: NewPriceAlert, { armedAt, side }: Arming): Promise<PriceAlert> {
    const sql = this.#sql;
    const { symbol, condition, note, again, expiresAt, destinationId } = asked;
    await this.#checkDestination(owner, destinationId);
    const id = await refusable(async () => {
      const [row] = await reached(sql<{ id: string }[]>`
        insert into public.price_alerts (owner, symbol, kind, condition, note, again_minutes, expires_at, destination_id, armed_at, side, revision)
        values (${owner}, ${symbol}, ${condition.kind}, ${sql.json({ ...condition } as never)}, ${note}, ${again}, ${expiresAt}, ${destinationId},
          ${armedAt}, ${side}, 0)
        returning id`);
      return row?.id;
    });
    const made = id === undefined ? undefined : await this.read(owner, id);
    assert(made !== undefined, "an insert that isn't refused leaves its row");
    return made;
  }

  /**
   * Changes what is given; with an arming the alert watches anew from then on. Undefined if there is no such alert. Throws
   * {@link TooManyAlerts}, {@link UnknownDestination}.
   */
  async update(
    owner: Owner,
    id: string,
    change: PriceAlertChange,
    arming: Arming | undefined,
  ): Promise<PriceAlert | undefined> {
    const sql = this.#sql;
    const columns = columnsOf(sql, change, arming);
    if (change.destinationId !== undefined && change.destinationId !== null) {
      const [row] = await reached(
        sql<{ owner: string }[]>`select a.owner from public.price_alerts a where a.id = ${id} ${this.#owned(owner)}`,
      );
      if (row === undefined) return undefined;
      await this.#checkDestination(row.owner, change.destinationId);
    }
    if (columns.length > 0) {
      const set = columns.reduce((all, one) => sql`${all}, ${one}`);
      await refusable(() =>
        reached(sql`update public.price_alerts a set ${set} where a.id = ${id} ${this.#owned(owner)}`),
      );
    }
    return await this.read(owner, id);
  }

  /** Deletes one with its events. False if there is none. */
  async delete(owner: Owner, id: string): Promise<boolean> {
    const { count } = await reached(
      this.#sql`delete from public.price_alerts a where a.id = ${id} ${this.#owned(owner)}`,
    );
    return count > 0;
  }

  /** What fired, newest first. */
  async events(
    owner: Owner,
    { alertId, cursor, limit }: AlertEventsQuery,
  ): Promise<{ events: AlertEvent[]; cursor: string | null }> {
    const sql = this.#sql;
    const rows = await reached(sql<AlertEventRow[]>`
      select e.* from public.alert_events e join public.price_alerts a on a.id = e.alert_id
      where true ${this.#owned(owner)}
        ${alertId === undefined ? sql`` : sql`and e.alert_id = ${alertId}`}
        ${cursor === undefined ? sql`` : sql`and e.id < ${Number(cursor)}::bigint`}
      order by e.id desc limit ${limit + 1}`);
    const page = rows.slice(0, limit);
    return { events: page.map(alertEventOf), cursor: rows.length > limit ? String(page.at(-1)?.id) : null };
  }

  async #checkDestination(owner: string, id: string | null): Promise<void> {
    if (id === null) return;
    const rows = await reached(this.#sql`select from public.destinations d where d.id = ${id} and d.owner = ${owner}`);
    if (rows.length === 0) throw noDestination();
  }

  #select(rest: ReturnType<Sql>) {
    return this.#sql<AlertRow[]>`
      select a.id, a.symbol, a.condition, a.note, a.again_minutes, a.expires_at, a.destination_id, a.state, a.armed_at,
        case when a.state = 'active' and ${isPaused(this.#sql)} then ${PAUSED} else a.problem end as problem, a.fires,
        a.created_at, (select to_jsonb(e) from public.alert_events e where e.alert_id = a.id order by e.id desc limit 1) as last_event
      from public.price_alerts a ${rest}`;
  }

  #owned(owner: Owner): ReturnType<Sql> {
    return owner === EVERYONE ? this.#sql`` : this.#sql`and a.owner = ${owner}`;
  }
}

function noDestination(cause?: unknown): UnknownDestination {
  return new UnknownDestination("there is no such destination of yours: GET destinations lists those that are", {
    cause,
  });
}

async function refusable<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof postgres.PostgresError)) throw cause;
    if (cause.code === TOO_MANY) throw new TooManyAlerts(cause.message, { cause });
    // It was deleted since it was looked for.
    if (cause.code === NO_SUCH_ROW) throw noDestination(cause);
    throw cause;
  }
}

function columnsOf(
  sql: Sql,
  { condition, active, ...rules }: PriceAlertChange,
  arming: Arming | undefined,
): ReturnType<Sql>[] {
  const columns: ReturnType<Sql>[] = [];
  if (rules.symbol !== undefined) columns.push(sql`symbol = ${rules.symbol}`);
  if (condition !== undefined)
    columns.push(sql`kind = ${condition.kind}, condition = ${sql.json({ ...condition } as never)}`);
  if (rules.note !== undefined) columns.push(sql`note = ${rules.note}`);
  if (rules.again !== undefined) columns.push(sql`again_minutes = ${rules.again}`);
  if (rules.expiresAt !== undefined) columns.push(sql`expires_at = ${rules.expiresAt}`);
  if (rules.destinationId !== undefined) columns.push(sql`destination_id = ${rules.destinationId}`);
  if (active === false) columns.push(sql`state = 'off', problem = null`);
  else if (arming !== undefined) {
    const { armedAt, side } = arming;
    columns.push(sql`state = 'active', problem = null, armed_at = ${armedAt}, side = ${side}, last_fired_at = null`);
  }
  return columns;
}

interface AlertRow {
  readonly id: string;
  readonly symbol: Symbol;
  readonly condition: AlertCondition;
  readonly note: string;
  readonly again_minutes: number | null;
  readonly expires_at: number | null;
  readonly destination_id: string | null;
  readonly state: AlertState;
  readonly problem: string | null;
  readonly armed_at: number;
  readonly fires: number;
  readonly created_at: Date;
  readonly last_event: AlertEventRow | null;
}

function alertOf(row: AlertRow): PriceAlert {
  return {
    id: row.id,
    symbol: row.symbol,
    condition: row.condition,
    note: row.note,
    again: row.again_minutes,
    expiresAt: row.expires_at === null ? null : (Number(row.expires_at) as UnixMs),
    destinationId: row.destination_id,
    state: row.state,
    problem: row.problem,
    fires: row.fires,
    lastEvent: row.last_event === null ? null : alertEventOf(row.last_event),
    armedAt: Number(row.armed_at) as UnixMs,
    createdAt: row.created_at.getTime() as UnixMs,
  };
}

/** A row of what fired. */
export interface AlertEventRow {
  readonly id: number;
  readonly alert_id: string;
  readonly symbol: Symbol;
  readonly condition: AlertCondition;
  readonly note: string;
  readonly direction: AlertEvent["direction"];
  readonly price: number;
  readonly reference: number;
  readonly value: number;
  readonly at: number;
  readonly since: number | null;
  readonly open_time: number;
  readonly in_open_candle: boolean;
}

/** A row as the API returns it. */
export function alertEventOf(row: AlertEventRow): AlertEvent {
  return {
    id: Number(row.id),
    alertId: row.alert_id,
    symbol: row.symbol,
    condition: row.condition,
    note: row.note,
    direction: row.direction,
    price: row.price,
    reference: row.reference,
    value: row.value,
    at: Number(row.at) as UnixMs,
    since: row.since === null ? null : (Number(row.since) as UnixMs),
    openTime: Number(row.open_time) as UnixMs,
    inOpenCandle: row.in_open_candle,
  };
}

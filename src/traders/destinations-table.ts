import postgres from "postgres";
import { assert, type UnixMs, VyxError } from "../core/mod.ts";
import type {
  DeliveriesQuery,
  Delivery,
  Destination,
  DestinationAddress,
  DestinationChange,
  DestinationKind,
  NewDestination,
  QuietHours,
} from "../wire/mod.ts";
import { reached, type Sql } from "./database.ts";
import { EVERYONE, type Owner } from "./traders-table.ts";

/** What the trigger raises for an owner with as many destinations as one may have. */
const TOO_MANY = "VYX01";

/** An owner has as many destinations as one may have. */
export class TooManyDestinations extends VyxError {
  readonly code = "too_many_destinations";
  readonly retryable = false;
}

/** Where signals are sent to, as rows. Every method takes whose they must be; others' rows are as if they weren't there. */
export class DestinationsTable {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Oldest first: an owner has few. */
  async list(owner: Owner): Promise<Destination[]> {
    const rows = await reached(
      this.#select(this.#sql`where true ${this.#owned(owner)} order by d.created_at, d.id limit 500`),
    );
    return rows.map(destinationOf);
  }

  async read(owner: Owner, id: string): Promise<Destination | undefined> {
    const [row] = await reached(this.#select(this.#sql`where d.id = ${id} ${this.#owned(owner)}`));
    return row === undefined ? undefined : destinationOf(row);
  }

  /** Its address with the secrets, to send a message there. */
  async address(owner: Owner, id: string): Promise<DestinationAddress | undefined> {
    const [row] = await reached(this.#sql<{ address: DestinationAddress }[]>`
      select d.address from public.destinations d where d.id = ${id} ${this.#owned(owner)}`);
    return row?.address;
  }

  /** `is`: its id, and whether its address needs no code any more. Throws {@link TooManyDestinations}. */
  async create(
    owner: string,
    { address, quiet, traders, ...rules }: NewDestination,
    is: { readonly id: string; readonly confirmed: boolean } = { id: crypto.randomUUID(), confirmed: true },
  ): Promise<Destination> {
    const sql = this.#sql;
    const inserted = sql<{ id: string }[]>`
      insert into public.destinations (id, confirmed, owner, name, kind, address, shown, enabled, traders, digest_above, on_change, quiet_from, quiet_until, max_per_hour, price_alerts)
      values (${is.id}, ${is.confirmed}, ${owner}, ${rules.name}, ${address.kind}, ${sql.json({ ...address })}, ${shownOf(address)}, ${rules.enabled},
        ${traders === null ? null : [...traders]}::uuid[], ${rules.digestAbove}, ${rules.onChange}, ${quiet?.from ?? null}, ${quiet?.until ?? null}, ${rules.maxPerHour}, ${rules.priceAlerts})
      returning id`;
    try {
      const [row] = await reached(inserted);
      const made = row === undefined ? undefined : await this.read(owner, row.id);
      assert(made !== undefined, "an insert that isn't refused leaves its row");
      return made;
    } catch (cause) {
      if (cause instanceof postgres.PostgresError && cause.code === TOO_MANY)
        throw new TooManyDestinations(cause.message, { cause });
      throw cause;
    }
  }

  /**
   * Changes the given properties; what waits is tried at once. `confirmed`: whether a new address needs no code. Gives back undefined if there is
   * no such destination.
   */
  async update(
    owner: Owner,
    id: string,
    change: DestinationChange,
    confirmed = true,
  ): Promise<Destination | undefined> {
    const sql = this.#sql;
    const columns = columnsOf(sql, change, confirmed);
    if (columns.length > 0) {
      const set = columns.reduce((all, one) => sql`${all}, ${one}`);
      await reached(sql`update public.destinations d set ${set} where d.id = ${id} ${this.#owned(owner)}`);
    }
    return await this.read(owner, id);
  }

  /** Deletes one with its messages. False if there is none. */
  async delete(owner: Owner, id: string): Promise<boolean> {
    const { count } = await reached(
      this.#sql`delete from public.destinations d where d.id = ${id} ${this.#owned(owner)}`,
    );
    return count > 0;
  }

  /** Its messages, newest first. */
  async deliveries(
    id: string,
    { cursor, limit }: DeliveriesQuery,
  ): Promise<{ deliveries: Delivery[]; cursor: string | null }> {
    const sql = this.#sql;
    const rows = await reached(sql<DeliveryRow[]>`
      select * from public.deliveries where destination_id = ${id}
        ${cursor === undefined ? sql`` : sql`and id < ${Number(cursor)}::bigint`}
      order by id desc limit ${limit + 1}`);
    const page = rows.slice(0, limit);
    return { deliveries: page.map(deliveryOf), cursor: rows.length > limit ? String(page.at(-1)?.id) : null };
  }

  /** A delivery that was given up waits again, with the same key. False if it isn't there, or isn't given up. */
  async again(id: string, delivery: number): Promise<boolean> {
    const { count } = await reached(this.#sql`
      with again as (
        update public.deliveries set state = 'waiting', ended_at = null, first_tried_at = null, created_at = clock_timestamp()
        where id = ${delivery}::bigint and destination_id = ${id} and state = 'dead' returning destination_id
      )
      update public.destinations set next_at = '-infinity', failures = 0 where id in (select destination_id from again)`);
    return count > 0;
  }

  /** Notes why a message to a destination wasn't taken. */
  async failed(id: string, answer: string): Promise<void> {
    await reached(this.#sql`update public.destinations set last_error = ${answer} where id = ${id}`);
  }

  /**
   * An e-mail's recipient wants no more of them: nothing of the same owner is sent to this mailbox until its address is confirmed anew. False if no
   * e-mail had this token.
   */
  async endMail(token: string): Promise<boolean> {
    const { count } = await reached(this.#sql`
      with link as (
        select owner, mailbox from public.mail_links where token = ${token}
      ), ended as (
        update public.destinations d set enabled = false, confirmed = false, lease_token = null, lease_until = null,
          last_error = 'its recipient ended the messages'
        from public.mail_links l join link using (owner, mailbox)
        where d.kind = 'email' and d.owner = l.owner and d.address ->> 'token' = l.token
      )
      select from link`);
    return count > 0;
  }

  #select(rest: ReturnType<Sql>) {
    return this.#sql<DestinationRow[]>`
      select d.id, d.name, d.kind, d.shown, d.confirmed, d.enabled, d.traders, d.digest_above, d.on_change, d.quiet_from, d.quiet_until, d.max_per_hour,
        d.price_alerts, case when d.next_at > clock_timestamp() then d.waits_for end as waits_for,
        case when d.next_at > clock_timestamp() and d.waits_for is not null then d.next_at end as next_at,
        d.failing_since, d.last_delivered_at, d.last_error, d.created_at,
        (select coalesce(sum(cardinality(w.signal_ids || w.alert_event_ids) - w.sent), 0)::integer from public.deliveries w
          where w.destination_id = d.id and w.state = 'waiting') as waiting
      from public.destinations d ${rest}`;
  }

  #owned(owner: Owner): ReturnType<Sql> {
    return owner === EVERYONE ? this.#sql`` : this.#sql`and d.owner = ${owner}`;
  }
}

function columnsOf(
  sql: Sql,
  { address, quiet, traders, ...rules }: DestinationChange,
  confirmed: boolean,
): ReturnType<Sql>[] {
  const columns: ReturnType<Sql>[] = [];
  if (address !== undefined) {
    // Who sends to the old one has lost its turn.
    columns.push(
      sql`lease_token = null, lease_until = null, confirmed = ${confirmed}, kind = ${address.kind}, address = ${sql.json({ ...address })}, shown = ${shownOf(address)}`,
    );
  }
  if (quiet !== undefined)
    columns.push(sql`quiet_from = ${quiet?.from ?? null}, quiet_until = ${quiet?.until ?? null}`);
  if (traders !== undefined) columns.push(sql`traders = ${traders === null ? null : [...traders]}::uuid[]`);
  // What held messages back may be over; another name isn't a reason.
  const isOther = [address, quiet, rules.enabled, rules.maxPerHour].some((one) => one !== undefined);
  if (isOther) columns.push(sql`next_at = '-infinity', failures = 0`);
  if (rules.name !== undefined) columns.push(sql`name = ${rules.name}`);
  if (rules.enabled !== undefined) columns.push(sql`enabled = ${rules.enabled}`);
  if (rules.digestAbove !== undefined) columns.push(sql`digest_above = ${rules.digestAbove}`);
  if (rules.onChange !== undefined) columns.push(sql`on_change = ${rules.onChange}`);
  if (rules.maxPerHour !== undefined) columns.push(sql`max_per_hour = ${rules.maxPerHour}`);
  if (rules.priceAlerts !== undefined) columns.push(sql`price_alerts = ${rules.priceAlerts}`);
  return columns;
}

/** An address without what could be a secret: paths of webhooks are. */
function shownOf(address: DestinationAddress): string {
  if (address.kind === "telegram") return `chat ${address.chatId} by bot ${address.token.split(":")[0]}`;
  if (address.kind === "email") return address.to;
  const { origin, pathname } = new URL(address.url);
  return (address.kind === "ntfy" ? origin + pathname : pathname === "/" ? origin : `${origin}/…`).slice(0, 300);
}

interface DestinationRow {
  readonly id: string;
  readonly name: string;
  readonly kind: DestinationKind;
  readonly shown: string;
  readonly confirmed: boolean;
  readonly enabled: boolean;
  readonly traders: string[] | null;
  readonly digest_above: number;
  readonly on_change: boolean;
  readonly quiet_from: number | null;
  readonly quiet_until: number | null;
  readonly max_per_hour: number;
  readonly price_alerts: boolean;
  readonly waits_for: Destination["waitsFor"];
  readonly next_at: Date | null;
  readonly failing_since: Date | null;
  readonly last_delivered_at: Date | null;
  readonly last_error: string | null;
  readonly created_at: Date;
  readonly waiting: number;
}

function destinationOf(row: DestinationRow): Destination {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    shown: row.shown,
    confirmed: row.confirmed,
    enabled: row.enabled,
    traders: row.traders,
    digestAbove: row.digest_above,
    onChange: row.on_change,
    quiet: quietOf(row),
    maxPerHour: row.max_per_hour,
    priceAlerts: row.price_alerts,
    waiting: row.waiting,
    waitsFor: row.waits_for,
    nextTryAt: momentOf(row.next_at),
    failingSince: momentOf(row.failing_since),
    lastDeliveredAt: momentOf(row.last_delivered_at),
    lastError: row.last_error,
    createdAt: row.created_at.getTime() as UnixMs,
  };
}

/** The quiet hours in a row. */
export function quietOf({
  quiet_from: from,
  quiet_until: until,
}: Pick<DestinationRow, "quiet_from" | "quiet_until">): QuietHours | null {
  return from === null || until === null ? null : { from, until };
}

interface DeliveryRow {
  readonly id: number;
  readonly is_digest: boolean | null;
  readonly sent: number;
  readonly state: Delivery["state"];
  readonly signal_ids: number[];
  readonly alert_event_ids: number[];
  readonly attempts: number;
  readonly answer: string | null;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

function deliveryOf(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    state: row.state,
    signalIds: row.signal_ids.map(Number),
    alertEventIds: row.alert_event_ids.map(Number),
    isDigest: row.is_digest,
    sent: row.sent,
    attempts: row.attempts,
    answer: row.answer,
    createdAt: row.created_at.getTime() as UnixMs,
    endedAt: momentOf(row.ended_at),
  };
}

function momentOf(date: Date | null): UnixMs | null {
  return date === null ? null : (date.getTime() as UnixMs);
}

import { type Clock, millis, openTimeOf, type Random, reasonOf, type StopSignal } from "../core/mod.ts";
import type {
  DeliveriesTable,
  DueDestination,
  MailAllowance,
  PrecededSignal,
  TraderLog,
  WaitBounds,
  WaitingDelivery,
} from "../traders/mod.ts";
import type { Destination } from "../wire/mod.ts";
import { isAtDiscord } from "./asked-wait.ts";
import { alertDigestOf, alertOf, digestOf, type Message, singleOf } from "./message.ts";
import { quietForMs } from "./quiet.ts";
import { type SendingParts, send } from "./send.ts";
import type { Sent } from "./sent.ts";

/** Destinations that are sent to at the same time. */
export const AT_ONCE = 16;

/** E-mail addresses among them: a mail server that hangs holds up nothing else. */
export const MAILS_AT_ONCE = 4;

/** An e-mail address that has refused so many messages in a row is switched off: more would only spoil the sender's name. */
const MOST_REFUSALS = 3;

/** A destination gives its place to the next one after this, in milliseconds, or after the message at hand. */
const TURN_MS = 2_000;

/** A sender has a destination for so long at a time, in milliseconds: far longer than a message may take. */
const LEASE_MS = 60_000;

/** Signals that are put together at most, and rows that are looked at for them. */
const MAX_DIGEST = 500;
const MAX_ROWS = 50;

/** More signals of a close are waited for while its trader runs, so long at most, and this long at a time, in milliseconds. */
const GATHER_MS = 5_000;
const GATHER_AGAIN_MS = 200;

/** After a failure the next try comes after a second, then two, up to five minutes; a receiver may ask for an hour at most. In milliseconds. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
const LONGEST_ASKED_MS = 3_600_000;

/** What has waited for longer is given up. */
export const WAIT_BOUNDS: WaitBounds = { triedHours: 24, storedHours: 48, rows: 10_000 };

/** How long to wait before looking for signals that nobody told of, in milliseconds: other servers store them, too. */
const LOOK_EVERY_MS = 5_000;

/** While messages are on their way, so often is looked for what else is due, in milliseconds. */
const LOOK_BESIDE_MS = 250;

/** Ended rows are kept for so long, in days, and deleted so many at a time, this often. */
const KEPT_DAYS = 7;
const SWEPT_AT_ONCE = 2_000;
const SWEEP_EVERY_MS = 60_000;

/** How long a destination waits, in milliseconds, and for what, where its owner should know. */
interface Wait {
  readonly ms: number;
  readonly for: Destination["waitsFor"];
}

const NO_WAIT: Wait = { ms: 0, for: null };

/** What a loop works with. */
export interface DeliveryParts extends Omit<SendingParts, "now"> {
  readonly table: DeliveriesTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: TraderLog;
}

/** Tries to send a message since the start by how they ended, and rows that were given up. */
export interface DeliveryFigures {
  readonly accepted: number;
  readonly failed: number;
  readonly dead: number;
  /** Signals that wait, as of the last minute; undefined before it was looked. */
  readonly waiting: number | undefined;
}

/**
 * Sends messages about signals and price alerts to their destinations: each destination's in order and one at a time, at least once. A message that was sent when
 * the server was killed is sent again with the same key.
 */
export class DeliveryLoop {
  readonly #parts: DeliveryParts;
  readonly #figures = { accepted: 0, failed: 0, dead: 0 };
  #woken = new AbortController();
  #sweptAt = Number.NEGATIVE_INFINITY;
  #waiting: number | undefined;
  #said: string | undefined;
  #mailFault: string | undefined;
  /** Until when Discord is left alone, by the clock: it asked so for all of its webhooks. */
  #discordAt = Number.NEGATIVE_INFINITY;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  figures(): DeliveryFigures {
    return { ...this.#figures, waiting: this.#waiting };
  }

  /** There may be something to send: looks at once. */
  wake(): void {
    this.#woken.abort();
  }

  /** Sends until the signal is aborted. Never rejects: what fails is tried again, and said once. */
  async run(stop: StopSignal): Promise<void> {
    const wake = (): void => this.wake();
    stop.addEventListener("abort", wake);
    while (!stop.aborted) {
      const woken = new AbortController();
      this.#woken = woken;
      let waitMs = LOOK_EVERY_MS;
      try {
        waitMs = await this.pass(stop);
        this.#said = undefined;
      } catch (cause) {
        this.#say(cause, stop);
      }
      if (!stop.aborted) await this.#parts.clock.sleep(millis(waitMs), woken.signal).catch(() => {});
    }
    stop.removeEventListener("abort", wake);
  }

  /** Sends what is due, and what becomes due meanwhile. Gives back after how many milliseconds to look again. */
  async pass(stop?: StopSignal): Promise<number> {
    const { table, clock } = this.#parts;
    const underWay = new Set<Promise<void>>();
    let mails = 0;
    while (stop?.aborted !== true) {
      const places = AT_ONCE - underWay.size;
      const due = places > 0 ? await table.claim(places, LEASE_MS, MAILS_AT_ONCE - mails) : [];
      for (const destination of due) {
        const mail = destination.address.kind === "email" ? 1 : 0;
        mails += mail;
        const turn: Promise<void> = this.#turn(destination, stop)
          .catch((cause: unknown) => this.#say(cause, stop))
          .finally(() => {
            underWay.delete(turn);
            mails -= mail;
          });
        underWay.add(turn);
      }
      if (Math.abs(clock.now() - this.#sweptAt) >= SWEEP_EVERY_MS) await this.#sweep(stop);
      if (underWay.size === 0) break;
      if (due.length === 0) await this.#untilOneEnds(underWay);
    }
    await Promise.all(underWay);
    return Math.min(LOOK_EVERY_MS, (await table.nextIn()) ?? LOOK_EVERY_MS);
  }

  /** Gives up what waits for too long, deletes what ended long ago, and looks how much waits. */
  async #sweep(stop: StopSignal | undefined): Promise<void> {
    const { table, clock } = this.#parts;
    this.#sweptAt = clock.now();
    let expired: number;
    do {
      expired = await table.expireAll(WAIT_BOUNDS, SWEPT_AT_ONCE);
      this.#figures.dead += expired;
    } while (expired === SWEPT_AT_ONCE && stop?.aborted !== true);
    while ((await table.sweep(KEPT_DAYS, SWEPT_AT_ONCE)) === SWEPT_AT_ONCE && stop?.aborted !== true);
    this.#waiting = await table.backlog();
  }

  /** Another destination may be due before a slow receiver has answered. */
  async #untilOneEnds(underWay: ReadonlySet<Promise<void>>): Promise<void> {
    const ended = new AbortController();
    const pause = this.#parts.clock.sleep(millis(LOOK_BESIDE_MS), ended.signal).catch(() => {});
    await Promise.race([...underWay, pause]);
    ended.abort();
  }

  #say(cause: unknown, stop: StopSignal | undefined): void {
    const why = reasonOf(cause);
    if (stop?.aborted !== true && this.#said !== why) {
      this.#parts.log.warn(`messages about signals and price alerts can't be sent for now: ${why}`);
    }
    this.#said = why;
  }

  /** Sends a destination's messages for a while, or until none is left or it has to wait. */
  async #turn(claimed: DueDestination, stop: StopSignal | undefined): Promise<void> {
    const { table, clock } = this.#parts;
    const began = clock.now();
    let wait: Wait = NO_WAIT;
    let isFirst = true;
    this.#figures.dead += await table.expire(claimed, WAIT_BOUNDS);
    while (wait.ms === 0 && stop?.aborted !== true && (isFirst || clock.now() - began < TURN_MS)) {
      isFirst = false;
      // With what was changed of it meanwhile.
      const destination = await table.renew(claimed, LEASE_MS);
      if (destination === undefined) return;
      const rows = await table.waiting(destination, MAX_ROWS);
      const [first] = rows;
      if (first === undefined) break;
      wait = await this.#waitFor(destination, first);
      if (wait.ms > 0) break;
      if (first.isDigest === null) await this.#decide(destination, rows);
      else wait = await this.#sendNext(destination, first);
    }
    await table.release(claimed, wait.ms, wait.for);
  }

  /** How long the destination's next message has to wait. */
  async #waitFor(destination: DueDestination, first: WaitingDelivery): Promise<Wait> {
    const { table, clock } = this.#parts;
    if (first.isDigest === null && first.isRunning && first.ageMs < GATHER_MS)
      return { ms: GATHER_AGAIN_MS, for: null };
    const { address } = destination;
    const pausedMs = this.#discordAt - clock.now();
    if (pausedMs > 0 && address.kind === "discord" && isAtDiscord(address.url))
      return { ms: Math.min(pausedMs, LONGEST_ASKED_MS), for: "receiver" };
    const quietMs = quietForMs(destination.quiet, clock.now());
    if (quietMs > 0) return { ms: quietMs, for: "quiet" };
    const { count, freeInMs } = await table.lastHour(destination);
    return count < destination.maxPerHour ? NO_WAIT : { ms: Math.max(1, freeInMs), for: "hour" };
  }

  /** Puts together what waits untried of the first row's kind: as one message if it is much, else as one after another. */
  async #decide(destination: DueDestination, rows: readonly WaitingDelivery[]): Promise<void> {
    const { table } = this.#parts;
    const untried: WaitingDelivery[] = [];
    let messages = 0;
    for (const row of rows) {
      messages += row.ids.length;
      if (row.isDigest !== null || row.about !== rows[0]?.about) break;
      if (untried.length > 0 && messages > MAX_DIGEST) break;
      untried.push(row);
    }
    const { there, kept } = await this.#keptOf(destination, untried);
    if (!there) {
      for (const row of untried) await table.giveUp(row.id, deletedOf(row));
      return;
    }
    await table.decide(destination, untried, kept, kept.length > destination.digestAbove);
  }

  /** Whether anything of untried rows is still there, and what of it is to be sent. */
  async #keptOf(
    destination: DueDestination,
    untried: readonly WaitingDelivery[],
  ): Promise<{ readonly there: boolean; readonly kept: readonly number[] }> {
    const { table } = this.#parts;
    const ids = untried.flatMap((row) => row.ids);
    if (untried[0]?.about === "alerts") {
      const kept = (await table.alerts(destination, ids)).map(({ id }) => id);
      return { there: kept.length > 0, kept };
    }
    const all = await table.preceded(destination, ids);
    const kept = destination.onChange ? all.filter(isChange) : all;
    return { there: all.length > 0, kept: kept.map(({ id }) => id) };
  }

  /** Sends a row's next message. Gives back how long to wait then. */
  async #sendNext(destination: DueDestination, row: WaitingDelivery): Promise<Wait> {
    const { table, clock } = this.#parts;
    const ids = row.isDigest === true ? row.ids : row.ids.slice(row.sent, row.sent + 1);
    const message = await this.#messageOf(destination, row, ids);
    if (message === undefined) {
      // A trader was deleted with its signals, or an alert with its events.
      await this.#skip(destination, row);
      return NO_WAIT;
    }
    const mail = await this.#takeMail(destination);
    if (mail !== undefined && "freeInMs" in mail) return { ms: mail.freeInMs, for: "hour" };
    if (!(await table.trying(destination, row.id))) return NO_WAIT;
    const sent = await send(destination.address, message, { ...this.#parts, now: clock.now() });
    this.#sayMailFault(destination, sent);
    if (sent.outcome === "accepted") {
      this.#figures.accepted += 1;
      await table.accepted(destination, row.id, row.sent + ids.length, sent.answer);
      return NO_WAIT;
    }
    this.#figures.failed += 1;
    if (mail !== undefined) await table.mails.giveBack(mail.id);
    const isRefused = sent.outcome === "refused";
    const isGone = sent.outcome === "gone" || (isRefused && destination.failures + 1 >= MOST_REFUSALS);
    await table.failed(destination, row.id, { answer: sent.answer, isRefused, isGone });
    if (isRefused) {
      this.#figures.dead += 1;
      return NO_WAIT;
    }
    const ms = this.#backOff(destination.failures + 1, sent);
    if (sent.isGlobal === true) this.#discordAt = clock.now() + ms;
    return { ms, for: "receiver" };
  }

  /** Counts an e-mail against what its owner and the mailbox may get; undefined for what isn't one. */
  async #takeMail({ owner, address }: DueDestination): Promise<MailAllowance | undefined> {
    if (address.kind !== "email") return undefined;
    return await this.#parts.table.mails.take({ owner, to: address.to, isTest: false });
  }

  /** Tells the operator, once, what is wrong with the mail server. */
  #sayMailFault({ address }: DueDestination, { fault }: Sent): void {
    if (address.kind !== "email") return;
    if (fault !== undefined && fault !== this.#mailFault) this.#parts.log.warn(`e-mail isn't sent: ${fault}`);
    this.#mailFault = fault;
  }

  /** The message about some of what a row is about; undefined where none of it is there any more. */
  async #messageOf(
    destination: DueDestination,
    { about, isDigest }: WaitingDelivery,
    ids: readonly number[],
  ): Promise<Message | undefined> {
    const { table } = this.#parts;
    if (about === "alerts") {
      const events = await table.alerts(destination, ids);
      const [first] = events;
      return first === undefined ? undefined : isDigest === true ? alertDigestOf(events) : alertOf(first);
    }
    const signals = await table.signals(destination, ids);
    const [first] = signals;
    return first === undefined ? undefined : isDigest === true ? digestOf(signals) : singleOf(first);
  }

  /** Goes on behind what isn't there any more. */
  async #skip(destination: DueDestination, row: WaitingDelivery): Promise<void> {
    const { table } = this.#parts;
    const left = row.isDigest === true ? [] : row.ids.slice(row.sent + 1);
    const isOver =
      left.length === 0 || (await this.#messageOf(destination, { ...row, isDigest: true }, left)) === undefined;
    if (isOver) await table.giveUp(row.id, deletedOf(row));
    else await table.skipped(destination, row.id, row.sent + 1);
  }

  #backOff(failures: number, { retryAfterMs = 0 }: Sent): number {
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(20, failures - 1));
    return Math.max(Math.min(retryAfterMs, LONGEST_ASKED_MS), (ceiling * (1 + this.#parts.random())) / 2);
  }
}

/** Why a row is given up whose subject was deleted. */
function deletedOf({ about }: WaitingDelivery): string {
  return about === "alerts" ? "its price alerts were deleted" : "its signals were deleted";
}

/** Whether the symbol didn't match at the close before. */
function isChange({ interval, closeTime, previous }: PrecededSignal): boolean {
  return previous !== openTimeOf(interval, closeTime) - 1;
}

import { type Clock, millis, openTimeOf, type Random, reasonOf, type StopSignal } from "../core/mod.ts";
import type { DeliveriesTable, DueDestination, TraderLog, WaitingDelivery } from "../traders/mod.ts";
import type { PostingRules } from "./guarded-post.ts";
import type { Message } from "./message.ts";
import { quietForMs } from "./quiet.ts";
import { type Sent, send } from "./send.ts";

/** Destinations that are sent to at the same time. */
const AT_ONCE = 16;

/** A sender has a destination for so long at a time, in milliseconds: longer than a receiver may take for an answer. */
const LEASE_MS = 30_000;

/** Messages that a digest holds at most. */
const MAX_DIGEST = 500;

/** More signals of a close are waited for while its trader runs, so long at most, and this long at a time, in milliseconds. */
const GATHER_MS = 5_000;
const GATHER_AGAIN_MS = 200;

/** After a failure the next try comes after a second, then two, up to five minutes, in milliseconds. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;

/** A message that wasn't taken for so long is given up, in milliseconds. */
const GIVEN_UP_AFTER_MS = 86_400_000;

/** How long to wait before looking for messages that nobody told of, in milliseconds: other servers store signals, too. */
const LOOK_EVERY_MS = 5_000;

/** Ended messages are kept for so long, in days, and deleted so many at a time, this often. */
const KEPT_DAYS = 7;
const SWEPT_AT_ONCE = 2_000;
const SWEEP_EVERY_MS = 60_000;

/** What a loop works with. */
export interface DeliveryParts extends PostingRules {
  readonly table: DeliveriesTable;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: TraderLog;
  readonly telegramUrl: string;
}

/** What was sent since the start. */
export interface DeliveryFigures {
  readonly accepted: number;
  readonly failed: number;
  readonly dead: number;
}

/**
 * Sends messages about signals to their destinations: each destination's in order and one at a time, at least once. A message that was sent when
 * the server was killed is sent again with the same key.
 */
export class DeliveryLoop {
  readonly #parts: DeliveryParts;
  readonly #figures = { accepted: 0, failed: 0, dead: 0 };
  #woken = new AbortController();
  #sweptAt = Number.NEGATIVE_INFINITY;
  #said: string | undefined;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  figures(): DeliveryFigures {
    return { ...this.#figures };
  }

  /** There may be something to send: looks at once. */
  wake(): void {
    this.#woken.abort();
  }

  /** Sends until the signal is aborted. Never rejects: what fails is tried again, and said once. */
  async run(signal: StopSignal): Promise<void> {
    const { clock, log } = this.#parts;
    const stop = (): void => this.wake();
    signal.addEventListener("abort", stop);
    while (!signal.aborted) {
      const woken = new AbortController();
      this.#woken = woken;
      let waitMs = LOOK_EVERY_MS;
      try {
        waitMs = await this.pass();
        this.#said = undefined;
      } catch (cause) {
        const why = reasonOf(cause);
        if (!signal.aborted && this.#said !== why) log.warn(`messages about signals can't be sent for now: ${why}`);
        this.#said = why;
      }
      if (!signal.aborted) await clock.sleep(millis(waitMs), woken.signal).catch(() => {});
    }
    signal.removeEventListener("abort", stop);
  }

  /** Sends what is due. Gives back after how many milliseconds to look again. */
  async pass(): Promise<number> {
    const { table, clock } = this.#parts;
    for (;;) {
      const due = await table.claim(AT_ONCE, LEASE_MS);
      await Promise.all(due.map((destination) => this.#sendAll(destination)));
      if (due.length < AT_ONCE) break;
    }
    if (Math.abs(clock.now() - this.#sweptAt) >= SWEEP_EVERY_MS) {
      this.#sweptAt = clock.now();
      await table.sweep(KEPT_DAYS, SWEPT_AT_ONCE);
    }
    return Math.min(LOOK_EVERY_MS, (await table.nextIn()) ?? LOOK_EVERY_MS);
  }

  /** Sends a destination's messages until none is left or it has to wait. */
  async #sendAll(destination: DueDestination): Promise<void> {
    const { table } = this.#parts;
    let waitMs: number | undefined = 0;
    let { failures } = destination;
    while (waitMs === 0) {
      if (!(await table.renew(destination, LEASE_MS))) return;
      const group = this.#nextGroup(destination, await table.waiting(destination, MAX_DIGEST));
      if (group === undefined) break;
      waitMs = await this.#waitFor(destination, group);
      if (waitMs > 0) break;
      const sent = await this.#sendGroup(destination, group);
      if (sent === undefined) continue;
      failures = sent.outcome === "accepted" ? 0 : failures + 1;
      if (sent.outcome === "failed") waitMs = this.#backOff(failures, sent);
      if (sent.outcome === "gone") return;
    }
    await table.release(destination, waitMs ?? 0);
  }

  /** The messages that are sent next, as one if they are several; undefined where none waits. */
  #nextGroup(
    { digestAbove }: DueDestination,
    waiting: readonly WaitingDelivery[],
  ): readonly WaitingDelivery[] | undefined {
    const [first] = waiting;
    if (first === undefined) return undefined;
    const end = waiting.findIndex((one) => !belongTogether(first, one));
    const together = end < 0 ? waiting : waiting.slice(0, end);
    return together.length > digestAbove ? together : [first];
  }

  /** How long the destination's next message has to wait, in milliseconds. */
  async #waitFor(destination: DueDestination, [first]: readonly WaitingDelivery[]): Promise<number> {
    const { table, clock } = this.#parts;
    if (first?.close?.isRunning === true && first.ageMs < GATHER_MS) return GATHER_AGAIN_MS;
    const quietMs = quietForMs(destination.quiet, clock.now());
    const { count, freeInMs } = await table.lastHour(destination);
    const waitMs = Math.max(quietMs, count >= destination.maxPerHour ? Math.max(1, freeInMs) : 0);
    if (waitMs > 0) await table.hold(destination);
    return waitMs;
  }

  /** Undefined where there was nothing to send. */
  async #sendGroup(destination: DueDestination, group: readonly WaitingDelivery[]): Promise<Sent | undefined> {
    const { table, clock } = this.#parts;
    const changed = destination.onChange ? group.filter(isChange) : group;
    for (const one of group) if (!changed.includes(one)) await table.drop(one.id, "unchanged", null);
    const [first] = changed;
    if (first === undefined) return undefined;
    const delivery = changed.length === 1 ? first : await table.merge(changed);
    const signals = await table.signals(delivery.signalIds);
    if (signals.length === 0) {
      await table.drop(delivery.id, "dead", "its signals were deleted");
      return undefined;
    }
    const kind = delivery.signalIds.length === 1 ? "signal" : "digest";
    const message: Message = { key: delivery.key, kind, signals };
    const sent = await send(destination.address, message, { ...this.#parts, now: clock.now() });
    await this.#note(destination, { id: delivery.id, ageMs: first.ageMs }, sent);
    return sent;
  }

  async #note(
    destination: DueDestination,
    { id, ageMs }: Pick<WaitingDelivery, "id" | "ageMs">,
    sent: Sent,
  ): Promise<void> {
    const { table } = this.#parts;
    if (sent.outcome === "accepted") {
      this.#figures.accepted += 1;
      await table.accepted(destination, id, sent.answer);
      return;
    }
    const isOver = sent.outcome !== "failed" || ageMs >= GIVEN_UP_AFTER_MS;
    this.#figures[isOver ? "dead" : "failed"] += 1;
    await table.failed(destination, id, sent.answer, isOver);
    if (sent.outcome === "gone")
      await table.disable(destination, `${sent.answer} (the receiver wants no more messages)`);
  }

  #backOff(failures: number, { retryAfterMs = 0 }: Sent): number {
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(20, failures - 1));
    return Math.max(retryAfterMs, (ceiling * (1 + this.#parts.random())) / 2);
  }
}

/** Signals of a trader at a close become one message if they are many; so does everything that was held back together. */
function belongTogether(first: WaitingDelivery, one: WaitingDelivery): boolean {
  if (first === one) return true;
  if (first.isHeld || one.isHeld) return first.isHeld && one.isHeld;
  if (first.signalIds.length > 1 || one.signalIds.length > 1 || first.close === null || one.close === null)
    return false;
  return (
    first.close.traderId === one.close.traderId &&
    first.close.closeTime === one.close.closeTime &&
    first.close.interval === one.close.interval
  );
}

/** Whether the symbol didn't match at the close before. */
function isChange({ signalIds, close }: WaitingDelivery): boolean {
  return signalIds.length > 1 || close === null || close.previous !== openTimeOf(close.interval, close.closeTime) - 1;
}

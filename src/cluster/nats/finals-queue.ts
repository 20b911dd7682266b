import { headers } from "@nats-io/transport-node";
import { type Clock, type MarketId, millis, type StopSignal, type Stopwatch } from "../../core/mod.ts";
import { SOURCE_HEADER } from "../../wire/mod.ts";
import type { NatsAccess, NatsLink } from "./link.ts";
import { DUPLICATES_MINUTES } from "./streams.ts";
import { streamOf } from "./subjects.ts";

/** Messages that wait for their acknowledgement at most: 100 minutes of 500 symbols, 15 MB. Full, the oldest is dropped. */
export const MAX_WAITING = 50_000;

/** Of these, messages that are on their way. */
const MAX_UNACKNOWLEDGED = 256;

/** How long an acknowledgement may take, in milliseconds. */
const ACK_WITHIN_MS = 3_000;

/** Wait after a message that wasn't acknowledged, in milliseconds. */
const RETRY_MS = 250;

/**
 * What waited so long may have been published by another node, and JetStream forgets ids: the stream is asked first, in milliseconds. Well below
 * the time for which it remembers them.
 */
export const MAY_BE_THERE_AFTER_MS: number = (DUPLICATES_MINUTES - 3) * 60_000;

/** The header of messages that fill a stream again: who follows the market has their klines already. */
export const FILLING_HEADER = "Vyx-Filling";

/** A message for the stream of finals. */
export interface FinalMessage {
  readonly subject: string;
  /** JetStream stores one message of an id, within the time for which it remembers ids. */
  readonly id: string;
  readonly text: string;
  /** Where the data comes from. */
  readonly source: string;
  readonly isFilling?: boolean;
}

interface Waiting {
  readonly message: FinalMessage;
  /** Counts up. */
  readonly order: number;
  /** When it came, by the stopwatch. */
  readonly at: number;
}

/** What became of messages since the start. */
export interface FinalsCounts {
  /** Acknowledged, and stored by this message. */
  stored: number;
  /** Acknowledged, and stored before: another node was first. */
  duplicates: number;
  /** Sent again because no acknowledgement came. */
  retried: number;
  /** Given up because too many waited. */
  dropped: number;
}

/** What a queue is made of. */
export interface FinalsQueueParts {
  readonly link: NatsLink;
  readonly market: MarketId;
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  /** A message was given up. */
  dropped(message: FinalMessage): void;
}

/** Publishes final states to JetStream, each until it is acknowledged, in the order in which they came. */
export class FinalsQueue {
  readonly counts: FinalsCounts = { stored: 0, duplicates: 0, retried: 0, dropped: 0 };
  readonly #parts: FinalsQueueParts;
  #waiting: Waiting[] = [];
  #came = 0;
  #underWay = 0;
  #restUntil = 0;
  /** The minute that the stream has last of a subject, since the connection came up; of subjects with messages that waited long. */
  readonly #newest: Map<string, Promise<number>> = new Map();
  #wake: () => void = () => {};

  constructor(parts: FinalsQueueParts) {
    this.#parts = parts;
  }

  /** Messages that aren't acknowledged yet. */
  get waiting(): number {
    return this.#waiting.length + this.#underWay;
  }

  put(message: FinalMessage): void {
    this.#came += 1;
    this.#waiting.push({ message, order: this.#came, at: this.#parts.stopwatch() });
    if (this.waiting > MAX_WAITING) {
      const given = this.#waiting.shift();
      this.counts.dropped += 1;
      if (given !== undefined) this.#parts.dropped(given.message);
    }
    this.#wake();
  }

  /** Resolves when there is room for more: filling a stream waits for it, so that news never do. */
  async hasRoom(signal: StopSignal): Promise<void> {
    const { clock } = this.#parts;
    while (this.waiting >= MAX_UNACKNOWLEDGED && !signal.aborted) await clock.sleep(millis(5), signal).catch(() => {});
  }

  /** Works until the signal is aborted. */
  async run(signal: StopSignal): Promise<void> {
    const { link, clock, stopwatch } = this.#parts;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
    const unlisten = link.listen({
      up: () => {
        this.#newest.clear();
        this.#wake();
      },
    });
    while (!signal.aborted) {
      const restMs = this.#restUntil - stopwatch();
      if (restMs > 0) {
        await clock.sleep(millis(restMs), signal).catch(() => {});
        continue;
      }
      const next =
        link.access === undefined || this.#underWay >= MAX_UNACKNOWLEDGED ? undefined : this.#waiting.shift();
      if (next !== undefined) void this.#publish(next);
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    unlisten();
  }

  /** Many are under way, and fail in any order: each goes back to its place. */
  #putBack(next: Waiting): void {
    const at = this.#waiting.findIndex(({ order }) => order > next.order);
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, next);
  }

  /**
   * Whether the stream has gone past a message that waited long: another node published it then. Younger messages of the subject wait for the
   * answer, too, as it is about what others published.
   */
  async #isThere(access: NatsAccess, { message, at }: Waiting): Promise<boolean> {
    const { market, stopwatch } = this.#parts;
    const { subject, id, isFilling } = message;
    const isOld = isFilling !== true && stopwatch() - at >= MAY_BE_THERE_AFTER_MS;
    let newest = this.#newest.get(subject);
    if (newest === undefined && !isOld) return false;
    newest ??= access.manager.streams
      .getMessage(streamOf(market), { last_by_subj: subject })
      .then((last) => openTimeOfId(last?.header.get("Nats-Msg-Id") ?? "") ?? Number.NEGATIVE_INFINITY);
    this.#newest.set(subject, newest);
    const last = await newest.catch((cause: unknown) => {
      this.#newest.delete(subject);
      throw cause;
    });
    return isOld && (openTimeOfId(id) ?? Number.POSITIVE_INFINITY) <= last;
  }

  async #publish(next: Waiting): Promise<void> {
    const { link, stopwatch } = this.#parts;
    const { message } = next;
    this.#underWay += 1;
    try {
      const { subject, id, text, source, isFilling } = message;
      const labels = headers();
      labels.set(SOURCE_HEADER, source);
      if (isFilling === true) labels.set(FILLING_HEADER, "1");
      const access = link.access;
      if (access === undefined) throw new Error("NATS was lost");
      if (await this.#isThere(access, next)) {
        this.counts.duplicates += 1;
        return;
      }
      const ack = await access.streams.publish(subject, text, { msgID: id, timeout: ACK_WITHIN_MS, headers: labels });
      if (ack.duplicate) this.counts.duplicates += 1;
      else this.counts.stored += 1;
    } catch {
      // The stream may be gone: its keeper looks each second.
      this.counts.retried += 1;
      this.#putBack(next);
      this.#restUntil = stopwatch() + RETRY_MS;
    } finally {
      this.#underWay -= 1;
      this.#wake();
    }
  }
}

/** The open time in the id of a final state; undefined for another id. */
export function openTimeOfId(id: string): number | undefined {
  const [, , interval, openTime, ...more] = id.split("|");
  return interval === "1m" && more.length === 0 ? Number(openTime) : undefined;
}

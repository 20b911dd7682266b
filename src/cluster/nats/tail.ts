import { type ConsumerMessages, DeliverPolicy, type JsMsg } from "@nats-io/jetstream";
import type { Clock, MarketId, StopSignal, Stopwatch } from "../../core/mod.ts";
import { SOURCE_HEADER } from "../../wire/mod.ts";
import { eachLook } from "./each-look.ts";
import { FILLING_HEADER } from "./finals-queue.ts";
import type { NatsAccess, NatsLink } from "./link.ts";
import { infoOf } from "./streams.ts";
import { streamOf } from "./subjects.ts";

/** How often the stream is asked how far it is, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** A consumer that is behind its stream and brings nothing for so long is made again, in milliseconds. */
const STUCK_AFTER_MS = 3_000;

/** What a tail is made of. */
export interface TailParts {
  readonly link: NatsLink;
  readonly market: MarketId;
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  readonly log: { info(message: string): void; warn(message: string): void };
  /** A final state came, with the label of where it comes from; those that only fill a stream again are left out. */
  final(text: string, source: string): void;
}

/**
 * Reads a market's stream of finals by sequence: from its end at the start, and from where it was after a cut. Whether the consumer gets on
 * is judged by the stream's own figures, because a consumer that waits for a sequence that never comes doesn't say so.
 */
export class StreamTail {
  readonly #parts: TailParts;
  readonly #stream: string;
  /** Which creation of the stream is read. */
  #created: string | undefined;
  #sequence = 0;
  #heardAt = 0;
  #consuming: ConsumerMessages | undefined;
  #behind = 0;
  /** How often the stream wasn't there, and how often the consumer was made again. */
  readonly counts: { lost: number; restarted: number } = { lost: 0, restarted: 0 };
  /** Whether the stream was there when it was last looked at. */
  isThere = false;

  constructor(parts: TailParts) {
    this.#parts = parts;
    this.#stream = streamOf(parts.market);
  }

  /** Messages of the stream that haven't come here yet. */
  get behind(): number {
    return this.#behind;
  }

  /** Works until the signal is aborted. */
  async run(signal: StopSignal): Promise<void> {
    const { link, clock, log } = this.#parts;
    const unlisten = link.listen({ down: () => this.#stop() });
    const failed = (reason: string): void => log.warn(`${this.#stream}: ${reason}`);
    await eachLook({ link, clock, everyMs: LOOK_EVERY_MS, failed }, (access) => this.#look(access), signal);
    unlisten();
    this.#stop();
  }

  async #look(access: NatsAccess): Promise<void> {
    const { stopwatch, log } = this.#parts;
    const info = await infoOf(access.manager, this.#stream);
    if (info === undefined) {
      if (this.isThere) {
        this.counts.lost += 1;
        log.warn(`${this.#stream}: the stream is gone: an ingest node creates it again`);
      }
      this.isThere = false;
      this.#stop();
      return;
    }
    this.isThere = true;
    const isOther = this.#created !== undefined && this.#created !== info.created;
    if (isOther) this.#stop();
    if (this.#created === undefined) this.#sequence = info.state.last_seq;
    if (isOther) this.#sequence = 0;
    this.#created = info.created;
    this.#behind = Math.max(0, info.state.last_seq - this.#sequence);
    if (this.#consuming !== undefined && this.#behind > 0 && stopwatch() - this.#heardAt >= STUCK_AFTER_MS) {
      this.counts.restarted += 1;
      this.#stop();
    }
    if (this.#consuming === undefined) await this.#consume(access);
  }

  async #consume({ streams }: NatsAccess): Promise<void> {
    this.#heardAt = this.#parts.stopwatch();
    const consumer = await streams.consumers.get(this.#stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#sequence + 1,
    });
    this.#consuming = await consumer.consume({ callback: (message) => this.#heard(message) });
  }

  #heard(message: JsMsg): void {
    this.#heardAt = this.#parts.stopwatch();
    this.#sequence = Math.max(this.#sequence, message.seq);
    this.#behind = message.info.pending;
    if (message.headers?.has(FILLING_HEADER) !== true) {
      this.#parts.final(message.string(), message.headers?.get(SOURCE_HEADER) ?? "");
    }
  }

  #stop(): void {
    void this.#consuming?.close().catch(() => {});
    this.#consuming = undefined;
  }
}

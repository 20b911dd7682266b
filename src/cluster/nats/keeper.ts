import type { Clock, MarketId, StopSignal, UnixMs } from "../../core/mod.ts";
import { bucket } from "./buckets.ts";
import { eachLook } from "./each-look.ts";
import type { NatsAccess, NatsLink } from "./link.ts";
import type { Publisher } from "./publisher.ts";
import { createMissing, infoOf, raiseCopies, type StreamPlan } from "./streams.ts";
import { streamOf } from "./subjects.ts";

/** How often it is looked whether all streams are there, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** Each so many looks, streams with one copy get three where that is possible. */
const COPIES_EACH_LOOKS = 30;

/** From the oldest on. */
const ALL = 0 as UnixMs;

/** What a keeper is made of. */
export interface KeeperParts {
  readonly link: NatsLink;
  readonly plan: StreamPlan;
  readonly publishers: readonly Publisher[];
  readonly clock: Pick<Clock, "sleep">;
  readonly log: { info(message: string): void; warn(message: string): void };
  /** Whether this node is to fill a market's stream: one node does, where several could. */
  readonly mayFill: (market: MarketId) => boolean;
  /** Whether all that the exchange has is in the market's store. */
  readonly isWhole: (market: MarketId) => boolean;
}

/**
 * Keeps the streams there: one that is lost is made again, and filled from the store, oldest first. Which creation of a stream was filled is
 * noted in a bucket, so that a stream that somebody else made again is filled, too, and none twice.
 */
export class StreamKeeper {
  readonly counts: { created: number; filled: number } = { created: 0, filled: 0 };
  readonly #parts: KeeperParts;
  /** From which minute on streams lack what this node gave up, by market. */
  readonly #lacking: Map<MarketId, UnixMs> = new Map();
  /** How many looks in a row missed one that had been there; infinity for one that never was. */
  readonly #missed: Map<string, number> = new Map();
  #looks = 0;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** This node gave up a final state: from this minute on the market's stream may lack some. */
  lacks(market: MarketId, from: UnixMs): void {
    this.#lacking.set(market, Math.min(from, this.#lacking.get(market) ?? from) as UnixMs);
  }

  /**
   * Works until the signal is aborted. Filling waits for acknowledgements: a stream that is deleted meanwhile, or another market's, must be
   * made again all the same.
   */
  async run(signal: StopSignal): Promise<void> {
    const { link, clock, log } = this.#parts;
    const failed = (reason: string): void => log.warn(`NATS: the streams can't be looked after: ${reason}`);
    const parts = { link, clock, everyMs: LOOK_EVERY_MS, failed };
    await Promise.all([
      eachLook(parts, (access) => this.#create(access), signal),
      eachLook(parts, (access) => this.#fill(access, signal), signal),
    ]);
  }

  async #create(access: NatsAccess): Promise<void> {
    const { plan, log } = this.#parts;
    const created = await createMissing(access.manager, plan, (name, isThere) => this.#isGone(name, isThere));
    this.counts.created += created.length;
    if (created.length > 0) log.warn(`NATS: ${created.join(", ")} wasn't there and was created`);
    this.#looks += 1;
    if (this.#looks % COPIES_EACH_LOOKS === 0) {
      for (const name of await raiseCopies(access.manager, plan)) log.info(`NATS: ${name} has three copies now`);
    }
  }

  /**
   * Whether one that isn't there is to be made: at the second look that misses it, if it had been there. NATS goes on removing the files of one
   * that was deleted for a moment, and those of one that is made meanwhile with them.
   */
  #isGone(name: string, isThere: boolean): boolean {
    const looks = isThere ? 0 : (this.#missed.get(name) ?? Number.POSITIVE_INFINITY) + 1;
    this.#missed.set(name, looks);
    return looks > 1;
  }

  async #fill(access: NatsAccess, signal: StopSignal): Promise<void> {
    const { publishers, log, mayFill, isWhole } = this.#parts;
    // It may not be made yet.
    if ((await infoOf(access.manager, "KV_vyx-filled")) === undefined) return;
    const filled = await bucket(access, "vyx-filled");
    for (const publisher of publishers) {
      const { market } = publisher;
      if (signal.aborted || !mayFill(market) || !isWhole(market)) continue;
      const info = await infoOf(access.manager, streamOf(market));
      if (info === undefined) continue;
      const noted = await filled.get(market);
      const isNoted = noted?.operation === "PUT" && noted.string() === info.created;
      // The note was lost, and not the stream.
      const isFull = noted === null && info.state.messages >= publisher.held / 2;
      const lacking = this.#lacking.get(market);
      if (isFull && !isNoted) await filled.put(market, info.created);
      if ((isNoted || isFull) && lacking === undefined) continue;
      this.#lacking.delete(market);
      const count = await publisher.fill(isNoted || isFull ? (lacking ?? ALL) : ALL, signal);
      if (signal.aborted) return;
      this.counts.filled += 1;
      await filled.put(market, info.created);
      log.info(`NATS: ${streamOf(market)} was filled with ${count} klines from this node's memory`);
    }
  }
}

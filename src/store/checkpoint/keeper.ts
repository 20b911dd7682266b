import {
  type Clock,
  countOf,
  type MarketEvent,
  type MarketSource,
  type Millis,
  reasonOf,
  type StopSignal,
  type Stopwatch,
  type UnixMs,
} from "../../core/mod.ts";
import type { MarketStore } from "../store.ts";
import { UnsoundKline } from "./blocks.ts";
import { checkpointBytes, type RestoredCheckpoint, restoreCheckpoint } from "./checkpoint.ts";
import { DiskFull, FolderLock } from "./folder-lock.ts";
import { type AsideKind, Generations } from "./generations.ts";
import { isErrno } from "./regular-file.ts";

/** The exchange's clock may be read in another order than it ticked; a market that is further behind its checkpoint is another one. */
const MAX_CLOCK_BACK_MS = 60_000;

/** How checkpoints are kept. */
export interface CheckpointOptions {
  readonly folder: string;
  /** From the end of one writing to the beginning of the next. */
  readonly every: Millis;
  /** Names the market, see CheckpointFacts. */
  readonly market: string;
  readonly store: MarketStore;
  /** What the feed says of itself; sure from its first word on. */
  readonly source: () => MarketSource;
  /** The market's epoch, which files keep: what a file says of it, and that the market is another one. */
  readonly epoch?: {
    text(): string | undefined;
    restored(text: string | undefined): void;
    renew(): void;
  };
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly log: { info(message: string): void; warn(message: string): void; error(message: string): void };
}

/** How writing goes, for health pages and metrics. */
export interface CheckpointStatus {
  /**
   * When the newest file was whole, by the local clock as it is set now; of the file that was restored until the first one is
   * written.
   */
  readonly lastWrittenAt: UnixMs | undefined;
  /** Of the newest file that this run wrote; 0 before. */
  readonly bytes: number;
  /** What writing it took, from the first piece to the folder's sync. */
  readonly milliseconds: number;
  /** Writings that failed, in this run. */
  readonly failures: number;
  /** Why checkpoints aren't written now, in words for strangers; undefined when the last one was. */
  readonly fault: string | undefined;
  /** Files that were found unusable and set aside, in this run. */
  readonly setAside: number;
}

/**
 * Keeps a store's checkpoints in a folder that it has for itself: restores the newest sound one at the start, writes one
 * again and again and at the end. Nothing that it finds on the disk is fatal, and nothing that it can't check is used.
 */
export class CheckpointKeeper {
  readonly #options: CheckpointOptions;
  readonly #generations: Generations;
  /** Undefined while the folder isn't ours: the disk is full, or the folder was lost. */
  #lock: FolderLock | undefined;
  /** What was restored, while it may still turn out to be of another market. */
  #unproven: RestoredCheckpoint | undefined;
  /** Whether the feed has said anything; before, there is nothing that the disk doesn't have. */
  #heard = false;
  #running: Promise<void> | undefined;
  /** When the newest file was whole, by the stopwatch. */
  #wholeAt: number | undefined;
  #status: Omit<CheckpointStatus, "lastWrittenAt"> = {
    bytes: 0,
    milliseconds: 0,
    failures: 0,
    fault: undefined,
    setAside: 0,
  };

  /** Locks the folder. Throws InvalidInput when it can't be had; a full disk is no reason not to serve. */
  constructor(options: CheckpointOptions) {
    this.#options = options;
    try {
      this.#lock = FolderLock.take(options.folder);
    } catch (cause) {
      if (!(cause instanceof DiskFull)) throw cause;
      this.#fail(cause);
    }
    this.#generations = new Generations(options.folder, options.market);
  }

  status(): CheckpointStatus {
    const { clock, stopwatch } = this.#options;
    const wholeAt = this.#wholeAt;
    const lastWrittenAt =
      wholeAt === undefined ? undefined : (Math.round(clock.now() - (stopwatch() - wholeAt)) as UnixMs);
    return { ...this.#status, lastWrittenAt };
  }

  /** Fills the empty store from the newest sound file of this market; leaves it empty when there is none. */
  restore(): void {
    if (this.#lock === undefined) return;
    const { store, market, log, clock, stopwatch, folder } = this.#options;
    for (const name of this.#names()) {
      const began = stopwatch();
      try {
        const restored = this.#generations.read(name, (bytes) => restoreCheckpoint(store, bytes, market));
        const ageMs = Math.max(0, clock.now() - restored.writtenAt);
        log.info(
          `checkpoint: ${countOf(restored.symbols, "symbol")} and ${countOf(restored.klines, "kline")} from ${name}, ${(ageMs / 1_000).toFixed(0)} s old, read in ${(stopwatch() - began).toFixed(0)} ms`,
        );
        this.#unproven = restored;
        this.#options.epoch?.restored(restored.epoch);
        this.#wholeAt = stopwatch() - ageMs;
        return;
      } catch (cause) {
        if (cause instanceof UnsoundKline) store.refusals.note("checkpoint", cause.refusal, () => cause.message);
        // What the disk or its permissions withhold is no damage: it may be read another time.
        if (isErrno(cause)) log.warn(`checkpoint: ${name} can't be read, and stays where it is: ${reasonOf(cause)}`);
        else this.#setAside(name, "damaged", reasonOf(cause));
      }
    }
    log.info(`checkpoint: none in ${folder}; all history is read from the exchange`);
  }

  /** The files that may be read, newest first. What else the folder holds of that name is named in the log. */
  #names(): string[] {
    const { log, market } = this.#options;
    return this.#readable(() => {
      for (const [other, count] of this.#generations.others()) {
        log.info(
          `checkpoint: ${countOf(count, "file")} of another market, ${other}, left alone: this server follows ${market}`,
        );
      }
      for (const name of this.#generations.dropUnfinished()) {
        log.info(`checkpoint: ${name} was never finished, and is gone`);
      }
      for (const stranger of this.#generations.strangers()) {
        log.warn(`checkpoint: ${stranger}, no file: it isn't read, and left alone`);
      }
      return this.#generations.names();
    });
  }

  /** Names of files in the folder; none where it can't be read. */
  #readable(names: () => string[]): string[] {
    const { log, folder } = this.#options;
    try {
      return names();
    } catch (cause) {
      log.warn(`checkpoint: ${folder} can't be read: ${reasonOf(cause)}`);
      return [];
    }
  }

  /**
   * Checks what the feed is about to pass to the store. A market that turns out not to be the restored one is started afresh:
   * a stand-in may answer at the address where another one did. Never throws.
   */
  hear(event: MarketEvent): void {
    this.#heard ||= event.type === "symbols";
    if (this.#unproven === undefined) return;
    const why = this.#contradiction(event, this.#unproven);
    if (event.type === "kline" || why !== undefined) this.#unproven = undefined;
    if (why !== undefined) this.outdate(why);
  }

  /** What the store and the files hold is of another market. Never throws. */
  outdate(why: string): void {
    this.#unproven = undefined;
    this.#options.store.clear();
    this.#options.epoch?.renew();
    // Another server may have the folder by now: its files aren't ours to move.
    const lost = this.#lock === undefined ? "the folder isn't locked" : this.#lock.lost();
    if (lost !== undefined) {
      this.#options.log.warn(`checkpoint: what was restored isn't used: ${why}; no file is set aside: ${lost}`);
      return;
    }
    for (const name of this.#readable(() => this.#generations.names())) this.#setAside(name, "outdated", why);
  }

  /** Writes checkpoints until the signal is aborted. Never rejects. */
  run(signal: StopSignal): void {
    this.#running = this.#writeAgainAndAgain(signal);
  }

  /** Writes the last checkpoint and lets the folder go. To be called once, when the signal of `run` is aborted and the feed has ended. */
  async close(): Promise<void> {
    await this.#running;
    await this.#write();
    this.release();
  }

  /** Lets the folder go without writing. */
  release(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  async #writeAgainAndAgain(signal: StopSignal): Promise<void> {
    const { clock, every } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(every, signal).catch(() => {});
      if (!signal.aborted) await this.#write();
    }
  }

  async #write(): Promise<void> {
    if (!this.#heard) return;
    const { store, market, source, epoch, clock, stopwatch } = this.#options;
    const [writtenAt, began] = [clock.now(), stopwatch()];
    try {
      this.#holdFolder();
      const bytes = await this.#generations.write(
        checkpointBytes(store, { market, source: source(), epoch: epoch?.text(), writtenAt }),
      );
      this.#wholeAt = stopwatch();
      const milliseconds = Math.round(this.#wholeAt - began);
      this.#status = { ...this.#status, bytes, milliseconds, fault: undefined };
    } catch (cause) {
      this.#fail(cause);
    }
  }

  /** Makes sure that the folder is still ours, or takes it anew. Throws when another server has it, or it can't be had. */
  #holdFolder(): void {
    const { folder, log } = this.#options;
    const lost = this.#lock?.lost();
    if (this.#lock !== undefined && lost === undefined) return;
    this.release();
    this.#lock = FolderLock.take(folder);
    log.warn(`checkpoint: ${lost ?? `${folder} couldn't be locked before`}; it is taken anew`);
  }

  #fail(cause: unknown): void {
    const { folder, log } = this.#options;
    this.#status = { ...this.#status, failures: this.#status.failures + 1, fault: this.#faultOf(cause) };
    log.error(`checkpoint: not written to ${folder}, the one before stays: ${reasonOf(cause)}`);
  }

  /** For `/health`, which strangers may read: no path of this machine, and no text of its system. */
  #faultOf(cause: unknown): string {
    if (cause instanceof DiskFull || isErrno(cause, "ENOSPC", "EDQUOT")) return "the disk is full";
    if (this.#lock === undefined)
      return "the data folder was moved or replaced, and can't be had any more: see the log";
    return "see the log";
  }

  #contradiction(event: MarketEvent, restored: RestoredCheckpoint): string | undefined {
    const source = this.#options.source();
    // Some exchanges say what their data is only after their symbols.
    if ((event.type === "symbols" || event.type === "kline") && source !== restored.source) {
      return `its market is ${restored.source}, and the exchange at ${restored.market} is ${source} now`;
    }
    if (event.type === "kline" && event.eventTime < restored.marketTime - MAX_CLOCK_BACK_MS) {
      const [then, now] = [restored.marketTime, event.eventTime].map((time) => new Date(time).toISOString());
      return `its market was at ${then} already, and the exchange at ${restored.market} says ${now}`;
    }
    return undefined;
  }

  #setAside(name: string, kind: AsideKind, why: string): void {
    const { log, clock } = this.#options;
    this.#status = { ...this.#status, setAside: this.#status.setAside + 1 };
    try {
      const aside = this.#generations.setAside(name, kind, clock.now());
      log.warn(`checkpoint: ${name} isn't used: ${why}; set aside as ${aside}`);
    } catch (cause) {
      log.error(`checkpoint: ${name} isn't used: ${why}; it can't be set aside: ${reasonOf(cause)}`);
    }
  }
}

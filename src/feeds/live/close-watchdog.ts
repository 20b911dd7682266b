import { nextOpenTime, openTimeOf, previousOpenTime, type UnixMs } from "../../core/mod.ts";
import type { Followed } from "./followed.ts";

/** How long after a close a stream that was silent through its whole minute, and was subscribed again, is looked at again. */
const LOOK_AGAIN_AFTER_MS = 12_000;

/** What the watchdog has done about the symbols that it finds late. */
export interface CloseWatchdogContext {
  /** How long after a close, in market milliseconds, its final state may take before REST is asked. */
  readonly finalWithinMs: number;
  followed(): Iterable<Followed>;
  /** Whether the streams bring nothing now: then a symbol's silence doesn't show that it isn't traded. */
  isQuiet(): boolean;
  /** From this candle on, a symbol's series may lack something; REST has to be asked. */
  late(followed: Followed, from: UnixMs, isHeard: boolean): void;
  /** No close is to be expected of this symbol; a longer candle of it may be over all the same. */
  idle(followed: Followed): void;
  /** These streams should have spoken and didn't. */
  wake(streams: readonly string[]): void;
}

/**
 * Checks every symbol shortly after each minute's close, in market time: REST is asked for those whose final state hasn't come, and
 * a stream that said nothing for the whole minute while its symbol traded is reported as silent. Market time comes from all
 * streams together, so a dead one can't stop it.
 */
export class CloseWatchdog {
  readonly #context: CloseWatchdogContext;
  #nextAsk = Number.NaN;
  #nextLook = Number.POSITIVE_INFINITY;
  #closing = 0 as UnixMs;

  constructor(context: CloseWatchdogContext) {
    this.#context = context;
  }

  /** Market time moved. Cheap unless a close is due. */
  moved(marketTime: number): void {
    if (marketTime >= this.#nextLook) this.#lookAgain();
    if (marketTime >= this.#nextAsk) this.#ask(marketTime);
    else if (Number.isNaN(this.#nextAsk)) this.#await(marketTime);
  }

  /** The market's clock was set back: closes are awaited from there on. */
  turnedBack(): void {
    this.#nextAsk = Number.NaN;
    this.#nextLook = Number.POSITIVE_INFINITY;
  }

  #await(marketTime: number): void {
    this.#nextAsk = nextOpenTime("1m", openTimeOf("1m", marketTime)) + this.#context.finalWithinMs;
  }

  #ask(marketTime: number): void {
    const { finalWithinMs } = this.#context;
    const present = openTimeOf("1m", marketTime - finalWithinMs);
    this.#closing = previousOpenTime("1m", present);
    this.#await(marketTime - finalWithinMs);
    this.#nextLook = present + LOOK_AGAIN_AFTER_MS;
    const silent: string[] = [];
    const isQuiet = this.#context.isQuiet();
    for (const followed of this.#context.followed()) {
      if (!followed.isWarm) continue;
      if (followed.settledTo >= this.#closing) {
        silent.push(...followed.silentSince(this.#closing));
        continue;
      }
      const trades = followed.tradesSince(this.#closing);
      if (!trades && (!isQuiet || followed.delistedAt !== undefined)) {
        this.#context.idle(followed);
        continue;
      }
      const isHeard = (followed.lastOpenTime ?? Number.NEGATIVE_INFINITY) > this.#closing;
      const settled = followed.settledTo;
      // One that didn't trade before the silence needn't have candles from before it.
      const from = trades && Number.isFinite(settled) ? nextOpenTime("1m", settled) : this.#closing;
      followed.askedClose = this.#closing;
      this.#context.late(followed, from, isHeard);
      silent.push(...followed.silentSince(this.#closing));
    }
    if (silent.length > 0) this.#context.wake(silent);
  }

  #lookAgain(): void {
    this.#nextLook = Number.POSITIVE_INFINITY;
    const silent: string[] = [];
    for (const followed of this.#context.followed()) {
      if (followed.isWarm) silent.push(...followed.silentSince(this.#closing));
    }
    if (silent.length > 0) this.#context.wake(silent);
  }
}

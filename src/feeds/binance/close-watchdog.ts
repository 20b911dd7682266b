import { nextOpenTime, openTimeOf, previousOpenTime, type UnixMs } from "../../core/mod.ts";
import type { Followed } from "./followed.ts";

/** How long after a close, in market time, its final state may take before REST is asked. Late ones take up to 30 s (reported). */
const ASK_AFTER_MS = 2_000;

/** How long after a close a stream that was silent through its whole minute, and was subscribed again, is looked at again. */
const LOOK_AGAIN_AFTER_MS = 12_000;

/** What the watchdog has done about the symbols that it finds late. */
export interface CloseWatchdogContext {
  followed(): Iterable<Followed>;
  /** From this candle on, a symbol's series may lack something; REST has to be asked. */
  late(followed: Followed, from: UnixMs, isHeard: boolean): void;
  /** No close is to be expected of this symbol; a longer candle of it may be over all the same. */
  idle(followed: Followed): void;
  /** These streams should have spoken and didn't. */
  silent(streams: readonly string[]): void;
}

/**
 * Looks at every symbol 2 s of market time after each minute's close: whoever's final state hasn't come is asked of REST,
 * and a stream that said nothing for the whole minute while its symbol traded is told to be silent. Market time comes
 * from all streams together, so a dead one can't stop it.
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
    this.#nextAsk = nextOpenTime("1m", openTimeOf("1m", marketTime)) + ASK_AFTER_MS;
  }

  #ask(marketTime: number): void {
    const present = openTimeOf("1m", marketTime - ASK_AFTER_MS);
    this.#closing = previousOpenTime("1m", present);
    this.#await(marketTime - ASK_AFTER_MS);
    this.#nextLook = present + LOOK_AGAIN_AFTER_MS;
    const silent: string[] = [];
    for (const followed of this.#context.followed()) {
      if (!followed.isWarm || followed.settledTo >= this.#closing) continue;
      if (!followed.tradesSince(this.#closing)) {
        this.#context.idle(followed);
        continue;
      }
      const isHeard = (followed.lastOpenTime ?? Number.NEGATIVE_INFINITY) > this.#closing;
      const settled = followed.settledTo;
      const from = Number.isFinite(settled) ? nextOpenTime("1m", settled) : this.#closing;
      followed.askedClose = this.#closing;
      this.#context.late(followed, from, isHeard);
      if (isSilent(followed, this.#closing)) silent.push(followed.minuteStream);
    }
    if (silent.length > 0) this.#context.silent(silent);
  }

  #lookAgain(): void {
    this.#nextLook = Number.POSITIVE_INFINITY;
    const silent: string[] = [];
    for (const followed of this.#context.followed()) {
      if (followed.isWarm && isSilent(followed, this.#closing)) silent.push(followed.minuteStream);
    }
    if (silent.length > 0) this.#context.silent(silent);
  }
}

/** Whether a stream said nothing since the candle opened although the symbol's ticker moved: only then it must have spoken. */
function isSilent(followed: Followed, openTime: UnixMs): boolean {
  return followed.heardAt < openTime && followed.tickedAt >= openTime;
}

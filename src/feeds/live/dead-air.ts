import { type Clock, millis, reasonOf, type Stopwatch, type UnixMs } from "../../core/mod.ts";
import type { Asker } from "./asking/asker.ts";
import type { Evidence } from "./evidence.ts";
import type { Followed } from "./followed.ts";
import type { MarketTime } from "./market-time.ts";

/** How often it is checked whether the exchange still sends data, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Once the exchange has been silent for so long, in milliseconds, our stopwatch decides which closes are due: nothing else
 * would notice that they are missing.
 */
const STOPWATCH_AFTER_MS = 4_000;

/** Between two questions for the exchange's time: while it is silent, and when that has to be known soon. Milliseconds of the stopwatch. */
const ASK_WHEN_SILENT_MS = 10_000;
const ASK_SOON_MS = 2_000;

/** Between two attempts to wake the streams of symbols that are deaf, in milliseconds of the stopwatch. */
const WAKE_EVERY_MS = 30_000;

/** What the watch needs of the feed that it works for. */
export interface DeadAirContext {
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  readonly rest: Asker;
  readonly time: MarketTime;
  readonly evidence: Evidence;
  readonly staleAfterMs: number;
  followed(): readonly Followed[];
  /** By the exchange's clock or our stopwatch it is this late: closes that are due have to be asked for. */
  moved(marketTime: UnixMs): void;
  /** These streams should have sent data and didn't. */
  wake(streams: readonly string[]): void;
  warn(message: string): void;
}

/**
 * Checks by the stopwatch whether the exchange still sends data. While it doesn't, the market's clock stands still, and missing
 * closes wouldn't be noticed: so REST is asked what time it is, and the stopwatch stands in where REST doesn't answer either.
 */
export class DeadAir {
  readonly #context: DeadAirContext;
  #askedAt = Number.NEGATIVE_INFINITY;
  #wokeAt = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #signal: AbortSignal = new AbortController().signal;

  constructor(context: DeadAirContext) {
    this.#context = context;
  }

  /** Whether the exchange's data is missing, or too old by its own clock. */
  get isDead(): boolean {
    const { evidence } = this.#context;
    return evidence.isSilent || evidence.silences.length > 0 || this.#isLate;
  }

  /** Whether nothing of the market has come for a while. */
  get isQuiet(): boolean {
    return this.#context.evidence.silentForMs >= STOPWATCH_AFTER_MS;
  }

  /** In words, which data is missing although connections are up. Empty during total silence: its age says enough. */
  get reasons(): readonly string[] {
    const { evidence, time } = this.#context;
    const lateSeconds = Math.round(time.behindMs / 1_000);
    return [
      ...evidence.silences,
      ...(this.#isLate && !evidence.isSilent
        ? [`what the exchange tells is ${lateSeconds} s old by its own clock`]
        : []),
    ];
  }

  /** An event claims another time than we believe, or a close is overdue: the exchange is asked, soon but not for each of them. */
  askSoon(): void {
    void this.#ask(ASK_SOON_MS);
  }

  /** Watches until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    while (!signal.aborted) {
      await this.#context.clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
      if (!signal.aborted) this.#look();
    }
  }

  get #isLate(): boolean {
    const { time, staleAfterMs } = this.#context;
    return time.behindMs > staleAfterMs;
  }

  #look(): void {
    const { evidence, time, moved, followed } = this.#context;
    evidence.look(followed());
    this.#wakeDeaf();
    const { isQuiet } = this;
    if (!isQuiet && !this.#isLate) return;
    if (time.isSure && isQuiet) moved(time.byStopwatch);
    void this.#ask(ASK_WHEN_SILENT_MS);
  }

  #wakeDeaf(): void {
    const { evidence, stopwatch, wake } = this.#context;
    if (evidence.deaf.length === 0 || stopwatch() - this.#wokeAt < WAKE_EVERY_MS) return;
    this.#wokeAt = stopwatch();
    wake(evidence.deaf.flatMap(({ klineStreams }) => klineStreams));
  }

  /** Asks what time it is, unless that was done lately. */
  async #ask(everyMs: number): Promise<void> {
    const { stopwatch, rest, time, moved, warn } = this.#context;
    if (this.#isAsking || stopwatch() - this.#askedAt < everyMs) return;
    this.#isAsking = true;
    try {
      const { serverTime, askedAt } = await rest.time("repair", this.#signal);
      time.learn(serverTime, askedAt);
      if (time.isSure) moved(time.now);
    } catch (cause) {
      if (!this.#signal.aborted) warn(`the exchange doesn't say what time it is: ${reasonOf(cause)}`);
    } finally {
      this.#isAsking = false;
      this.#askedAt = stopwatch();
    }
  }
}

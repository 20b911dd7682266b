import { type Clock, countOf, type Stopwatch, type Ticker, type UnixMs } from "../../core/mod.ts";
import type { Followed } from "./followed.ts";

/** The share of symbols whose klines may be silent though their tickers show trades before the whole feed counts as silent. */
const DEAF_SHARE = 1 / 50;

/** So many symbols are named. */
const MOST_NAMED = 3;

/**
 * Shows that the exchange sends data: by klines and tickers that were accepted, and nothing else. Open sockets, pings,
 * acknowledgements and frames that were refused prove nothing. Moments are the stopwatch's, in milliseconds, unless it says otherwise.
 */
export class Evidence {
  readonly #clock: Clock;
  readonly #staleAfterMs: number;
  readonly #stopwatch: Stopwatch;
  readonly #startedAt: number;
  #connectedAt: number | undefined;
  #lastEventAt: number | undefined;
  #lastKlineAt: number | undefined;
  #lastTickersAt: number | undefined;
  /** When tickers came again after they had been silent: klines get their time from there on. */
  #resumedAt = Number.NEGATIVE_INFINITY;
  #deaf: readonly Followed[] = [];
  #symbols = 0;

  /** `staleAfterMs`: how long the exchange may say nothing before that is noticed. `stopwatch` only goes forward, the clock may be set. */
  constructor(clock: Clock, stopwatch: Stopwatch, staleAfterMs: number) {
    this.#clock = clock;
    this.#stopwatch = stopwatch;
    this.#staleAfterMs = staleAfterMs;
    this.#startedAt = stopwatch();
  }

  /** When a kline or a ticker was accepted last, by the local clock as it is set now; undefined before the first. */
  get lastEventAt(): UnixMs | undefined {
    if (this.#lastEventAt === undefined) return undefined;
    return Math.round(this.#clock.now() - (this.#stopwatch() - this.#lastEventAt)) as UnixMs;
  }

  /** Whether a connection has ever come up. */
  get wasConnected(): boolean {
    return this.#connectedAt !== undefined;
  }

  /** When a ticker of any symbol was accepted last. */
  get lastTickersAt(): number {
    return this.#lastTickersAt ?? Number.NEGATIVE_INFINITY;
  }

  /** How long nothing was accepted: since the last kline or ticker, else since the first connect, else since the start. */
  get silentForMs(): number {
    return Math.max(0, this.#stopwatch() - (this.#lastEventAt ?? this.#connectedAt ?? this.#startedAt));
  }

  /** Whether nothing has been accepted for too long. */
  get isSilent(): boolean {
    return this.silentForMs > this.#staleAfterMs;
  }

  /** The symbols whose klines are silent though their tickers show trades, as of the last look. */
  get deaf(): readonly Followed[] {
    return this.#deaf;
  }

  connected(): void {
    this.#connectedAt ??= this.#stopwatch();
  }

  /** A 1m kline of a symbol was accepted. */
  kline(followed: Followed): void {
    followed.unheardSince = undefined;
    this.#lastKlineAt = this.#lastEventAt = this.#stopwatch();
  }

  /**
   * A ticker of a symbol was accepted. One that shows a trade is something that its kline stream has to send too. Returns whether it
   * does.
   */
  ticker(followed: Followed, { price, volume }: Ticker): boolean {
    this.tickers();
    const had = followed.lastTicker;
    // The volume of 24 hours also falls, as old trades drop out; it grows by new ones only.
    const showsTrade = had !== undefined && (had.price !== price || volume > had.volume);
    if (showsTrade) followed.unheardSince ??= this.#stopwatch();
    followed.lastTicker = { price, volume };
    return showsTrade;
  }

  /** A sound ticker came, of any symbol: the exchange sends data. */
  tickers(): void {
    if (this.#stopwatch() - this.lastTickersAt > this.#staleAfterMs / 2) this.#resumedAt = this.#stopwatch();
    this.#lastTickersAt = this.#lastEventAt = this.#stopwatch();
  }

  /** Finds the symbols that are deaf now: their tickers went on for too long after a trade that their klines don't show. */
  look(followed: readonly Followed[]): void {
    const before = this.lastTickersAt - this.#staleAfterMs;
    this.#symbols = followed.length;
    this.#deaf =
      this.#resumedAt >= before
        ? []
        : followed.filter(
            ({ unheardSince, delistedAt }) =>
              unheardSince !== undefined && unheardSince < before && delistedAt === undefined,
          );
  }

  /** In words, which part of what has to come doesn't, though something does. Nothing of total silence: its age says enough. */
  get silences(): readonly string[] {
    if (this.isSilent) return [];
    const silences: string[] = [];
    const now = this.#stopwatch();
    const begin = this.#connectedAt ?? this.#startedAt;
    const sinceTickersMs = now - (this.#lastTickersAt ?? begin);
    const sinceKlinesMs = now - (this.#lastKlineAt ?? begin);
    if (sinceTickersMs > this.#staleAfterMs && sinceKlinesMs <= this.#staleAfterMs) {
      silences.push(`no tickers have come for ${Math.round(sinceTickersMs / 1_000)} s, though klines do`);
    }
    if (this.#deaf.length === 0 || this.#deaf.length < this.#symbols * DEAF_SHARE) return silences;
    // Symbols that don't trade aren't deaf, but their klines would be heard no more than the others'.
    if (sinceKlinesMs > this.#staleAfterMs) {
      silences.push(`no klines have come for ${Math.round(sinceKlinesMs / 1_000)} s, though tickers do`);
    } else {
      const names = this.#deaf.slice(0, MOST_NAMED).map(({ symbol }) => symbol);
      const more = this.#deaf.length > MOST_NAMED ? ", …" : "";
      silences.push(
        `no klines come of ${this.#deaf.length} of ${countOf(this.#symbols, "symbol")}, though they trade: ${names.join(", ")}${more}`,
      );
    }
    return silences;
  }
}

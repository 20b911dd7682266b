import { closeTimeOf, type Interval, type MarketId, openTimeOf, type Symbol, type UnixMs } from "../core/mod.ts";

/** How long after a close, in market time, its first announcement waits for the last symbols. */
const CLOSE_GRACE_MS = 2_000;

/** An announced close: `symbols` closed since the last notice of the same close, `pending` are still to come. */
export interface CloseNotice extends MarketClose {
  readonly market: MarketId;
}

/** What is announced of a close of one market. */
export interface MarketClose {
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly symbols: readonly Symbol[];
  readonly pending: readonly Symbol[];
}

/** The last close of an interval that the market reached. */
export interface CloseState {
  readonly closeTime: UnixMs;
  readonly closed: number;
  readonly total: number;
  readonly pending: readonly Symbol[];
}

/** A close that symbols may still have to be announced for. */
interface CurrentClose {
  readonly closeTime: UnixMs;
  readonly arrived: Set<Symbol>;
  /** Of those that arrived, the ones that no notice has named yet. */
  unannounced: Symbol[];
  isAnnounced: boolean;
}

/**
 * Watches one interval's closes over all symbols. Each close is announced once all symbols have it, or a grace after it with
 * those that have; later symbols are announced separately, so every symbol is announced exactly once per close. A close is
 * history when the grace of the next one is over: of an interval shorter than the grace, several closes are current at a time.
 */
export class CloseWatch {
  readonly #interval: Interval;
  /** The symbols that trade now; the store keeps it up to date. */
  readonly #active: ReadonlySet<Symbol>;
  /** Whether a symbol's candle is there and final, from whichever source. */
  readonly #isClosed: (symbol: Symbol, openTime: UnixMs) => boolean;
  /** The closes that aren't history, oldest first: four at most of 1s, two of longer intervals. */
  #current: CurrentClose[] = [];

  constructor(
    interval: Interval,
    active: ReadonlySet<Symbol>,
    isClosed: (symbol: Symbol, openTime: UnixMs) => boolean,
  ) {
    this.#interval = interval;
    this.#active = active;
    this.#isClosed = isClosed;
  }

  /** A symbol's candle closed. Returns the notices that are due, oldest close first. */
  closed(symbol: Symbol, openTime: UnixMs, marketTime: number): readonly MarketClose[] {
    const close = this.#closeAt(closeTimeOf(this.#interval, openTime), marketTime);
    if (close === undefined || close.arrived.has(symbol)) return NOTHING;
    close.arrived.add(symbol);
    close.unannounced.push(symbol);
    return this.tick(marketTime);
  }

  /** Market time moved. Returns the notices that are due, oldest close first. */
  tick(marketTime: number): readonly MarketClose[] {
    let notices: MarketClose[] | undefined;
    for (const close of this.#current) {
      if (close.unannounced.length === 0) continue;
      const isDue = close.isAnnounced || marketTime >= close.closeTime + CLOSE_GRACE_MS;
      if (!isDue && close.arrived.size < this.#active.size) continue;
      const pending = this.#pending(close.closeTime);
      if (!isDue && pending.length > 0) continue;
      notices ??= [];
      notices.push({ interval: this.#interval, closeTime: close.closeTime, symbols: close.unannounced, pending });
      close.unannounced = [];
      close.isAnnounced = true;
    }
    return notices ?? NOTHING;
  }

  /** The market's clock was set back: closes after it have yet to come, and those before it stay announced. */
  turnBack(marketTime: UnixMs): void {
    this.#current = this.#current.filter(({ closeTime }) => closeTime < marketTime);
  }

  /** The last close before the market time. */
  state(marketTime: UnixMs): CloseState {
    const closeTime = (openTimeOf(this.#interval, marketTime) - 1) as UnixMs;
    const pending = this.#pending(closeTime);
    const total = this.#active.size;
    return { closeTime, closed: total - pending.length, total, pending };
  }

  /** The current close of this time; undefined where it is history: repairs after a cut or a restart bring many of those. */
  #closeAt(closeTime: UnixMs, marketTime: number): CurrentClose | undefined {
    const newest = Math.max(marketTime, closeTime, this.#current.at(-1)?.closeTime ?? closeTime);
    const oldest = openTimeOf(this.#interval, newest - CLOSE_GRACE_MS) - 1;
    if (closeTime < oldest) return undefined;
    let close = this.#current.find((one) => one.closeTime === closeTime);
    if (close !== undefined) return close;
    close = { closeTime, arrived: new Set(), unannounced: [], isAnnounced: false };
    this.#current = [...this.#current.filter((one) => one.closeTime >= oldest), close];
    this.#current.sort((a, b) => a.closeTime - b.closeTime);
    return close;
  }

  #pending(closeTime: number): Symbol[] {
    const openTime = openTimeOf(this.#interval, closeTime);
    return [...this.#active].filter((symbol) => !this.#isClosed(symbol, openTime));
  }
}

const NOTHING: readonly MarketClose[] = [];

import { closeTimeOf, type Interval, openTimeOf, type Symbol, type UnixMs } from "../core/mod.ts";

/** How long after a close, in market time, the first word of it waits for the last symbols. */
export const CLOSE_GRACE_MS = 2_000;

/** A close, told: `symbols` closed since the last word of the same close, `pending` are still to come. */
export interface CloseNotice {
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

/**
 * Watches one interval's closes over all symbols. Each close is told once all symbols have it, or a grace after it with
 * those that have; whoever comes later is told on its own, so every symbol is told exactly once a close.
 */
export class CloseWatch {
  readonly #interval: Interval;
  /** The symbols that trade now; the store keeps it up to date. */
  readonly #active: ReadonlySet<Symbol>;
  /** Whether a symbol's candle is there and final, wherever it came from. */
  readonly #isClosed: (symbol: Symbol, openTime: UnixMs) => boolean;
  readonly #lastClosed: Map<Symbol, number> = new Map();
  #closeTime = Number.NEGATIVE_INFINITY;
  #untold: Symbol[] = [];
  /** How many symbols have this close, so that the list of those that don't is only made when it is told. */
  #arrived = 0;
  #told = false;

  constructor(
    interval: Interval,
    active: ReadonlySet<Symbol>,
    isClosed: (symbol: Symbol, openTime: UnixMs) => boolean,
  ) {
    this.#interval = interval;
    this.#active = active;
    this.#isClosed = isClosed;
  }

  /** A symbol's candle closed. Gives back what there is to tell, if anything. */
  closed(symbol: Symbol, openTime: UnixMs, marketTime: number): CloseNotice | undefined {
    const closeTime = closeTimeOf(this.#interval, openTime);
    if (closeTime <= (this.#lastClosed.get(symbol) ?? Number.NEGATIVE_INFINITY)) return undefined;
    this.#lastClosed.set(symbol, closeTime);
    // A close that the market has left behind is history: repairs after a cut or a restart bring many.
    const left = openTimeOf(this.#interval, marketTime - CLOSE_GRACE_MS) - 1;
    if (closeTime < this.#closeTime || closeTime < left) return undefined;
    if (closeTime > this.#closeTime) this.#begin(closeTime);
    this.#arrived += 1;
    this.#untold.push(symbol);
    return this.tick(marketTime);
  }

  /** Market time moved. Gives back what there is to tell, if anything. */
  tick(marketTime: number): CloseNotice | undefined {
    if (this.#untold.length === 0) return undefined;
    const due = this.#told || marketTime >= this.#closeTime + CLOSE_GRACE_MS;
    if (!due && this.#arrived < this.#active.size) return undefined;
    const pending = this.#pending(this.#closeTime);
    if (!due && pending.length > 0) return undefined;
    const symbols = this.#untold;
    this.#untold = [];
    this.#told = true;
    return { interval: this.#interval, closeTime: this.#closeTime as UnixMs, symbols, pending };
  }

  /** The market's clock was set back: closes after it have yet to come, and those before it stay told. */
  turnBack(marketTime: UnixMs): void {
    const last = openTimeOf(this.#interval, marketTime) - 1;
    for (const [symbol, closeTime] of this.#lastClosed) if (closeTime > last) this.#lastClosed.delete(symbol);
    if (this.#closeTime > last) this.#begin(Number.NEGATIVE_INFINITY);
  }

  /** The last close before the market time. */
  state(marketTime: UnixMs): CloseState {
    const closeTime = (openTimeOf(this.#interval, marketTime) - 1) as UnixMs;
    const pending = this.#pending(closeTime);
    const total = this.#active.size;
    return { closeTime, closed: total - pending.length, total, pending };
  }

  #begin(closeTime: number): void {
    this.#closeTime = closeTime;
    this.#untold = [];
    this.#told = false;
    this.#arrived = 0;
  }

  #pending(closeTime: number): Symbol[] {
    const openTime = openTimeOf(this.#interval, closeTime);
    return [...this.#active].filter((symbol) => !this.#isClosed(symbol, openTime));
  }
}

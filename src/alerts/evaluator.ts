import type { Kline, Symbol, UnixMs } from "../core/mod.ts";
import type { PastMinutes } from "./minute-figures.ts";
import type { SeenPrice } from "./price-steps.ts";
import { SymbolWatch } from "./symbol-watch.ts";
import type { Firing, SideChange, WatchedAlert } from "./watched-alert.ts";

/** What came of the prices since it was last taken. */
export interface Changes {
  /** In the order in which they fired. */
  readonly firings: readonly Firing[];
  /** Sides that changed without a firing behind it. */
  readonly sides: readonly SideChange[];
}

/** What an evaluator reads of the market. */
export interface EvaluatorParts {
  readonly past: PastMinutes;
  /** The newest state of a symbol's one-minute candle, if it was received in this run. */
  readonly last: (symbol: Symbol) => SeenPrice | undefined;
}

/**
 * Watches alerts: it takes every state of the one-minute candles, and finds the alerts whose conditions were met. A state costs only the alerts
 * that it concerns: levels that the price passes, and the lines, moves and volumes of its symbol. It reads no clock.
 */
export class AlertEvaluator {
  readonly #parts: EvaluatorParts;
  readonly #symbols: Map<Symbol, SymbolWatch> = new Map();
  readonly #symbolOf: Map<string, Symbol> = new Map();
  #firings: Firing[] = [];
  readonly #sides: Map<string, SideChange> = new Map();

  constructor(parts: EvaluatorParts) {
    this.#parts = parts;
  }

  /** How many alerts are watched. */
  get size(): number {
    return this.#symbolOf.size;
  }

  /** How many firings wait to be taken. */
  get fired(): number {
    return this.#firings.length;
  }

  /** The symbols that have alerts. */
  symbols(): Iterable<Symbol> {
    return this.#symbols.keys();
  }

  /** The ids of all alerts, of one symbol where it is said. */
  ids(symbol?: Symbol): string[] {
    return [...this.#symbolOf].filter(([, of]) => symbol === undefined || of === symbol).map(([id]) => id);
  }

  /** Watches an alert, in place of what it was before. */
  put(alert: WatchedAlert): void {
    const { id, symbol } = alert;
    this.delete(id);
    this.#symbolOf.set(id, symbol);
    let watch = this.#symbols.get(symbol);
    if (watch === undefined) {
      const { past, last } = this.#parts;
      watch = new SymbolWatch(symbol, past, last(symbol), {
        fired: (firing, isOver) => this.#fired(firing, isOver),
        turned: ({ id: turned, revision }, side) => this.#sides.set(turned, { id: turned, revision, side }),
      });
      this.#symbols.set(symbol, watch);
    }
    watch.put(alert);
  }

  delete(id: string): void {
    const symbol = this.#symbolOf.get(id);
    if (symbol === undefined) return;
    this.#symbolOf.delete(id);
    this.#sides.delete(id);
    const watch = this.#symbols.get(symbol);
    watch?.delete(id);
    if (watch?.size === 0) this.#symbols.delete(symbol);
  }

  /** A symbol's one-minute candle has a new state. */
  observe(symbol: Symbol, kline: Readonly<Kline>, marketTime: UnixMs): void {
    const watch = this.#symbols.get(symbol);
    if (watch === undefined) return;
    watch.observe(kline, marketTime);
    if (watch.size === 0) this.#symbols.delete(symbol);
  }

  /** What came of the prices, once. */
  take(): Changes {
    const [firings, sides] = [this.#firings, [...this.#sides.values()]];
    this.#firings = [];
    this.#sides.clear();
    return { firings, sides };
  }

  #fired(firing: Firing, isOver: boolean): void {
    this.#firings.push(firing);
    this.#sides.delete(firing.id);
    if (isOver) this.#symbolOf.delete(firing.id);
  }
}

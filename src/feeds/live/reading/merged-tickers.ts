import { isTickerSane, type Symbol, type TickerFigures } from "../../../core/mod.ts";
import type { TickerChange } from "../../exchange.ts";

/**
 * Whole tickers of exchanges that send what changed. A change counts on top of what the same connection said before: another may be
 * ahead of it, or have missed something. What is remembered goes with the connection.
 */
export class MergedTickers {
  readonly #byConnection: WeakMap<object, Map<Symbol, TickerFigures>> = new WeakMap();

  /**
   * The ticker with a change in it, and whether that is another than before. `no_snapshot`: there is nothing on this connection that it changes. `bad_ticker`: the figures
   * can't be meant; as what it would have changed isn't known now, the next snapshot is waited for.
   */
  merge(
    connection: object,
    change: TickerChange,
  ): { readonly ticker: TickerFigures; readonly isNew: boolean } | "no_snapshot" | "bad_ticker" {
    const { symbol, updatedAt, isSnapshot, figures } = change;
    const held = this.#heldOf(connection);
    const had = held.get(symbol);
    const base = isSnapshot ? NOTHING : had;
    if (base === undefined) return "no_snapshot";
    const ticker = { ...base, ...figures, symbol, updatedAt };
    if (!isTickerSane(ticker)) {
      held.delete(symbol);
      return "bad_ticker";
    }
    held.set(symbol, ticker);
    return { ticker, isNew: had === undefined || FIGURES.some((figure) => had[figure] !== ticker[figure]) };
  }

  #heldOf(connection: object): Map<Symbol, TickerFigures> {
    const had = this.#byConnection.get(connection);
    if (had !== undefined) return had;
    const held = new Map<Symbol, TickerFigures>();
    this.#byConnection.set(connection, held);
    return held;
  }
}

/** What a snapshot that lacks a figure says of it. */
const NOTHING = {
  price: Number.NaN,
  open: Number.NaN,
  high: Number.NaN,
  low: Number.NaN,
  volume: Number.NaN,
  quoteVolume: Number.NaN,
};

const FIGURES = Object.keys(NOTHING) as readonly (keyof typeof NOTHING)[];

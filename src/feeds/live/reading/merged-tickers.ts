import { ANY_UNKNOWN, isTickerSane, type Symbol, type TickerFigures, UNREADABLE } from "../../../core/mod.ts";
import type { TickerChange } from "../../exchange.ts";

/** What became of a change. `isNew`: the ticker is another than before, or it wasn't lost before. */
export type MergedTicker =
  | { readonly ticker: TickerFigures; readonly isNew: boolean }
  | { readonly lost: "no_snapshot" | "bad_ticker"; readonly isNew: boolean };

/**
 * Whole tickers of exchanges that send what changed. A change counts on top of what the same connection said before: another may be
 * ahead of it, or have missed something. What is remembered goes with the connection.
 */
export class MergedTickers {
  /** By connection; undefined for a ticker that is lost until its next snapshot. */
  readonly #byConnection: WeakMap<object, Map<Symbol, TickerFigures | undefined>> = new WeakMap();

  /**
   * The ticker with a change in it. It is lost where there is nothing on this connection that the change is of (`no_snapshot`), or where
   * its figures can't be meant (`bad_ticker`): what that one would have changed isn't known, so nothing is merged until the next
   * snapshot.
   */
  merge(connection: object, { symbol, updatedAt, isSnapshot, figures }: TickerChange): MergedTicker {
    const held = this.#heldOf(connection);
    const had = held.get(symbol);
    const base = isSnapshot ? NOTHING : had;
    const ticker = base === undefined ? undefined : { ...base, ...figures, symbol, updatedAt };
    if (ticker === undefined || !isTickerSane(ticker, ANY_UNKNOWN)) {
      const isNew = had !== undefined || !held.has(symbol);
      held.set(symbol, undefined);
      return { lost: ticker === undefined ? "no_snapshot" : "bad_ticker", isNew };
    }
    held.set(symbol, ticker);
    return { ticker, isNew: had === undefined || FIGURES.some((figure) => !Object.is(had[figure], ticker[figure])) };
  }

  #heldOf(connection: object): Map<Symbol, TickerFigures | undefined> {
    const had = this.#byConnection.get(connection);
    if (had !== undefined) return had;
    const held = new Map<Symbol, TickerFigures | undefined>();
    this.#byConnection.set(connection, held);
    return held;
  }
}

/** What a snapshot that lacks a figure says of it. The quote volume may be unknown, but only where the exchange says so. */
const NOTHING = {
  price: Number.NaN,
  open: Number.NaN,
  high: Number.NaN,
  low: Number.NaN,
  volume: Number.NaN,
  quoteVolume: UNREADABLE,
};

const FIGURES = Object.keys(NOTHING) as readonly (keyof typeof NOTHING)[];

import { emptyKline, type Interval, type Kline, type Symbol, type Ticker } from "../core/mod.ts";
import { allSymbols, type MarketReader, type Series } from "../store/mod.ts";
import { type ClosedKlines, ClosedSeries, type MarketView } from "../strategy/mod.ts";

/** A series as far as it was copied. */
interface Copy {
  readonly closed: ClosedSeries;
  rewrites: number;
}

/**
 * A store as screening sees it. The closed klines of series that were asked for are copied once, then one by one as they
 * close: rings turn round, and filters want their columns in one piece.
 */
export class StoreView implements MarketView {
  readonly #markets: MarketReader;
  /** Of series that the store holds: those of symbols that are gone go with them. */
  readonly #copies: WeakMap<Series, Copy> = new WeakMap();
  readonly #kline: Kline = emptyKline();

  constructor(markets: MarketReader) {
    this.#markets = markets;
  }

  get capacity(): number {
    return this.#markets.capacity;
  }

  get intervals(): readonly Interval[] {
    return this.#markets.intervals;
  }

  symbols(): readonly Symbol[] {
    return allSymbols(this.#markets).map(({ symbol }) => symbol);
  }

  closed(symbol: Symbol, interval: Interval, moment: number, most: number): ClosedKlines | undefined {
    const series = this.#markets.series(symbol, interval);
    if (series === undefined) return undefined;
    const full = series.ring.length >= this.#markets.capacity;
    return this.#upToDate(series).window(
      moment,
      most,
      { full, hasOlder: series.mayHaveOlder },
      (klines, _, last) => klines > 0 && series.select({ limit: klines, endTime: last, closedOnly: true }).settled,
    );
  }

  ticker(symbol: Symbol): Ticker | undefined {
    return this.#markets.ticker(symbol);
  }

  #upToDate(series: Series): ClosedSeries {
    const { ring, rewrites } = series;
    let copy = this.#copies.get(series);
    if (copy === undefined) {
      copy = { closed: new ClosedSeries(series.interval), rewrites };
      this.#copies.set(series, copy);
    }
    if (copy.rewrites !== rewrites) {
      copy.closed.clear();
      copy.rewrites = rewrites;
    }
    const { closed } = copy;
    const first = closed.last === undefined ? 0 : ring.position(closed.last + 1);
    for (let position = first; position < ring.length; position += 1) {
      if (ring.isClosedAt(position)) closed.append(ring.read(position, this.#kline), ring.capacity);
    }
    return closed;
  }
}

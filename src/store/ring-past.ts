import {
  type Interval,
  KLINE_COLUMNS,
  type KlineColumn,
  type MarketId,
  nextOpenTime,
  type OpenTimeRange,
  openTimeOf,
  PAST_BLOCK_ROWS,
  type PastBlock,
  type PastFile,
  type PastKlines,
  type PastSymbol,
  previousOpenTime,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import type { MarketReader } from "./markets.ts";
import type { Series } from "./series.ts";
import type { MarketStore } from "./store.ts";

/**
 * The past as far as it is in memory: the closed minutes of the rings. With another interval it is that interval's candles, each as one long
 * minute: rolled up to this interval they are themselves, and memory holds as many of them as of minutes, so it reaches back further.
 */
export class RingPast implements PastKlines {
  readonly #markets: MarketReader;
  readonly #interval: Interval;

  constructor(markets: MarketReader, interval: Interval = "1m") {
    this.#markets = markets;
    this.#interval = interval;
  }

  async symbols(market: MarketId): Promise<readonly PastSymbol[]> {
    const store = this.#markets.of(market);
    if (store === undefined) return [];
    return store.symbols().flatMap(({ symbol }) => {
      const series = store.series(symbol, this.#interval);
      const closed = series === undefined ? 0 : closedIn(series);
      if (series === undefined || closed === 0) return [];
      return [
        {
          symbol,
          span: { from: series.ring.openTimeAt(0), to: this.#lastMinuteOf(series.ring.openTimeAt(closed - 1)) },
        },
      ];
    });
  }

  async settled(symbol: Symbol, range: OpenTimeRange): Promise<readonly OpenTimeRange[]> {
    const store = this.#storeOf(symbol);
    const series = store?.series(symbol, this.#interval);
    if (store === undefined || series === undefined) return [];
    return settledCandles(series, store.marketTime, range).map(({ from, to }) => ({
      from,
      to: Math.min(this.#lastMinuteOf(to), range.to) as UnixMs,
    }));
  }

  async *read(symbol: Symbol, { from, to }: OpenTimeRange): AsyncGenerator<PastBlock, void> {
    const series = this.#storeOf(symbol)?.series(symbol, this.#interval);
    if (series === undefined) return;
    const { ring } = series;
    const first = ring.position(from);
    const rows = Math.min(ring.position(to + 1), closedIn(series)) - first;
    if (rows <= 0) return;
    // All of it at once: while blocks are read, the ring moves on.
    const cells = new Float64Array(rows * KLINE_COLUMNS.length);
    ring.copyColumns(first, first + rows, cells);
    for (let row = 0; row < rows; row += PAST_BLOCK_ROWS) {
      const end = Math.min(rows, row + PAST_BLOCK_ROWS);
      const columns = KLINE_COLUMNS.map((name, column): [KlineColumn, Float64Array] => [
        name,
        cells.slice(column * rows + row, column * rows + end),
      ]);
      yield { length: end - row, columns: Object.fromEntries(columns) as PastBlock["columns"] };
    }
  }

  async files(): Promise<readonly PastFile[]> {
    return [];
  }

  #lastMinuteOf(openTime: UnixMs): UnixMs {
    return (nextOpenTime(this.#interval, openTime) - 60_000) as UnixMs;
  }

  #storeOf(symbol: Symbol): MarketStore | undefined {
    return this.#markets.stores.find((store) => store.hasSymbol(symbol));
  }
}

/**
 * Where, within a range of open times, all closed candles that the exchange has are held, without doubt: oldest first and apart from each
 * other. None of it is later than the last candle that is over at market time.
 */
export function settledCandles(series: Series, marketTime: UnixMs, range: OpenTimeRange): readonly OpenTimeRange[] {
  const { ledger, ring, interval } = series;
  // The candle that is open now may still come to be, or not; one whose close hasn't come isn't read.
  const over = previousOpenTime(interval, openTimeOf(interval, marketTime));
  const closed = closedIn(series);
  const open = closed < ring.length ? previousOpenTime(interval, ring.openTimeAt(closed)) : over;
  const end = Math.min(range.to, ledger.to, over, open);
  const settled: OpenTimeRange[] = [];
  let from = Math.max(range.from, ledger.from);
  for (const doubt of ledger.doubts) {
    if (doubt.from > from) add(settled, from, Math.min(end, previousOpenTime(interval, doubt.from)));
    if (doubt.to >= end) return settled;
    from = Math.max(from, nextOpenTime(interval, doubt.to));
  }
  add(settled, from, end);
  return settled;
}

/** Klines at the ring's beginning that are final. */
function closedIn({ ring }: Series): number {
  let closed = ring.length;
  while (closed > 0 && !ring.isClosedAt(closed - 1)) closed -= 1;
  return closed;
}

function add(settled: OpenTimeRange[], from: number, to: number): void {
  if (from <= to) settled.push({ from: from as UnixMs, to: to as UnixMs });
}

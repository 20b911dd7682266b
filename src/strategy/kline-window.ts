import { KLINE_COLUMNS, type Kline, type KlineColumn, type UnixMs } from "../core/mod.ts";
import type { PriceColumns } from "./indicators/indicator.ts";

/** The numeric columns of klines, oldest first and equally long; not to be written to. */
export type KlineColumns = Readonly<Record<KlineColumn, Float64Array>>;

/**
 * The newest closed klines of one series at a moment. It never changes: when anything in it would, there is a new one. So
 * what was computed from it may be kept by it.
 */
export interface ClosedKlines extends PriceColumns, KlineColumns {
  readonly length: number;
  /** All that the exchange has from the first of these klines to the moment is among them, without doubt. */
  readonly settled: boolean;
  /** There are fewer than were asked for because older ones are no longer kept. */
  readonly cut: boolean;
  /** The exchange has or may have older ones. */
  readonly hasOlder: boolean;
}

/** What else there is to know of a window. */
export interface WindowFacts {
  readonly settled: boolean;
  readonly cut: boolean;
  readonly hasOlder: boolean;
}

const COLUMN_OF: ReadonlyMap<KlineColumn, number> = new Map(KLINE_COLUMNS.map((name, index) => [name, index]));

/** Rows `from` … `end` − 1 of a block of doubles that holds column after column, `rows` in each. Columns are views, made when asked for. */
export class KlineWindow implements ClosedKlines {
  readonly length: number;
  readonly settled: boolean;
  readonly cut: boolean;
  readonly hasOlder: boolean;
  readonly #block: Float64Array;
  readonly #rows: number;
  readonly #from: number;
  readonly #columns: (Float64Array | undefined)[] = new Array(KLINE_COLUMNS.length);

  constructor(block: Float64Array, rows: number, from: number, end: number, facts: WindowFacts) {
    this.#block = block;
    this.#rows = rows;
    this.#from = from;
    this.length = end - from;
    this.settled = facts.settled;
    this.cut = facts.cut;
    this.hasOlder = facts.hasOlder;
  }

  get openTime(): Float64Array {
    return this.#column("openTime");
  }
  get open(): Float64Array {
    return this.#column("open");
  }
  get high(): Float64Array {
    return this.#column("high");
  }
  get low(): Float64Array {
    return this.#column("low");
  }
  get close(): Float64Array {
    return this.#column("close");
  }
  get volume(): Float64Array {
    return this.#column("volume");
  }
  get closeTime(): Float64Array {
    return this.#column("closeTime");
  }
  get quoteVolume(): Float64Array {
    return this.#column("quoteVolume");
  }
  get trades(): Float64Array {
    return this.#column("trades");
  }
  get takerBuyVolume(): Float64Array {
    return this.#column("takerBuyVolume");
  }
  get takerBuyQuoteVolume(): Float64Array {
    return this.#column("takerBuyQuoteVolume");
  }

  #column(name: KlineColumn): Float64Array {
    const index = COLUMN_OF.get(name) as number;
    const start = index * this.#rows + this.#from;
    this.#columns[index] ??= this.#block.subarray(start, start + this.length);
    return this.#columns[index];
  }
}

/** One of the klines as an object. */
export function klineAt(klines: ClosedKlines, row: number): Kline {
  return {
    openTime: klines.openTime[row] as UnixMs,
    open: klines.open[row] as number,
    high: klines.high[row] as number,
    low: klines.low[row] as number,
    close: klines.close[row] as number,
    volume: klines.volume[row] as number,
    closeTime: klines.closeTime[row] as UnixMs,
    quoteVolume: klines.quoteVolume[row] as number,
    trades: klines.trades[row] as number,
    takerBuyVolume: klines.takerBuyVolume[row] as number,
    takerBuyQuoteVolume: klines.takerBuyQuoteVolume[row] as number,
    closed: true,
  };
}

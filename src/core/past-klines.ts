import type { OpenTimeRange } from "./events.ts";
import type { KlineColumn } from "./kline.ts";
import type { MarketId } from "./market-table.ts";
import type { StopSignal } from "./ports.ts";
import type { Symbol } from "./symbol.ts";

/** Closed 1m klines in columns, oldest first and equally long. Times are Unix milliseconds UTC, unknown figures are NaN. */
export interface PastBlock {
  readonly length: number;
  readonly columns: Readonly<Record<KlineColumn, Float64Array>>;
}

/** A symbol that the past has klines of, whether it is still listed or not. */
export interface PastSymbol {
  readonly symbol: Symbol;
  /** From its first to its last kline, with holes perhaps. */
  readonly span: OpenTimeRange;
}

/** A file of the past, for those who want all of it. */
export interface PastFile {
  /** Relative, with `/`, for example `market=binance/interval=1m/symbol=BTCUSDT/2026-01.parquet`. */
  readonly path: string;
  readonly symbol: Symbol;
  /** From the first to the last kline in it. */
  readonly span: OpenTimeRange;
  readonly rows: number;
  readonly bytes: number;
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
}

/**
 * Closed 1m klines of years, wherever they are kept. Longer intervals are rolled up from them. What it has may grow or be pruned at any
 * time; a read that has begun goes on over what there was.
 */
export interface PastKlines {
  /** The symbols of a market, by symbol. */
  symbols(market: MarketId): Promise<readonly PastSymbol[]>;
  /**
   * Where, within a range, all that the exchange has is here: oldest first and apart from each other. A minute in such a stretch that
   * `read` doesn't bring is one that the exchange doesn't have. Elsewhere nothing is known.
   */
  settled(symbol: Symbol, range: OpenTimeRange): Promise<readonly OpenTimeRange[]>;
  /**
   * The klines of a range in blocks of at most {@link PAST_BLOCK_ROWS}, oldest first. Ends early when the signal is aborted. A block's columns
   * are its reader's, each with a buffer of its own: it may hand them over to a thread.
   */
  read(symbol: Symbol, range: OpenTimeRange, signal?: StopSignal): AsyncIterable<PastBlock>;
  /** The files behind it, by path. None where it isn't made of files. */
  files(): Promise<readonly PastFile[]>;
  /**
   * The bytes of one of the {@link files}, in parts of at most some hundred kB; undefined where it is gone. Left out where files can't be
   * had from here. Ends early when the signal is aborted.
   */
  content?(path: string, signal?: StopSignal): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** Rows of a {@link PastBlock} at most: a week of minutes. */
export const PAST_BLOCK_ROWS = 10_080;

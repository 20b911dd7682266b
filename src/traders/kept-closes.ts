import type { Interval } from "../core/mod.ts";
import type { CloseRequest, MarketAtClose } from "./ports.ts";

/** Closes that are kept; the oldest goes. */
const KEPT_CLOSES = 8;

/** Klines of all closes that are kept, unless one alone has more: some 90 MB, as functions get 256 MB. */
const KEPT_KLINES = 1_000_000;

/** A close with the windows that its klines are read for; undefined for the least. */
export type CloseToRead = Omit<CloseRequest, "windows"> & {
  readonly windows: ReadonlyMap<Interval, number> | undefined;
};

/** The market at a close, and how many klines it holds. */
export interface CloseRead {
  readonly market: MarketAtClose;
  readonly klines: number;
}

/** A market that is read or was. */
interface Kept {
  readonly reading: Promise<CloseRead>;
  isRead: boolean;
  klines: number;
}

/** The market at the last closes, so that traders of one close read it once. */
export class KeptCloses {
  readonly #read: (close: CloseToRead) => Promise<CloseRead>;
  readonly #kept: Map<string, Kept> = new Map();

  constructor(read: (close: CloseToRead) => Promise<CloseRead>) {
    this.#read = read;
  }

  /** Whom it is read for makes no difference. Those who ask for it anew at the same time read it once, too. */
  async at(close: CloseRequest): Promise<MarketAtClose> {
    const windows = await close.windows?.();
    const series = [...close.timeframes].sort().map((interval) => [interval, windows?.get(interval)]);
    const key = JSON.stringify([close.market, close.interval, close.closeTime, series, close.symbols]);
    const before = this.#kept.get(key);
    if (before !== undefined && !(close.anew === true && before.isRead)) return (await before.reading).market;
    this.#kept.delete(key);
    const kept: Kept = { reading: this.#read({ ...close, windows }), isRead: false, klines: 0 };
    this.#kept.set(key, kept);
    try {
      const { market, klines } = await kept.reading;
      kept.isRead = true;
      kept.klines = klines;
      this.#bound();
      // What still lacks a candle is read anew next time.
      if (market.symbols.some((symbol) => market.price(symbol) === undefined)) this.#forget(key, kept);
      return market;
    } catch (cause) {
      this.#forget(key, kept);
      throw cause;
    }
  }

  /** Lets the oldest go, but for the newest. */
  #bound(): void {
    let klines = 0;
    for (const one of this.#kept.values()) klines += one.klines;
    for (const [key, oldest] of this.#kept) {
      if (this.#kept.size === 1 || (this.#kept.size <= KEPT_CLOSES && klines <= KEPT_KLINES)) return;
      this.#kept.delete(key);
      klines -= oldest.klines;
    }
  }

  #forget(key: string, kept: Kept): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key);
  }
}

import type { Interval } from "../core/mod.ts";
import type { CloseRequest, MarketAtClose } from "./ports.ts";

/** Closes that are kept; the oldest goes. */
const KEPT_CLOSES = 8;

/** A close with the windows that its klines are read for; undefined for the least. */
export type CloseToRead = Omit<CloseRequest, "windows"> & {
  readonly windows: ReadonlyMap<Interval, number> | undefined;
};

/** A market that is read or was. */
interface Kept {
  readonly reading: Promise<MarketAtClose>;
  isRead: boolean;
}

/** The market at the last closes, so that traders of one close read it once. */
export class KeptCloses {
  readonly #read: (close: CloseToRead) => Promise<MarketAtClose>;
  readonly #kept: Map<string, Kept> = new Map();

  constructor(read: (close: CloseToRead) => Promise<MarketAtClose>) {
    this.#read = read;
  }

  /** Whom it is read for makes no difference. Those who ask for it anew at the same time read it once, too. */
  async at(close: CloseRequest): Promise<MarketAtClose> {
    const windows = await close.windows?.();
    const series = [...close.timeframes].sort().map((interval) => [interval, windows?.get(interval)]);
    const key = JSON.stringify([close.market, close.interval, close.closeTime, series, close.symbols]);
    const before = this.#kept.get(key);
    if (before !== undefined && !(close.anew === true && before.isRead)) return await before.reading;
    const kept: Kept = { reading: this.#read({ ...close, windows }), isRead: false };
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_CLOSES && oldest !== undefined) this.#kept.delete(oldest);
    try {
      const market = await kept.reading;
      kept.isRead = true;
      // What still lacks a candle is read anew next time.
      if (market.symbols.some((symbol) => market.price(symbol) === undefined)) this.#forget(key, kept);
      return market;
    } catch (cause) {
      this.#forget(key, kept);
      throw cause;
    }
  }

  #forget(key: string, kept: Kept): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key);
  }
}

import type { CloseRequest, MarketAtClose } from "./ports.ts";

/** Closes that are kept; the oldest goes. */
const KEPT_CLOSES = 8;

/** The market at the last closes, so that traders of one close read it once. */
export class KeptCloses {
  readonly #read: (close: CloseRequest) => Promise<MarketAtClose>;
  readonly #kept: Map<string, Promise<MarketAtClose>> = new Map();

  constructor(read: (close: CloseRequest) => Promise<MarketAtClose>) {
    this.#read = read;
  }

  /** Whom it is read for makes no difference. */
  async at(close: CloseRequest): Promise<MarketAtClose> {
    const key = JSON.stringify([close.interval, close.closeTime, [...close.timeframes].sort(), close.symbols]);
    const kept = this.#kept.get(key);
    if (kept !== undefined) return await kept;
    const reading = this.#read(close);
    this.#kept.set(key, reading);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT_CLOSES && oldest !== undefined) this.#kept.delete(oldest);
    try {
      const market = await reading;
      // What still lacks a candle is read anew next time.
      if (market.symbols.some((symbol) => market.price(symbol) === undefined)) this.#forget(key, reading);
      return market;
    } catch (cause) {
      this.#forget(key, reading);
      throw cause;
    }
  }

  #forget(key: string, reading: Promise<MarketAtClose>): void {
    if (this.#kept.get(key) === reading) this.#kept.delete(key);
  }
}

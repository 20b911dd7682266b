import type { Client } from "../../src/client/mod.ts";
import { addCandles, openTimeOf } from "../../src/core/mod.ts";
import type { KlinesAnswer } from "../../src/wire/mod.ts";
import type { Klines } from "./chart-points.ts";
import type { ChartChoice } from "./chart-route.ts";

/** Candles that are asked for at once, at most. */
const PAGE_CANDLES = 1_000;

/** Candles of a window, at most: a fortnight of minutes, two years of hours. Past it, those that are farthest from sight go. */
export const MOST_WINDOW_CANDLES = 20_000;

/** Pages without a candle that are asked for in a row, at most. */
const MOST_EMPTY_PAGES = 20;

/** Where older candles end: the exchange has none, or this server doesn't know of any. */
export type Beginning = "of the market" | "of this server";

/** Dependencies of a window. */
export interface PastWindowParts {
  readonly client: Pick<Client, "klines">;
  readonly choice: ChartChoice;
  /** The most klines of a series that the server's memory holds. */
  readonly capacity: () => number;
  readonly onChange: () => void;
}

/** Closed candles before the newest ones: a stretch without a break that grows at either end as somebody scrolls. */
export class PastWindow {
  readonly #parts: PastWindowParts;
  readonly #ending: AbortController = new AbortController();
  #klines: Klines = [];
  #beginning: Beginning | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: PastWindowParts) {
    this.#parts = parts;
  }

  /** Oldest first. */
  get klines(): Klines {
    return this.#klines;
  }

  /** Undefined while older candles may come. */
  get beginning(): Beginning | undefined {
    return this.#beginning;
  }

  get isLoading(): boolean {
    return this.#running !== undefined;
  }

  /** Asks for candles before the first one, or before `openTime` while there is none. */
  async older(openTime: number): Promise<void> {
    if (this.#beginning !== undefined) return;
    await this.#load(async () => {
      const endTime = (this.#klines[0]?.openTime ?? openTime) - 1;
      const { klines, isLast } = await this.#before(endTime);
      this.#klines = [...klines, ...this.#klines];
      if (isLast !== undefined) this.#beginning = isLast;
    });
  }

  /** Asks for candles behind the last one. */
  async newer(): Promise<void> {
    const last = this.#klines.at(-1);
    if (last === undefined) return;
    await this.#load(async () => {
      const { klines } = await this.#ask({ limit: this.#page, startTime: last.openTime + 1 });
      this.#klines = [...this.#klines, ...klines];
    });
  }

  /**
   * Begins anew around a moment, or with the first candles after it where there are none. False, and nothing has changed, where there are none
   * after it either or they can't be had.
   */
  async around(moment: number): Promise<boolean> {
    while (this.#running !== undefined) await this.#running;
    let isThere = false;
    await this.#load(async () => {
      const { interval } = this.#parts.choice;
      const middle = openTimeOf(interval, moment);
      const half = Math.floor(this.#page / 2);
      const startTime = addCandles(interval, middle, -half);
      const endTime = addCandles(interval, middle, half);
      const near = await this.#ask({ limit: this.#page, startTime, endTime });
      const klines = near.klines.length > 0 ? near.klines : await this.#after(endTime);
      if (klines.length === 0) return;
      isThere = true;
      this.#klines = klines;
      this.#beginning = undefined;
    });
    return isThere;
  }

  /** Takes over candles that follow the last one, of those that the newest ones left behind. */
  append(klines: Klines): void {
    const last = this.#klines.at(-1);
    if (last === undefined) return;
    const more = klines.filter(({ openTime }) => openTime > last.openTime);
    if (more.length > 0) this.#klines = [...this.#klines, ...more];
  }

  /** Drops what is too much, at its newest end or at its oldest. */
  trim(keeps: "oldest" | "newest"): void {
    if (this.#klines.length <= MOST_WINDOW_CANDLES) return;
    this.#klines =
      keeps === "oldest"
        ? this.#klines.slice(0, MOST_WINDOW_CANDLES)
        : this.#klines.slice(this.#klines.length - MOST_WINDOW_CANDLES);
    if (keeps === "newest") this.#beginning = undefined;
  }

  close(): void {
    this.#ending.abort();
  }

  /** The answer before a moment, past stretches of which the server has nothing, to where there is something or no more. */
  async #before(endTime: number): Promise<{ readonly klines: Klines; readonly isLast: Beginning | undefined }> {
    let end = endTime;
    for (let pages = 0; pages < MOST_EMPTY_PAGES; pages += 1) {
      const { klines, settled, next } = await this.#ask({ limit: this.#page, endTime: end });
      const isWhole = klines.length >= this.#page || next !== undefined;
      const isLast = isWhole ? undefined : settled ? "of the market" : "of this server";
      if (klines.length > 0 || next === undefined) return { klines, isLast };
      end = Number(new URL(next, location.href).searchParams.get("endTime"));
    }
    return { klines: [], isLast: undefined };
  }

  /** The first candles after a moment; none where there are none. */
  async #after(startTime: number): Promise<Klines> {
    let start = startTime;
    for (let pages = 0; pages < MOST_EMPTY_PAGES; pages += 1) {
      const { klines, next } = await this.#ask({ limit: this.#page, startTime: start });
      if (klines.length > 0 || next === undefined) return klines;
      start = Number(new URL(next, location.href).searchParams.get("startTime"));
    }
    return [];
  }

  async #ask(query: { startTime?: number; endTime?: number; limit: number }): Promise<KlinesAnswer> {
    const { client, choice } = this.#parts;
    const { signal } = this.#ending;
    return await client.klines(choice.symbol, choice.interval, { ...query, closed: true, signal });
  }

  /** Candles of a page. A server without older klines than its memory's gives no larger ones than that. */
  get #page(): number {
    return Math.min(PAGE_CANDLES, this.#parts.capacity());
  }

  /** One question at a time; what fails is asked again when somebody scrolls. */
  async #load(ask: () => Promise<void>): Promise<void> {
    if (this.#running !== undefined || this.#ending.signal.aborted) return;
    // The SDK has tried several times.
    this.#running = ask().catch(() => {});
    await this.#running;
    this.#running = undefined;
    if (!this.#ending.signal.aborted) this.#parts.onChange();
  }
}

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Client } from "../../src/client/mod.ts";
import { type Clock, type Interval, millis, nextOpenTime } from "../../src/core/mod.ts";

/** The intervals that a sparkline may be made of, the best first, and how many candles of it: a few hours. */
const MADE_OF: readonly { interval: Interval; candles: number }[] = [
  { interval: "15m", candles: 24 },
  { interval: "5m", candles: 60 },
  { interval: "1h", candles: 12 },
  { interval: "30m", candles: 12 },
  { interval: "3m", candles: 60 },
  { interval: "1m", candles: 60 },
];

const HOUR = 3_600_000;

/** Symbols that one request asks for; the others wait for the next one. */
const MOST_SYMBOLS = 60;

/** Rows that scroll by quickly aren't asked for: a row has to stay for so long, in milliseconds. */
const SETTLED_AFTER_MS = 120;

/** Between looks at what is old or wasn't complete, or after the server didn't answer, in milliseconds. */
const LOOK_EVERY_MS = 15_000;

/** How old a sparkline may be in milliseconds; its last point moves with the price all the while. */
const OLD_AFTER_MS = 5 * 60_000;

/** The closes of a few hours, oldest first, by open time. */
export interface Sparkline {
  readonly interval: Interval;
  readonly points: readonly { readonly openTime: number; readonly close: number }[];
}

/** Dependencies of the sparklines. */
export interface SparklinesParts {
  readonly client: Pick<Client, "series">;
  readonly clock: Clock;
  readonly intervals: ReadonlySignal<readonly Interval[]>;
}

/** Sparklines of the symbols that are in sight, many with one request. Kept once fetched: there are as many as symbols. */
export class Sparklines {
  /** How much time they span, such as "6h"; empty while the server's intervals aren't known. */
  readonly span: ReadonlySignal<string>;
  readonly #parts: SparklinesParts;
  readonly #lines: Map<string, { readonly line: Signal<Sparkline | undefined>; fetchedAt: number }> = new Map();
  /** Symbols in sight, and how often. */
  readonly #wanted: Map<string, number> = new Map();
  #isBusy = false;
  #planned: AbortController = new AbortController();

  constructor(parts: SparklinesParts) {
    this.#parts = parts;
    this.span = computed(() => {
      const made = madeOf(parts.intervals.value);
      return made === undefined ? "" : `${(nextOpenTime(made.interval, 0) * made.candles) / HOUR}h`;
    });
  }

  of(symbol: string): ReadonlySignal<Sparkline | undefined> {
    return this.#entry(symbol).line;
  }

  /** The symbol is in sight, until what is given back is called. */
  want(symbol: string): () => void {
    this.#wanted.set(symbol, (this.#wanted.get(symbol) ?? 0) + 1);
    if (!this.#isBusy) this.#lookIn(SETTLED_AFTER_MS);
    return () => {
      const left = (this.#wanted.get(symbol) ?? 1) - 1;
      if (left === 0) this.#wanted.delete(symbol);
      else this.#wanted.set(symbol, left);
    };
  }

  /** In place of any look that was planned before. */
  #lookIn(delayMs: number): void {
    this.#planned.abort();
    this.#planned = new AbortController();
    this.#parts.clock.sleep(millis(delayMs), this.#planned.signal).then(
      () => void this.#look(),
      () => {},
    );
  }

  /** One request for those that lack a sparkline, and again later, as long as anything is in sight. */
  async #look(): Promise<void> {
    this.#isBusy = true;
    const symbols = this.#lacking().slice(0, MOST_SYMBOLS);
    const isAnswered = symbols.length > 0 && (await this.#ask(symbols));
    this.#isBusy = false;
    if (this.#wanted.size === 0) return;
    this.#lookIn(isAnswered && this.#lacking().length > 0 ? SETTLED_AFTER_MS : LOOK_EVERY_MS);
  }

  #lacking(): string[] {
    const oldest = this.#parts.clock.now() - OLD_AFTER_MS;
    return [...this.#wanted.keys()].filter((symbol) => this.#entry(symbol).fetchedAt < oldest);
  }

  async #ask(symbols: readonly string[]): Promise<boolean> {
    const { client, clock, intervals } = this.#parts;
    const made = madeOf(intervals.peek());
    if (made === undefined) return false;
    const { interval, candles } = made;
    try {
      const answer = await client.series({ symbols, intervals: [interval], limit: candles });
      for (const { symbol, klines, complete } of answer.series) {
        const entry = this.#entry(symbol);
        // A server that has just started may not have the klines yet, so retry soon.
        entry.fetchedAt = complete ? clock.now() : clock.now() - OLD_AFTER_MS + LOOK_EVERY_MS;
        entry.line.value = { interval, points: klines.map(({ openTime, close }) => ({ openTime, close })) };
      }
      return true;
    } catch {
      return false; // a picture less; it is asked for again
    }
  }

  #entry(symbol: string): { readonly line: Signal<Sparkline | undefined>; fetchedAt: number } {
    let entry = this.#lines.get(symbol);
    if (entry === undefined) {
      entry = { line: signal(undefined), fetchedAt: Number.NEGATIVE_INFINITY };
      this.#lines.set(symbol, entry);
    }
    return entry;
  }
}

/** What sparklines are made of where there are these intervals. */
function madeOf(intervals: readonly Interval[]): (typeof MADE_OF)[number] | undefined {
  return MADE_OF.find(({ interval }) => intervals.includes(interval));
}

import { closeTimeOf, emptyKline, type Interval, KLINE_COLUMNS, type Kline, type Symbol } from "../../src/core/mod.ts";
import type { CloseNotice, MarketStore, Series } from "../../src/store/mod.ts";

/** Something that must never happen, and when it did. */
export interface Violation {
  readonly at: number;
  readonly what: string;
}

/**
 * The klines of the exchange that open from `from` to `to`, the oracle of a simulation: as it tells them now, or as it told
 * them before it restated any.
 */
export type Truth = (
  symbol: Symbol,
  interval: Interval,
  from: number,
  to: number,
  version: "now" | "unrestated",
) => readonly Kline[];

/** The columns that a restatement raises; prices never change. */
const AMOUNTS = ["volume", "quoteVolume", "trades", "takerBuyVolume", "takerBuyQuoteVolume"] as const;
const PRICES = ["open", "high", "low", "close", "closeTime"] as const;

/** Remembered of each series: the closes that were told and are still held, by open time, and when it was told of last. */
interface Told {
  version: number;
  readonly closes: Map<number, Kline>;
  toldAt: number;
}

/** Told closes that are remembered, over all symbols and intervals; each can only be told again while it is young. */
const MAX_CLOSES = 20_000;

/**
 * Listens to a store as its readers do and holds it to its word: versions never go back, a closed kline never changes
 * unless it is told as restated, and each symbol's close is told once.
 */
export class Watcher {
  readonly violations: Violation[] = [];
  readonly #store: MarketStore;
  readonly #now: () => number;
  readonly #told: Map<Series, Told> = new Map();
  readonly #closes: Set<string> = new Set();
  /** How many closed klines were told. */
  closes = 0;
  restated = 0;
  /** How often a series was read, and how often it called itself complete. */
  reads = 0;
  /** The longest time between two messages of one symbol's 1m series, in market milliseconds. */
  longestSilenceMs = 0;
  completeReads = 0;

  constructor(store: MarketStore, now: () => number) {
    this.#store = store;
    this.#now = now;
    store.listen({
      kline: (series, kline) => this.#kline(series, kline),
      restated: (series, kline) => this.#restated(series, kline),
      close: (notice) => this.#close(notice),
    });
  }

  /** Reads a series as a client does and compares it with what was told and, where it calls itself complete, with the truth. */
  read(symbol: Symbol, interval: Interval, limit: number, graceMs: number, truth: Truth): void {
    const series = this.#store.series(symbol, interval);
    if (series === undefined) return;
    const told = this.#toldOf(series);
    if (series.version < told.version) this.#violate(series, `version went back to ${series.version}`);
    told.version = series.version;
    const { first, end, complete } = series.select({ limit, closedOnly: true });
    this.reads += 1;
    if (complete) this.completeReads += 1;
    const klines: Kline[] = [];
    for (let position = first; position < end; position += 1) {
      const kline = series.ring.read(position, emptyKline());
      klines.push({ ...kline });
      const had = told.closes.get(kline.openTime);
      if (had !== undefined) this.#same(series, had, kline, "changed after it was told");
    }
    const [oldest, newest] = [klines[0], klines.at(-1)];
    if (!complete || oldest === undefined || newest === undefined) return;
    const due = this.#now() - graceMs;
    const has = new Map(klines.map((kline) => [kline.openTime as number, kline]));
    const from = oldest.openTime;
    const now = truth(symbol, interval, from, Math.max(newest.openTime, due), "now");
    for (const { openTime } of now) {
      // A candle that a halt ended early is final when its interval is over.
      if (closeTimeOf(interval, openTime) < due && !has.has(openTime))
        this.#violate(series, `calls itself complete without ${iso(openTime)}`);
    }
    const before = new Map(
      truth(symbol, interval, from, newest.openTime, "unrestated").map((kline) => [kline.openTime as number, kline]),
    );
    const after = new Map(now.map((kline) => [kline.openTime as number, kline]));
    for (const kline of klines) {
      const [first, last] = [before.get(kline.openTime), after.get(kline.openTime)];
      if (first === undefined || last === undefined) {
        this.#violate(series, `has ${iso(kline.openTime)}, which never was`);
        continue;
      }
      // What the exchange restated and nobody has read again yet lies between what it was and what it is.
      const wrong = [
        ...PRICES.filter((column) => kline[column] !== last[column]),
        ...AMOUNTS.filter((column) => !isBetween(kline[column], first[column], last[column])),
      ];
      for (const column of wrong) {
        this.#violate(series, `${iso(kline.openTime)} has ${column} ${kline[column]}, and is ${last[column]}`);
      }
    }
  }

  #kline(series: Series, kline: Readonly<Kline>): void {
    const told = this.#toldOf(series);
    if (series.version < told.version) this.#violate(series, `version went back to ${series.version}`);
    told.version = series.version;
    if (series.interval === "1m") {
      const now = this.#now();
      if (told.toldAt > 0) this.longestSilenceMs = Math.max(this.longestSilenceMs, now - told.toldAt);
      told.toldAt = now;
    }
    const had = told.closes.get(kline.openTime);
    if (had !== undefined) {
      this.#violate(
        series,
        `${iso(kline.openTime)} was told ${kline.closed ? "closed twice" : "open after its close"}`,
      );
    }
    if (!kline.closed) return;
    this.closes += 1;
    told.closes.set(kline.openTime, { ...kline });
    // What the ring has forgotten nobody can read any more.
    for (const openTime of told.closes.keys()) {
      if (openTime >= (series.first ?? 0)) break;
      told.closes.delete(openTime);
    }
  }

  #restated(series: Series, kline: Readonly<Kline>): void {
    this.restated += 1;
    this.#toldOf(series).closes.set(kline.openTime, { ...kline });
  }

  #close({ interval, closeTime, symbols }: CloseNotice): void {
    for (const symbol of symbols) {
      const key = `${symbol} ${interval} ${closeTime}`;
      if (this.#closes.has(key)) this.violations.push({ at: this.#now(), what: `close told twice: ${key}` });
      this.#closes.add(key);
      if (this.#closes.size > MAX_CLOSES) this.#closes.delete(this.#closes.values().next().value as string);
    }
  }

  #same(series: Series, had: Kline, has: Kline, what: string): void {
    for (const column of KLINE_COLUMNS) {
      if (isOther(had[column], has[column])) {
        this.#violate(series, `${iso(had.openTime)} ${what}: ${column} ${had[column]} → ${has[column]}`);
      }
    }
  }

  #toldOf(series: Series): Told {
    let told = this.#told.get(series);
    if (told === undefined) {
      told = { version: 0, closes: new Map(), toldAt: 0 };
      this.#told.set(series, told);
    }
    return told;
  }

  #violate({ symbol, interval }: Series, what: string): void {
    this.violations.push({ at: this.#now(), what: `${symbol} ${interval}: ${what}` });
  }
}

/** Whether figures differ. Two that aren't known don't, and one that isn't known differs from any that is. */
export function isOther(a: number, b: number): boolean {
  return a !== b && !(Number.isNaN(a) && Number.isNaN(b));
}

/** Whether an amount may be what it is between two versions of it; NaN where the market doesn't tell it, and then in all three. */
function isBetween(amount: number, first: number, last: number): boolean {
  return Number.isNaN(last) ? Number.isNaN(amount) : amount >= first && amount <= last;
}

/** A moment for people. */
export function iso(moment: number): string {
  return new Date(moment).toISOString().replace(".000Z", "Z");
}

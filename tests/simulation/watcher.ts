import { type Interval, KLINE_COLUMNS, type Kline, type Symbol } from "../../src/core/mod.ts";
import type { CloseNotice, MarketStore, Series } from "../../src/store/mod.ts";

/** Something that must never happen, and when it did. */
export interface Violation {
  readonly at: number;
  readonly what: string;
}

/** What the exchange will in the end say of a series; the oracle of a simulation. */
export type Truth = (symbol: Symbol, interval: Interval, from: number, to: number) => readonly Kline[];

/** Remembered of each series: all closes that were told, by open time. */
interface Told {
  version: number;
  readonly closes: Map<number, Kline>;
}

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
    const klines: Kline[] = [];
    for (let position = first; position < end; position += 1) {
      const kline = series.ring.read(position, {} as Kline);
      klines.push({ ...kline });
      const had = told.closes.get(kline.openTime);
      if (had !== undefined) this.#same(series, had, kline, "changed after it was told");
    }
    const [oldest, newest] = [klines[0], klines.at(-1)];
    if (!complete || oldest === undefined || newest === undefined) return;
    const due = this.#now() - graceMs;
    const expected = truth(symbol, interval, oldest.openTime, due).filter(({ closeTime }) => closeTime < due);
    const has = new Set(klines.map(({ openTime }) => openTime));
    for (const { openTime } of expected) {
      if (!has.has(openTime)) this.#violate(series, `calls itself complete without ${iso(openTime)}`);
    }
    const exists = new Set(truth(symbol, interval, oldest.openTime, newest.openTime).map(({ openTime }) => openTime));
    for (const { openTime } of klines) {
      if (!exists.has(openTime)) this.#violate(series, `has ${iso(openTime)}, which never was`);
    }
  }

  #kline(series: Series, kline: Readonly<Kline>): void {
    const told = this.#toldOf(series);
    if (series.version < told.version) this.#violate(series, `version went back to ${series.version}`);
    told.version = series.version;
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
    }
  }

  #same(series: Series, had: Kline, has: Kline, what: string): void {
    for (const column of KLINE_COLUMNS) {
      if (had[column] !== has[column]) {
        this.#violate(series, `${iso(had.openTime)} ${what}: ${column} ${had[column]} → ${has[column]}`);
      }
    }
  }

  #toldOf(series: Series): Told {
    let told = this.#told.get(series);
    if (told === undefined) {
      told = { version: 0, closes: new Map() };
      this.#told.set(series, told);
    }
    return told;
  }

  #violate({ symbol, interval }: Series, what: string): void {
    this.violations.push({ at: this.#now(), what: `${symbol} ${interval}: ${what}` });
  }
}

/** A moment for people. */
export function iso(moment: number): string {
  return new Date(moment).toISOString().replace(".000Z", "Z");
}

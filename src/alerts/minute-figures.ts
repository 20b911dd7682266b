import type { Symbol, UnixMs } from "../core/mod.ts";
import { ALERT_BOUNDS } from "../wire/mod.ts";

const MINUTE_MS = 60_000;

/** What a market's past has to tell, of minutes that open from `from` until before `to`. Undefined while something of it is in doubt. */
export interface PastMinutes {
  /** The lowest and the highest price. Of an empty span Infinity and -Infinity. */
  extremes(symbol: Symbol, from: UnixMs, to: UnixMs): Extremes | undefined;
  /** The volume, and how many minutes it is of where the past begins later. */
  volume(symbol: Symbol, from: UnixMs, to: UnixMs): { readonly volume: number; readonly minutes: number } | undefined;
}

/** The lowest and the highest price of a span. */
export interface Extremes {
  readonly low: number;
  readonly high: number;
}

/** The volume of the closed minutes of a window, and what such a window had before on average. */
export interface Volumes {
  readonly closed: number;
  readonly average: number;
}

/** What a symbol's closed minutes say for the present candle. Each figure is read once a candle, however many alerts need it. */
export class MinuteFigures {
  readonly #symbol: Symbol;
  readonly #past: PastMinutes;
  readonly #extremes: Map<number, Extremes> = new Map();
  readonly #volumes: Map<number, Volumes> = new Map();
  #openTime = 0;

  constructor(symbol: Symbol, past: PastMinutes) {
    this.#symbol = symbol;
    this.#past = past;
  }

  /** Of the closed candles among the last `minutes`, the present one left out. */
  extremes(openTime: UnixMs, minutes: number): Extremes | undefined {
    this.#begin(openTime);
    const known = this.#extremes.get(minutes);
    if (known !== undefined) return known;
    const read = this.#past.extremes(this.#symbol, before(openTime, minutes - 1), openTime);
    if (read !== undefined) this.#extremes.set(minutes, read);
    return read;
  }

  /** Of the closed candles among the last `minutes`, and of the windows before them. */
  volumes(openTime: UnixMs, minutes: number): Volumes | undefined {
    this.#begin(openTime);
    const known = this.#volumes.get(minutes);
    if (known !== undefined) return known;
    const begins = before(openTime, minutes - 1);
    const closed = this.#past.volume(this.#symbol, begins, openTime);
    const earlier = this.#past.volume(this.#symbol, before(begins, minutes * ALERT_BOUNDS.volumeWindows), begins);
    if (closed === undefined || earlier === undefined || earlier.minutes === 0) return undefined;
    const read = { closed: closed.volume, average: (earlier.volume * minutes) / earlier.minutes };
    this.#volumes.set(minutes, read);
    return read;
  }

  #begin(openTime: UnixMs): void {
    if (openTime === this.#openTime) return;
    this.#openTime = openTime;
    this.#extremes.clear();
    this.#volumes.clear();
  }
}

function before(openTime: UnixMs, minutes: number): UnixMs {
  return (openTime - minutes * MINUTE_MS) as UnixMs;
}

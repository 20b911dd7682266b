import { openTimeOf, type Stopwatch, type UnixMs } from "../../core/mod.ts";
import type { MarketStore } from "../../store/mod.ts";

/** How long after it closed here the final state of a minute may take through the stream, in milliseconds by the stopwatch. */
export const LATE_AFTER_MS = 5_000;

/** Closes that are watched at once at most; the oldest is judged early then. */
const MAX_WATCHED = 1_000;

const OPEN_TIME = /"openTime":(\d+)/;

/** Counts the final states that came through the stream, by minute, and compares them with those that closed in the store. */
export class StreamWatchdog {
  readonly #store: MarketStore;
  readonly #stopwatch: Stopwatch;
  /** By open time: final states that came through the stream, by channel. */
  readonly #came: Map<number, Set<string>> = new Map();
  /** The closes that aren't judged yet, oldest first. */
  readonly #due: { readonly openTime: UnixMs; readonly symbols: readonly string[]; readonly at: number }[] = [];
  /** The first close after the start may have been published before the stream was read. */
  #isFirst = true;
  /** Closes that didn't come whole through the stream in time. */
  late = 0;
  /** Whether the last close that was judged was late. */
  isLate = false;

  constructor(store: MarketStore, stopwatch: Stopwatch) {
    this.#store = store;
    this.#stopwatch = stopwatch;
    store.listen({
      close: ({ interval, closeTime, symbols }) => {
        if (interval !== "1m" || symbols.length === 0) return;
        const openTime = openTimeOf("1m", closeTime);
        this.#due.push({ openTime, symbols, at: stopwatch() });
        this.look();
      },
    });
  }

  /** A final state came through the stream. */
  final(frame: string): void {
    const openTime = Number(OPEN_TIME.exec(frame)?.[1] ?? Number.NaN);
    const [, symbol] = /"channel":"kline:(.+?):1m"/.exec(frame) ?? [];
    if (symbol === undefined || Number.isNaN(openTime)) return;
    const came = this.#came.get(openTime) ?? new Set();
    came.add(symbol);
    this.#came.set(openTime, came);
    // No close ever takes a minute of the far future away.
    if (this.#came.size > MAX_WATCHED) this.#came.delete(Math.max(...this.#came.keys()));
  }

  /** Minutes that are held until they are judged. */
  get held(): number {
    return this.#came.size;
  }

  /** Judges the closes that are due. Called now and then, too. */
  look(): void {
    const now = this.#stopwatch();
    for (let first = this.#due[0]; first !== undefined; first = this.#due[0]) {
      if (now - first.at < LATE_AFTER_MS && this.#due.length <= MAX_WATCHED) break;
      this.#due.shift();
      if (this.#isFirst) {
        this.#isFirst = false;
        continue;
      }
      const came = this.#came.get(first.openTime);
      // A symbol that is repaired while it isn't traded any more was no close that the stream could bring.
      const lacking = first.symbols.filter(
        (symbol) => came?.has(symbol) !== true && this.#store.hasSymbol(symbol as never),
      );
      this.isLate = lacking.length > 0;
      if (this.isLate) this.late += 1;
      for (const openTime of [...this.#came.keys()]) if (openTime < first.openTime) this.#came.delete(openTime);
    }
  }
}

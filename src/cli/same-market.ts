import {
  type Clock,
  type ExchangePast,
  type Kline,
  millis,
  reasonOf,
  type StopSignal,
  type Symbol,
  withoutAddresses,
} from "../core/mod.ts";
import { type MarketStore, readKlines } from "../store/mod.ts";

/** So many minutes are compared at most, and at least: no single answer decides. */
const MAX_WITNESSES = 3;
const LEAST_WITNESSES = 2;

/** The exchange isn't asked before its time is certain: it is tried again after so long, and so often, in milliseconds. */
const AGAIN_MS = millis(1_000);
const MAX_TRIES = 30;

/** A closed kline that is held. */
interface Held {
  readonly symbol: Symbol;
  readonly kline: Readonly<Kline>;
}

/** What comparing needs. */
export interface ComparisonParts {
  readonly store: MarketStore;
  readonly past: Pick<ExchangePast, "klines">;
  readonly clock: Pick<Clock, "sleep">;
  /** Gets a sentence when the exchange couldn't be asked. */
  readonly warn: (message: string) => void;
  /** Called when the exchange has another market than the store. */
  readonly replaced: () => void;
}

/** Compares the store with the exchange after each connection, one comparison at a time. */
export class MarketComparison {
  readonly #parts: ComparisonParts;
  #isDue = false;
  #isRunning = false;

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
  }

  /**
   * To be called when a connection is up. Connections that come up during a comparison cause one more after it, because another
   * exchange may answer by then.
   */
  async connected(signal: StopSignal): Promise<void> {
    this.#isDue = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    const { store, past, clock, warn, replaced } = this.#parts;
    try {
      while (this.#isDue && !signal.aborted) {
        this.#isDue = false;
        if (await isOtherMarket(witnesses(store), past, clock, signal, warn)) replaced();
      }
    } finally {
      this.#isRunning = false;
    }
  }
}

/** What is compared: the newest closed minute of some symbols, as it is held now; of one symbol alone, its two newest. */
export function witnesses(store: MarketStore): readonly Held[] {
  const held: Held[] = [];
  const before: Held[] = [];
  for (const { symbol, status } of store.symbols()) {
    if (status !== "TRADING") continue;
    const series = store.series(symbol, "1m");
    const klines = series && readKlines(series, series.select({ limit: LEAST_WITNESSES, closedOnly: true }));
    const newest = klines?.at(-1);
    if (klines === undefined || newest === undefined) continue;
    held.push({ symbol, kline: newest });
    before.push(...klines.slice(0, -1).map((kline) => ({ symbol, kline })));
    if (held.length === MAX_WITNESSES) break;
  }
  return held.length >= LEAST_WITNESSES ? held : [...before, ...held];
}

/**
 * Whether the exchange has another market than the one that the klines are of: it answers for all of these minutes, two at least, and no
 * price that they began with or ended with is the same. False where it can't be asked; `warn` gets the last reason then. Never rejects.
 */
export async function isOtherMarket(
  held: readonly Held[],
  past: Pick<ExchangePast, "klines">,
  clock: Pick<Clock, "sleep">,
  signal: StopSignal,
  warn: (message: string) => void,
): Promise<boolean> {
  if (held.length < LEAST_WITNESSES) return false;
  let reason = "";
  for (let tries = 0; tries < MAX_TRIES && !signal.aborted; tries += 1) {
    try {
      const answers = await Promise.all(
        held.map(async ({ symbol, kline: { openTime } }) => {
          const { klines } = await past.klines(symbol, "1m", { from: openTime, to: openTime }, signal);
          return klines.find((kline) => kline.openTime === openTime);
        }),
      );
      return held.every(({ kline }, at) => {
        const answer = answers[at];
        return answer !== undefined && answer.open !== kline.open && answer.close !== kline.close;
      });
    } catch (cause) {
      reason = withoutAddresses(reasonOf(cause));
      await clock.sleep(AGAIN_MS, signal).catch(() => {});
    }
  }
  if (!signal.aborted) warn(`whether the exchange still has the same market can't be checked: ${reason}`);
  return false;
}

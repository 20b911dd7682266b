import { type Clock, type ExchangePast, type Kline, millis, type StopSignal, type Symbol } from "../core/mod.ts";
import { type MarketStore, readKlines } from "../store/mod.ts";

/** So many symbols are compared at most. Two must differ, so that no single answer decides. */
const MAX_SYMBOLS = 3;
const LEAST_WITNESSES = 2;

/** The exchange isn't asked before its time is certain: it is tried again after so long, and so often, in milliseconds. */
const AGAIN_MS = millis(1_000);
const MAX_TRIES = 30;

/** A closed kline that is held. */
interface Held {
  readonly symbol: Symbol;
  readonly kline: Readonly<Kline>;
}

/** What is compared: the newest closed minute of some symbols, as it is held now. */
export function witnesses(store: MarketStore): readonly Held[] {
  const held: Held[] = [];
  for (const { symbol, status } of store.symbols()) {
    if (status !== "TRADING") continue;
    const series = store.series(symbol, "1m");
    const kline = series && readKlines(series, series.select({ limit: 1, closedOnly: true })).at(-1);
    if (kline !== undefined) held.push({ symbol, kline });
    if (held.length === MAX_SYMBOLS) break;
  }
  return held;
}

/**
 * Whether the exchange has another market than the one that the klines are of: it answers for all of these minutes, and no price that they
 * began with or ended with is the same. Where it can't be asked, nothing says so.
 */
export async function isOtherMarket(
  held: readonly Held[],
  past: Pick<ExchangePast, "klines">,
  clock: Pick<Clock, "sleep">,
  signal: StopSignal,
): Promise<boolean> {
  if (held.length === 0) return false;
  for (let tries = 0; tries < MAX_TRIES && !signal.aborted; tries += 1) {
    try {
      const answers = await Promise.all(
        held.map(async ({ symbol, kline: { openTime } }) => {
          const { klines } = await past.klines(symbol, "1m", { from: openTime, to: openTime }, signal);
          return klines.find((kline) => kline.openTime === openTime);
        }),
      );
      const differing = held.filter(({ kline }, at) => {
        const answer = answers[at];
        return answer !== undefined && answer.open !== kline.open && answer.close !== kline.close;
      });
      return differing.length === held.length && differing.length >= Math.min(LEAST_WITNESSES, held.length);
    } catch {
      await clock.sleep(AGAIN_MS, signal).catch(() => {});
    }
  }
  return false;
}

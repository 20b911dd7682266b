import type { MarketStore } from "../store/mod.ts";
import type { ClosesAnswer } from "../wire/mod.ts";

/**
 * The last close of each served interval; empty until the exchange has sent its time. After a restart market time is the checkpoint's until
 * then: a trader that began there would run closes from before it was enabled.
 */
export function lastCloses(store: MarketStore): ClosesAnswer["intervals"] {
  const intervals: ClosesAnswer["intervals"] = {};
  if (!store.isTimeConfirmed) return intervals;
  for (const interval of store.served) {
    const state = store.close(interval);
    if (state !== undefined) intervals[interval] = { ...state };
  }
  return intervals;
}

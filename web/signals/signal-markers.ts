import { effect } from "@preact/signals";
import { openTimeOf } from "../../src/core/mod.ts";
import type { Page } from "../shell/page.ts";
import { SignalList } from "./signal-list.ts";

/** Who puts the marks on the charts. */
const MARKS = "signals";

/** Marks the signals of the charted symbol on its chart: each at the candle in which its close lies, whatever interval it is of. */
export function markSignals({ client, market, markers, signals, traders }: Page): void {
  let list: SignalList | undefined;
  let symbol: string | undefined;
  effect(() => {
    const chosen = market.chosen.value;
    if (chosen === undefined) return;
    if (chosen.symbol !== symbol) {
      list?.close();
      symbol = chosen.symbol;
      list = new SignalList({ client, feed: signals, filter: { symbol } });
    }
    const rows = list?.rows.value ?? [];
    if (rows.some(({ traderId }) => traders.get(traderId) === undefined)) void traders.readOnce();
    markers.put(
      MARKS,
      rows.map(({ traderId, closeTime }) => ({
        ...chosen,
        openTime: openTimeOf(chosen.interval, closeTime),
        kind: "signal" as const,
        text: traders.get(traderId)?.name ?? "",
      })),
    );
  });
}

import { effect } from "@preact/signals";
import { openTimeOf } from "../../src/core/mod.ts";
import type { Signal } from "../../src/wire/mod.ts";
import type { ChartMarker } from "../chart/chart-markers.ts";
import type { ChartChoice } from "../chart/chart-route.ts";
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
      marksOf(rows, chosen, (id) => traders.get(id)?.name ?? ""),
    );
  });
}

/** A mark for each candle with signals, with the name of who found the newest of them. */
export function marksOf(
  rows: readonly Signal[],
  { symbol, interval }: ChartChoice,
  nameOf: (traderId: string) => string,
): ChartMarker[] {
  const byCandle = new Map<number, Signal[]>();
  for (const one of rows) {
    const openTime = openTimeOf(interval, one.closeTime);
    byCandle.set(openTime, [...(byCandle.get(openTime) ?? []), one]);
  }
  return [...byCandle].map(([openTime, found]) => {
    const names = [...new Set(found.map(({ traderId }) => nameOf(traderId)))];
    const text = names.length === 1 ? (names[0] ?? "") : `${names[0]} +${names.length - 1}`;
    return { symbol, interval, openTime, kind: "signal", text };
  });
}

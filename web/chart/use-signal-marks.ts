import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Page } from "../shell/page.ts";
import { SignalList } from "../signals/signal-list.ts";
import { marksOf } from "../signals/signal-markers.ts";
import type { MarkChoice } from "./mark-choice.ts";
import type { PaneState } from "./pane-state.ts";

/** Marks the signals of a chart's symbol at its candles. */
export function useSignalMarks({ client, signals, traders }: Page, pane: PaneState, choice: MarkChoice): void {
  const list = useRef<{ readonly symbol: string; readonly signals: SignalList } | undefined>(undefined);
  useSignalEffect(() => {
    const charted = pane.choice.value;
    if (charted === undefined) return;
    const { symbol } = charted;
    if (list.current?.symbol !== symbol) {
      list.current?.signals.close();
      list.current = { symbol, signals: new SignalList({ client, feed: signals, filter: { symbol } }) };
    }
    const rows = list.current.signals.rows.value;
    if (rows.some(({ traderId }) => traders.get(traderId) === undefined)) void traders.readOnce();
    pane.marks.value = marksOf(rows, charted, choice.marked.value, (id) => traders.get(id)?.name ?? "");
  });
  useEffect(() => () => list.current?.signals.close(), []);
}

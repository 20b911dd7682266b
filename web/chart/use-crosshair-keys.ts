import type { ReadonlySignal, Signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { TimeZoneChoice } from "../text/time-zone.ts";
import { moveOfKey } from "./crosshair-keys.ts";
import { crosshairWords, signalsText, studyWords } from "./crosshair-words.ts";
import type { PaneState } from "./pane-state.ts";
import type { StudyResult } from "./studies.ts";

/** Lets keys move the crosshair of a chart that has the focus, and says what it is on. */
export function useCrosshairKeys(
  element: RefObject<HTMLElement | null>,
  { feed, chart, linked, marks }: PaneState,
  studies: ReadonlySignal<readonly StudyResult[]>,
  spoken: Signal<string>,
  timeZone: TimeZoneChoice,
): void {
  useEffect(() => {
    const figure = element.current;
    const press = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const move = moveOfKey(event.key, event.shiftKey);
      if (move === undefined) return;
      event.preventDefault();
      // The pointer may rest in another chart, to which this one is linked.
      linked.value = undefined;
      const held = chart.current?.moveCrosshair(move);
      if (held === undefined) return;
      const klines = feed.state.peek()?.klines ?? [];
      const at = klines.findLastIndex(({ openTime }) => openTime === held.kline.openTime);
      const decimals = chart.current?.plane.series?.decimals ?? 2;
      const signals = marks.peek().filter(({ openTime }) => openTime === held.kline.openTime);
      const more = [...studyWords(studies.peek(), at, decimals), ...signals.map(({ text }) => signalsText(text))];
      spoken.value = crosshairWords(move, held, decimals, more, (moment) => timeZone.text(moment));
    };
    figure?.addEventListener("keydown", press);
    return () => figure?.removeEventListener("keydown", press);
  }, [chart, element, feed, linked, marks, studies, spoken, timeZone]);
}

import { computed, effect } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import type { PaneState } from "../chart/pane-state.ts";
import type { Page } from "../shell/page.ts";
import { attachKeys } from "./attach-keys.ts";
import { attachPointer } from "./attach-pointer.ts";
import { drawingsIn } from "./drawing-book-of.ts";
import { layerColors } from "./drawing-colors.ts";
import { DrawingLayer } from "./drawing-layer.ts";
import { DrawingSession } from "./drawing-session.ts";
import { menuEntries } from "./menu-entries.ts";

/** The form of the pointer over the parts of a drawing. */
const CURSORS = { handle: "grab", line: "move", fill: "pointer" } as const;

/** Lets a person draw on a chart, for as long as the chart is there. */
export function useDrawingSession(page: Page, pane: PaneState, element: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const [chart, figure] = [pane.chart.current, element.current];
    if (chart === null || figure === null) return;
    const { plane } = chart;
    const symbol = computed(() => pane.feed.state.value?.symbol);
    const session = new DrawingSession({
      plane,
      symbol,
      ...drawingsIn(page.storage),
      newId,
      focusChart: () => figure.focus({ preventScroll: true }),
      onFault: (text) => {
        page.router.notice.value = text;
      },
    });
    const layer = new DrawingLayer(plane, layerColors(), (x, y) => {
      if (session.tool.peek() !== undefined) return "crosshair";
      const part = session.holdAt({ x, y });
      return part && CURSORS[part];
    });
    const ending = new AbortController();
    attachPointer({ figure, plane, session, signal: ending.signal });
    attachKeys({ figure, chart, session, signal: ending.signal });
    const endings = [
      plane.attach(layer),
      pane.menu.add(...menuEntries(session)),
      effect(() => {
        layer.show({
          drawings: session.shown.value,
          selectedId: session.selectedId.value,
          measure: session.measure.value,
        });
      }),
      effect(() => {
        if (page.theme.changes.value > 0) layer.recolor(layerColors());
      }),
      symbol.subscribe(() => session.cancelAll()),
      effect(() => {
        // The tools act on another chart from now on.
        if (!pane.isActive.value) session.leave();
      }),
    ];
    pane.drawings.value = session;
    return () => {
      pane.drawings.value = undefined;
      ending.abort();
      for (const end of endings) end();
    };
  }, [page, pane, element]);
}

/** Without a secure connection there is no `crypto.randomUUID`. */
function newId(): string {
  return crypto.getRandomValues(new BigUint64Array(1)).join("");
}

import { type ReadonlySignal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { WireKline } from "../../src/wire/mod.ts";
import { ChartAlertsFrame } from "../alerts/chart-alerts-frame.tsx";
import { DrawingsFrame } from "../drawings/drawing-frames.tsx";
import type { Page } from "../shell/page.ts";
import { drawingOf } from "./candle-chart.ts";
import type { ChartKind } from "./chart-kind.ts";
import { ChartMenuView } from "./chart-menu-view.tsx";
import { inOrder } from "./chart-points.ts";
import { edgeOf, noteOf } from "./chart-words.ts";
import type { CompareChoice } from "./compare-choice.ts";
import { CompareLegend } from "./compare-legend.tsx";
import { copyPriceEntry } from "./copy-price.ts";
import { Legend } from "./legend.tsx";
import type { MarkChoice } from "./mark-choice.ts";
import type { PaneState } from "./pane-state.ts";
import { computeStudies, klinesBefore } from "./studies.ts";
import type { StudyChoice } from "./study-choice.ts";
import { useActivation } from "./use-activation.ts";
import { useCandleChart } from "./use-candle-chart.ts";
import { useChartMenu } from "./use-chart-menu.ts";
import { useCompared } from "./use-compared.ts";
import { useCrosshairKeys } from "./use-crosshair-keys.ts";
import { useHeldHeight } from "./use-held-height.ts";
import { useSignalMarks } from "./use-signal-marks.ts";
import { ZoneButton } from "./zone-button.tsx";

/** Klines for which studies are to show what a filter sees, and which are about as many as there is room for at first. */
const SHOWN_KLINES = 200;

/** Properties of a chart. The indicators and the scale are those of all charts. */
export interface ChartPaneProps {
  readonly page: Page;
  readonly pane: PaneState;
  readonly studies: StudyChoice;
  readonly isLogarithmic: ReadonlySignal<boolean>;
  readonly kind: ReadonlySignal<ChartKind>;
  readonly marks: MarkChoice;
  readonly compare: CompareChoice;
  /** Asks why a trader matched a kline or not; without one, the kline under the pointer, or the newest one. */
  readonly onWhy: (pane: PaneState, kline?: WireKline) => void;
  /** Makes it the active chart; undefined where it is the only one. */
  readonly onActivate: (() => void) | undefined;
}

/** One live series: its legend and its candles. */
export function ChartPane({
  page,
  pane,
  studies,
  isLogarithmic,
  kind,
  marks,
  compare,
  onWhy,
  onActivate,
}: ChartPaneProps): JSX.Element {
  const { market } = page;
  const { feed, pointed, isFirstInSight } = pane;
  const results = useComputed(() => computeStudies(studies.chosen.value, inOrder(feed.state.value?.klines ?? [])));
  const compared = useCompared(page, pane, compare);
  // While the scale counts in percent, what lies over the candles would begin elsewhere.
  const isCompared = useComputed(() => compared.value.length > 0);
  const drawn = useComputed(() =>
    isCompared.value ? results.value.filter(({ indicator }) => indicator.drawn.place !== "candles") : results.value,
  );
  const shownKind = useComputed(() => (isCompared.value && kind.value === "heikin-ashi" ? "candles" : kind.value));
  const drawing = useComputed(() => drawingOf(market, feed.state.value, drawn.value));
  useSignalMarks(page, pane, marks);
  useSignalEffect(() => {
    const state = feed.state.value;
    if (state === undefined) return;
    feed.need(SHOWN_KLINES + klinesBefore(studies.chosen.value, state.interval), market.health.value?.capacity);
  });
  const element = useCandleChart({ page, pane, drawing, isLogarithmic, kind: shownKind, compared });
  const spoken = useSignal("");
  useCrosshairKeys(element, pane, results, spoken, page.timeZone);
  useChartMenu(element, pane);
  useEffect(
    () =>
      pane.menu.add(
        {
          group: "why",
          label: () => "Why did a trader match or not?",
          run: ({ openTime }) =>
            onWhy(
              pane,
              feed.state.peek()?.klines.find((kline) => kline.openTime === openTime),
            ),
        },
        copyPriceEntry(page),
      ),
    [feed, page, pane, onWhy],
  );
  useEffect(() => pane.follow(), [pane]);
  const around = useRef<HTMLDivElement>(null);
  useActivation(around, onActivate);
  const legends = useRef<HTMLDivElement>(null);
  useHeldHeight({
    around,
    element: legends,
    isPointed: useComputed(() => pointed.value !== undefined),
    content: useComputed(() => [studies.chosen.value, isCompared.value, pane.choice.value]),
  });
  const edge = useComputed(() => (isFirstInSight.value ? edgeOf(feed.state.value) : ""));
  const hasNewest = useComputed(() => feed.state.value?.phase === "ready" && !pane.isNewestInSight.value);
  const note = useComputed(() => noteOf(feed.state.value, market));
  const name = useComputed(() => {
    const choice = pane.choice.value;
    return choice === undefined ? "" : `${choice.symbol} ${choice.interval}`;
  });
  const label = useComputed(() => {
    const state = feed.state.value;
    return state === undefined ? "Chart" : `Candles and volume of ${state.symbol}, ${state.interval}`;
  });
  return (
    <div class="pane" ref={around} data-active={onActivate === undefined ? undefined : pane.isActive}>
      {onActivate === undefined ? null : (
        <button type="button" class="pane-name" aria-pressed={pane.isActive} onClick={onActivate}>
          {name}
        </button>
      )}
      <div class="legends" ref={legends}>
        <Legend
          page={page}
          state={feed.state}
          choice={studies}
          studies={results}
          pointed={pointed}
          kind={shownKind}
          marks={pane.marks}
          isCompared={isCompared}
          onWhy={() => onWhy(pane)}
        />
        <CompareLegend pane={pane} choice={compare} compared={compared} />
      </div>
      <div class="chart">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: role="application" takes the keyboard, for the crosshair and the menu at it */}
        <div class="canvas" ref={element} role="application" aria-label={label} tabIndex={0} />
        <p class="unseen" aria-live="polite">
          {spoken}
        </p>
        <DrawingsFrame page={page} pane={pane} element={element} />
        <ChartAlertsFrame page={page} pane={pane} />
        <ChartMenuView menu={pane.menu} chart={element} />
        {note.value === "" ? null : <p class="chart-note">{note}</p>}
        {edge.value === "" ? null : <p class="chart-edge">{edge}</p>}
        {hasNewest.value ? (
          <button
            type="button"
            class="now-button"
            title="Go to the newest candle"
            aria-keyshortcuts="End"
            onClick={() => pane.goToEnd()}
          >
            Newest candle <span aria-hidden="true">»</span>
          </button>
        ) : null}
        <ZoneButton page={page} />
      </div>
    </div>
  );
}

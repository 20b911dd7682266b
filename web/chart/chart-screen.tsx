import { type Signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect, useMemo } from "preact/hooks";
import { marketOf, type Symbol } from "../../src/core/mod.ts";
import type { WireKline } from "../../src/wire/mod.ts";
import { DrawingBarFrame } from "../drawings/drawing-frames.tsx";
import { TablePanel } from "../markets/table-panel.tsx";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { keepText } from "../shell/storage.ts";
import { WhyFrame } from "../why/why-frame.tsx";
import type { WhyQuestion } from "../why/why-question.ts";
import { ChartHead } from "./chart-head.tsx";
import { type ChartKind, chartKindOf } from "./chart-kind.ts";
import { ChartPanes } from "./chart-panes.ts";
import { ChartTools } from "./chart-tools.tsx";
import { CompareChoice } from "./compare-choice.ts";
import { MarkChoice } from "./mark-choice.ts";
import type { PaneState } from "./pane-state.ts";
import { PanesView } from "./panes-view.tsx";
import { SpanButtons } from "./span-buttons.tsx";
import { StudyChoice } from "./study-choice.ts";
import { useChartAddress } from "./use-chart-address.ts";
import { useViewAddress, type ViewBinding } from "./use-view-address.ts";

/** Where this browser keeps the scale and the kind. */
const LOGARITHMIC = "vyx.logarithmic";
const KIND = "vyx.chart-kind";

/** One live series, next to the list of all symbols if there is room. */
export function ChartScreen({ page }: { page: Page }): JSX.Element {
  const { market, storage } = page;
  const panes = usePanes(page);
  const studies = useMemo(() => new StudyChoice(storage), [storage]);
  const marks = useMemo(() => new MarkChoice(storage), [storage]);
  const compare = useMemo(() => new CompareChoice(), []);
  const isLogarithmic = useSignal(storage.getItem(LOGARITHMIC) === "on");
  const kind = useSignal(chartKindOf(storage.getItem(KIND)) ?? "candles");
  useViewAddress(page, panes.active, {
    studies: { now: () => studies.chosen.value, take: (chosen) => studies.take(chosen) },
    scale: {
      now: () => (isLogarithmic.value ? "log" : "linear"),
      take: (scale) => {
        isLogarithmic.value = scale === "log";
      },
    },
    kind: bound(kind),
    zone: bound(page.timeZone.zone),
    compare: { now: () => compare.symbols.value, take: (symbols) => compare.take(symbols) },
    signals: {
      now: () => (marks.marked.value.isEachInterval ? "all" : "own"),
      take: (which) => marks.takeEachInterval(which === "all"),
    },
    charts: { now: () => panes.sideBySide, take: (charts) => panes.take(charts) },
  });
  // After the view, which may make another chart the active one.
  useChartAddress(page, panes);
  const toggleScale = (): void => {
    isLogarithmic.value = !isLogarithmic.peek();
    keepText(storage, LOGARITHMIC, isLogarithmic.peek() ? "on" : "off");
  };
  const chooseKind = (chosen: ChartKind): void => {
    kind.value = chosen;
    keepText(storage, KIND, chosen);
  };
  const newestClose = useComputed(() => panes.active.value.newestClose.value);
  useSignalEffect(() => {
    market.chartedPrice.value = newestClose.value;
  });
  useEffect(() => {
    return () => {
      market.chartedPrice.value = undefined;
    };
  }, [market]);
  const why = useSignal<WhyQuestion | undefined>(undefined);
  const askWhy = useCallback(
    (pane = panes.active.peek(), kline = pane.pointed.peek()): void => {
      why.value = whyOf(pane, kline);
    },
    [panes, why],
  );
  useShortcuts(page, {
    name: "Candles",
    shortcuts: [{ keys: ["w"], says: "why a trader matched the candle or not", run: () => askWhy() }],
  });
  useShortcuts(page, {
    name: "Chart, once it has the focus",
    shortcuts: [
      { keys: ["ArrowLeft", "ArrowRight"], says: "candle before or after, with Shift ten" },
      { keys: ["ArrowUp", "ArrowDown"], says: "crosshair's price, with Shift ten steps" },
      { keys: ["Home", "End"], says: "first or last candle in sight" },
      { keys: ["Shift F10"], says: "menu at the crosshair" },
    ],
  });
  const isOld = useComputed(() => {
    const symbol = market.chosen.value?.symbol;
    return symbol !== undefined && market.faults.value.has(marketOf(symbol as Symbol));
  });
  return (
    <div class="screen screen-chart">
      <TablePanel page={page} isList />
      <section class="panel chart-panel" aria-label="Chart" data-stale={isOld}>
        <ChartHead page={page} newestClose={newestClose}>
          <SpanButtons page={page} pane={panes.active.value} />
          <ChartTools
            page={page}
            panes={panes}
            studies={studies}
            isLogarithmic={isLogarithmic}
            onScale={toggleScale}
            kind={kind}
            onKind={chooseKind}
            marks={marks}
            compare={compare}
          />
        </ChartHead>
        <div class="chart-work">
          <DrawingBarFrame page={page} pane={panes.active.value} />
          <PanesView
            page={page}
            panes={panes}
            studies={studies}
            isLogarithmic={isLogarithmic}
            kind={kind}
            marks={marks}
            compare={compare}
            onWhy={askWhy}
          />
        </div>
      </section>
      <WhyFrame page={page} question={why} />
    </div>
  );
}

/** Asks about a kline, or about the newest close where none is pointed at or it is still open. The trader is chosen in the panel. */
function whyOf({ feed }: PaneState, kline: WireKline | undefined): WhyQuestion | undefined {
  const state = feed.state.peek();
  if (state === undefined) return undefined;
  const { symbol, interval } = state;
  return { symbol, interval, closeTime: kline?.closed === true ? kline.closeTime : undefined, filter: undefined };
}

/** The charts for as long as the screen is there. */
function usePanes(page: Page): ChartPanes {
  const panes = useMemo(() => new ChartPanes(page), [page]);
  useEffect(() => {
    const retry = (): void => {
      if (!document.hidden) panes.retry();
    };
    addEventListener("online", retry);
    document.addEventListener("visibilitychange", retry);
    return () => {
      removeEventListener("online", retry);
      document.removeEventListener("visibilitychange", retry);
    };
  }, [panes]);
  return panes;
}

/** A part of the view that is a signal. */
function bound<Value>(value: Signal<Value>): ViewBinding<Value> {
  return {
    now: () => value.value,
    take: (taken) => {
      value.value = taken;
    },
  };
}

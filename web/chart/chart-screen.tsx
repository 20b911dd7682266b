import { type Signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { assert, marketOf, type Symbol } from "../../src/core/mod.ts";
import type { WireKline } from "../../src/wire/mod.ts";
import type { Market } from "../market/market.ts";
import { TablePanel } from "../markets/table-panel.tsx";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import type { PageStorage } from "../shell/storage.ts";
import { WhyFrame } from "../why/why-frame.tsx";
import type { WhyQuestion } from "../why/why-question.ts";
import { drawingOf } from "./candle-chart.ts";
import { ChartFeed, type ChartState, unknownSymbolText } from "./chart-feed.ts";
import { ChartHead } from "./chart-head.tsx";
import { inOrder } from "./chart-points.ts";
import { type ChartChoice, chartChoiceOf, chartFault, chartHash, sameChart } from "./chart-route.ts";
import type { ChartSpan } from "./chart-spans.ts";
import { ChartTools } from "./chart-tools.tsx";
import { Legend } from "./legend.tsx";
import { SpanButtons } from "./span-buttons.tsx";
import { computeStudies, klinesBefore } from "./studies.ts";
import { StudyChoice } from "./study-choice.ts";
import { useCandleChart } from "./use-candle-chart.ts";

/** The default series, if the server has it. */
const USUAL: ChartChoice = { symbol: "BTCUSDT", interval: "1m" };

/** Klines for which studies are to show what a filter sees, and which are about as many as there is room for at first. */
const SHOWN_KLINES = 200;

/** One live series, next to the list of all symbols if there is room. */
export function ChartScreen({ page }: { page: Page }): JSX.Element {
  const feed = useChartFeed(page);
  const { market, storage } = page;
  const studies = useMemo(() => new StudyChoice(storage), [storage]);
  const isLogarithmic = useKeptSwitch(storage, "vyx.logarithmic");
  /** The kline under the pointer, if there is one. */
  const pointed = useSignal<WireKline | undefined>(undefined);
  const isFirstInSight = useSignal(false);
  const since = useSignal<ChartSpan | undefined>(undefined);
  const results = useComputed(() => computeStudies(studies.chosen.value, inOrder(feed.state.value?.klines ?? [])));
  const drawing = useComputed(() => drawingOf(market, feed.state.value, results.value));
  useSignalEffect(() => {
    const state = feed.state.value;
    if (state === undefined) return;
    feed.need(SHOWN_KLINES + klinesBefore(studies.chosen.value, state.interval), market.health.value?.capacity);
  });
  const { element, chart } = useCandleChart({ page, feed, drawing, isLogarithmic, pointed, isFirstInSight, since });
  const why = useSignal<WhyQuestion | undefined>(undefined);
  const askWhy = (): void => {
    why.value = whyOf(feed.state.peek(), pointed.peek());
  };
  useShortcuts(page, {
    name: "Candles",
    shortcuts: [{ keys: ["w"], says: "why a trader matched the candle or not", run: askWhy }],
  });
  const edge = useComputed(() => (isFirstInSight.value ? edgeOf(feed.state.value) : ""));
  const note = useComputed(() => noteOf(feed.state.value, market));
  const label = useComputed(() => {
    const choice = market.chosen.value;
    return choice === undefined ? "Chart" : `Candles and volume of ${choice.symbol}, ${choice.interval}`;
  });
  const isOld = useComputed(() => {
    const symbol = market.chosen.value?.symbol;
    return symbol !== undefined && market.faults.value.has(marketOf(symbol as Symbol));
  });
  return (
    <div class="screen screen-chart">
      <TablePanel page={page} isList />
      <section class="panel chart-panel" aria-label="Chart" data-stale={isOld}>
        <ChartHead page={page}>
          <SpanButtons page={page} since={since} onLive={() => feed.goLive()} />
          <ChartTools
            page={page}
            chart={chart}
            studies={studies}
            isLogarithmic={isLogarithmic}
            onLive={() => feed.goLive()}
          />
        </ChartHead>
        <Legend market={market} state={feed.state} studies={results} pointed={pointed} onWhy={askWhy} />
        <div class="chart">
          <figure
            class="canvas"
            ref={element}
            aria-label={label}
            onContextMenu={(event) => {
              event.preventDefault();
              askWhy();
            }}
          />
          {note.value === "" ? null : <p class="chart-note">{note}</p>}
          {edge.value === "" ? null : <p class="chart-edge">{edge}</p>}
        </div>
      </section>
      <WhyFrame page={page} question={why} />
    </div>
  );
}

/** Asks about a kline, or about the newest close where none is pointed at or it is still open. The trader is chosen in the panel. */
function whyOf(state: ChartState | undefined, kline: WireKline | undefined): WhyQuestion | undefined {
  if (state === undefined) return undefined;
  const { symbol, interval } = state;
  return { symbol, interval, closeTime: kline?.closed === true ? kline.closeTime : undefined, filter: undefined };
}

/** A feed that follows the address for as long as the screen is there. */
function useChartFeed(page: Page): ChartFeed {
  const { client, market, queue, router } = page;
  const feed = useMemo(() => new ChartFeed({ client, queue, onHeard: () => market.heard() }), [client, market, queue]);
  useSignalEffect(() => {
    const choice = chartChoiceOf(router.route.value);
    if (choice === undefined) {
      takeUsual(page);
      return;
    }
    const before = feed.state.peek();
    if (before !== undefined && sameChart(before, choice)) return;
    market.chosen.value = choice;
    feed.choose(choice);
  });
  useEffect(() => {
    const retry = (): void => {
      if (!document.hidden) feed.retry();
    };
    addEventListener("online", retry);
    document.addEventListener("visibilitychange", retry);
    return () => {
      removeEventListener("online", retry);
      document.removeEventListener("visibilitychange", retry);
      feed.close();
    };
  }, [feed]);
  return feed;
}

/** A switch that this browser remembers. */
function useKeptSwitch(storage: PageStorage, name: string): Signal<boolean> {
  const isOn = useSignal(storage.getItem(name) === "on");
  useSignalEffect(() => storage.setItem(name, isOn.value ? "on" : "off"));
  return isOn;
}

/** The default series once the symbols are known: the last choice, Bitcoin, or the symbol with the most volume. */
function takeUsual({ market, router }: Page): void {
  const route = router.route.peek();
  const intervals = market.intervals.value;
  if (market.rows.count.value === 0 || intervals.length === 0) return;
  const chosen = market.chosen.peek();
  const last = chosen === undefined || market.rows.get(chosen.symbol) === undefined ? undefined : chosen;
  const symbol = market.rows.get(USUAL.symbol) === undefined ? market.rows.largest() : USUAL.symbol;
  const interval = intervals.includes(USUAL.interval) ? USUAL.interval : intervals[0];
  assert(symbol !== undefined && interval !== undefined, "there are rows and intervals");
  // The address may choose a symbol alone, or one with an interval that there isn't.
  const named = route.parts[0]?.toUpperCase();
  const shown =
    named === undefined ? (last ?? { symbol, interval }) : { symbol: named, interval: last?.interval ?? interval };
  const fault = chartFault(route);
  router.replace(chartHash(shown));
  if (fault !== undefined) router.notice.value = `${fault} This is ${shown.symbol} ${shown.interval}.`;
}

/** Why there is nothing before the first candle, once that is known. */
function edgeOf(state: ChartState | undefined): string {
  switch (state?.beginning) {
    case "of the market":
      return `${state.symbol} begins here.`;
    case "of this server":
      return "This server has no older candles.";
    default:
      return "";
  }
}

function noteOf(state: ChartState | undefined, market: Market): string {
  // The SDK gives an unknown symbol some seconds to appear; the list of symbols tells at once.
  if (state?.phase === "loading" && market.lacks(state.symbol)) return unknownSymbolText(state.symbol);
  if (state === undefined || state.phase === "loading") return "Loading …";
  if (state.phase === "failed") return state.detail;
  return state.klines.length === 0 ? "There are no candles for this symbol yet." : "";
}

import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { copyLink } from "../shell/copy-link.ts";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { type ShownChart, saveFigures, savePicture } from "./chart-exports.ts";
import { type ChartKind, kindAfter } from "./chart-kind.ts";
import type { ChartPanes } from "./chart-panes.ts";
import { type ChartChoice, chartHash } from "./chart-route.ts";
import type { CompareChoice } from "./compare-choice.ts";
import { CompareMenu } from "./compare-menu.tsx";
import { KindChoice } from "./kind-choice.tsx";
import { LayoutChoice, showMore } from "./layout-choice.tsx";
import type { MarkChoice } from "./mark-choice.ts";
import { MarksMenu } from "./marks-menu.tsx";
import type { StudyChoice } from "./study-choice.ts";
import { StudyMenu } from "./study-menu.tsx";

/** Properties of the tools. */
export interface ChartToolsProps {
  readonly page: Page;
  readonly panes: ChartPanes;
  readonly studies: StudyChoice;
  readonly isLogarithmic: ReadonlySignal<boolean>;
  readonly onScale: () => void;
  readonly kind: ReadonlySignal<ChartKind>;
  readonly onKind: (kind: ChartKind) => void;
  readonly marks: MarkChoice;
  readonly compare: CompareChoice;
}

/** How the price is drawn, indicators, the scale, and what can be taken along: a picture, the figures. */
export function ChartTools(props: ChartToolsProps): JSX.Element {
  const { page, panes, studies, isLogarithmic, onScale, kind, onKind, marks, compare } = props;
  const menu = useRef<HTMLDetailsElement>(null);
  const chosen = (): ChartChoice | undefined => page.market.chosen.peek();
  const shown = (): ShownChart => ({
    page,
    pane: panes.active.peek(),
    studies: studies.chosen.peek(),
    kind: kind.peek(),
  });
  const step = (by: number): void => {
    const [choice, intervals] = [chosen(), page.market.intervals.peek()];
    const interval = choice === undefined ? undefined : intervals[intervals.indexOf(choice.interval) + by];
    if (choice !== undefined && interval !== undefined) page.router.go(chartHash({ ...choice, interval }));
  };
  const isEmpty = useComputed(() => (panes.active.value.feed.state.value?.klines.length ?? 0) === 0);
  useShortcuts(page, {
    name: "Chart",
    shortcuts: [
      { keys: [","], says: "shorter interval", run: () => step(-1) },
      { keys: ["."], says: "longer interval", run: () => step(1) },
      {
        keys: ["i"],
        says: "indicators",
        run: () => menu.current?.querySelector("summary")?.click(),
      },
      { keys: ["c"], says: "candles, Heikin Ashi, line or area", run: () => onKind(kindAfter(kind.peek())) },
      { keys: ["g"], says: "one, two or four charts", run: () => showMore(panes, page.market.intervals.peek()) },
      { keys: ["]"], says: "next chart", run: () => panes.activateNext() },
      { keys: ["u"], says: "UTC or local time", run: () => page.timeZone.toggle() },
      { keys: ["l"], says: "logarithmic or linear scale", run: onScale },
      { keys: ["End"], says: "go to the newest candle", run: () => panes.active.peek().goToEnd() },
      { keys: ["p"], says: "save a picture", run: () => void savePicture(shown()) },
      { keys: ["d"], says: "save the figures as CSV", run: () => saveFigures(shown()) },
    ],
  });
  return (
    <div class="tools">
      <LayoutChoice page={page} panes={panes} />
      <KindChoice kind={kind} onKind={onKind} />
      <StudyMenu choice={studies} menu={menu} />
      <CompareMenu page={page} choice={compare} />
      <MarksMenu page={page} choice={marks} />
      <button type="button" class="button" aria-pressed={isLogarithmic} title="Logarithmic scale" onClick={onScale}>
        Log
      </button>
      <button
        type="button"
        class="button"
        title="Save a picture"
        disabled={isEmpty}
        onClick={() => void savePicture(shown())}
      >
        Picture
      </button>
      <button
        type="button"
        class="button"
        title="Save the figures as CSV"
        disabled={isEmpty}
        onClick={() => saveFigures(shown())}
      >
        CSV
      </button>
      <button
        type="button"
        class="button"
        title="Copy a link that shows the same: symbol, interval, range, indicators and scale"
        onClick={() => void copyLink(page.router)}
      >
        Copy link
      </button>
    </div>
  );
}

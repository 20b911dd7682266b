import type { ReadonlySignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { sourceBadge } from "../market/source.ts";
import type { Page } from "../shell/page.ts";
import { saveFile } from "../shell/save-file.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { csvText } from "../text/csv.ts";
import { chartColors } from "./chart-colors.ts";
import { type ChartKind, kindAfter } from "./chart-kind.ts";
import type { ChartPanes } from "./chart-panes.ts";
import { chartPicture } from "./chart-picture.ts";
import { type ChartChoice, chartHash } from "./chart-route.ts";
import { KindChoice } from "./kind-choice.tsx";
import { klineRows } from "./kline-rows.ts";
import { LayoutChoice, showMore } from "./layout-choice.tsx";
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
}

/** How the price is drawn, indicators, the scale, and what can be taken along: a picture, the figures. */
export function ChartTools(props: ChartToolsProps): JSX.Element {
  const { page, panes, studies, isLogarithmic, onScale, kind, onKind } = props;
  const menu = useRef<HTMLDetailsElement>(null);
  const chosen = (): ChartChoice | undefined => page.market.chosen.peek();
  const savePicture = async (): Promise<void> => {
    const [drawn, choice] = [panes.active.peek().chart.current, chosen()];
    if (drawn === null || choice === undefined) return;
    const { text } = sourceBadge(page.market.source.peek(), !page.market.isStale.peek());
    const now = Math.floor(page.clock.now() / 1_000) * 1_000;
    const words = { title: `${choice.symbol} ${choice.interval}`, note: `${text} · ${page.timeZone.text(now)} · Vyx` };
    saveFile(fileName(choice, now, "png"), await chartPicture(await drawn.picture(), words, chartColors()));
  };
  const saveFigures = (): void => {
    const [drawn, choice] = [panes.active.peek().chart.current, chosen()];
    if (drawn === null || choice === undefined) return;
    const text = csvText(klineRows(drawn.drawnKlines()));
    const now = Math.floor(page.clock.now() / 1_000) * 1_000;
    saveFile(fileName(choice, now, "csv"), new Blob([text], { type: "text/csv" }));
  };
  const step = (by: number): void => {
    const [choice, intervals] = [chosen(), page.market.intervals.peek()];
    const interval = choice === undefined ? undefined : intervals[intervals.indexOf(choice.interval) + by];
    if (choice !== undefined && interval !== undefined) page.router.go(chartHash({ ...choice, interval }));
  };
  useShortcuts(page, {
    name: "Chart",
    shortcuts: [
      { keys: [","], says: "shorter interval", run: () => step(-1) },
      { keys: ["."], says: "longer interval", run: () => step(1) },
      {
        keys: ["i"],
        says: "indicators",
        run: () => {
          if (menu.current === null) return;
          menu.current.open = !menu.current.open;
          menu.current.querySelector("input")?.focus();
        },
      },
      { keys: ["c"], says: "candles, Heikin Ashi, line or area", run: () => onKind(kindAfter(kind.peek())) },
      { keys: ["g"], says: "one, two or four charts", run: () => showMore(panes, page.market.intervals.peek()) },
      { keys: ["]"], says: "next chart", run: () => panes.activateNext() },
      { keys: ["u"], says: "UTC or local time", run: () => page.timeZone.toggle() },
      { keys: ["l"], says: "logarithmic or linear scale", run: onScale },
      { keys: ["End"], says: "go to the newest candle", run: () => panes.active.peek().goToEnd() },
      { keys: ["p"], says: "save a picture", run: () => void savePicture() },
      { keys: ["d"], says: "save the figures as CSV", run: saveFigures },
    ],
  });
  return (
    <div class="tools">
      <LayoutChoice page={page} panes={panes} />
      <KindChoice kind={kind} onKind={onKind} />
      <StudyMenu choice={studies} menu={menu} />
      <button type="button" class="button" aria-pressed={isLogarithmic} title="Logarithmic scale" onClick={onScale}>
        Log
      </button>
      <button type="button" class="button" title="Save a picture" onClick={() => void savePicture()}>
        Picture
      </button>
      <button type="button" class="button" title="Save the figures as CSV" onClick={saveFigures}>
        CSV
      </button>
    </div>
  );
}

function fileName({ symbol, interval }: ChartChoice, now: number, kind: string): string {
  return `${symbol}-${interval}-${new Date(now).toISOString().slice(0, 19).replaceAll(":", "")}.${kind}`;
}

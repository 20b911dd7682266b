import { sourceBadge } from "../market/source.ts";
import type { Page } from "../shell/page.ts";
import { saveFile } from "../shell/save-file.ts";
import { csvText } from "../text/csv.ts";
import { chartColors } from "./chart-colors.ts";
import type { ChartKind } from "./chart-kind.ts";
import { chartPicture } from "./chart-picture.ts";
import type { ChartChoice } from "./chart-route.ts";
import { klineRows } from "./kline-rows.ts";
import type { PaneState } from "./pane-state.ts";
import { pictureWords } from "./picture-words.ts";
import { type ChosenStudy, computeStudies } from "./studies.ts";

/** What the chart shows at the moment. */
export interface ShownChart {
  readonly page: Page;
  readonly pane: PaneState;
  readonly studies: readonly ChosenStudy[];
  readonly kind: ChartKind;
}

/** Saves a picture of the chart, with a legend and the source of its prices. */
export async function savePicture({ page, pane, studies, kind }: ShownChart): Promise<void> {
  const [drawn, choice] = [pane.chart.current, pane.feed.state.peek()];
  if (drawn === null || choice === undefined) return;
  const { market, timeZone } = page;
  const now = wholeSecond(page.clock.now());
  const klines = drawn.drawnKlines();
  const range = drawn.rangeInSight();
  const colors = chartColors();
  const source = sourceBadge(market.source.peek(), !market.isStale.peek()).text;
  const subject = {
    choice,
    kind,
    klines,
    studies: computeStudies(studies, klines),
    decimals: market.decimals(choice.symbol, klines.at(-1)?.close ?? 1),
    note: `${source} · ${timeZone.text(now)} · Vyx`,
    timeText: (moment: number) => timeZone.text(moment),
  };
  const words = pictureWords(subject, range?.kind === "between" ? range.to : Number.POSITIVE_INFINITY, colors);
  saveFile(fileName(choice, now, "png"), await chartPicture(await drawn.picture(), words, colors));
}

/** Saves all candles that the chart has loaded, with the values of the studies, as CSV. */
export function saveFigures({ page, pane, studies }: ShownChart): void {
  const [drawn, choice] = [pane.chart.current, pane.feed.state.peek()];
  if (drawn === null || choice === undefined) return;
  const klines = drawn.drawnKlines();
  const text = csvText(klineRows(klines, computeStudies(studies, klines)));
  saveFile(fileName(choice, wholeSecond(page.clock.now()), "csv"), new Blob([text], { type: "text/csv" }));
}

function wholeSecond(moment: number): number {
  return Math.floor(moment / 1_000) * 1_000;
}

function fileName({ symbol, interval }: ChartChoice, now: number, kind: string): string {
  return `${symbol}-${interval}-${new Date(now).toISOString().slice(0, 19).replaceAll(":", "")}.${kind}`;
}

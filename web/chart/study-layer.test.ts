import { expect, test } from "bun:test";
import type { IChartApi } from "lightweight-charts";
import type { Kline } from "../../src/core/mod.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import type { ChartColors } from "./chart-colors.ts";
import { chartPoints } from "./chart-points.ts";
import { type ChosenStudy, computeStudies } from "./studies.ts";
import { StudyLayer } from "./study-layer.ts";
import { readStudies } from "./study-text.ts";

const KLINES: readonly Kline[] = minuteKlines(0, 60, 5, () => false);
const COLORS = { text: "grey", studies: ["one", "two", "three", "four"] } as unknown as ChartColors;

/** A line as the chart library has it. */
interface DrawnLine {
  pane: number;
  color: string;
  readonly values: Map<number, number | undefined>;
}

/** The part of the chart library that studies use. */
class Panes {
  lines: DrawnLine[] = [];

  readonly chart = {
    addSeries: (_kind: unknown, _options: unknown, pane: number) => this.#add(pane),
    removeSeries: (series: { readonly line: DrawnLine }) => {
      this.lines = this.lines.filter((line) => line !== series.line);
      // A pane without lines goes.
      if (series.line.pane === 0 || this.lines.some(({ pane }) => pane === series.line.pane)) return;
      for (const line of this.lines) if (line.pane > series.line.pane) line.pane -= 1;
    },
    panes: () =>
      Array.from({ length: Math.max(0, ...this.lines.map(({ pane }) => pane)) + 1 }, () => ({
        setStretchFactor: () => {},
      })),
  } as unknown as IChartApi;

  /** Each line's pane, colour and last value. */
  get shown(): string[] {
    return this.lines.map(({ pane, color, values }) => `${pane} ${color} ${[...values.values()].at(-1)?.toFixed(3)}`);
  }

  #add(pane: number): unknown {
    const line: DrawnLine = { pane, color: "", values: new Map() };
    this.lines.push(line);
    return {
      line,
      applyOptions: ({ color }: { readonly color?: string }) => {
        line.color = color ?? line.color;
      },
      createPriceLine: () => {},
      getPane: () => ({ paneIndex: () => line.pane }),
      setData: (data: readonly { readonly time: number; readonly value?: number }[]) => {
        line.values.clear();
        for (const { time, value } of data) line.values.set(time, value);
      },
      update: ({ time, value }: { readonly time: number; readonly value?: number }) => line.values.set(time, value),
    };
  }
}

/** Shows studies one after the other in the same chart, as a person changes them. */
function shownAfter(...texts: readonly string[]): readonly string[] {
  const panes = new Panes();
  const layer = new StudyLayer(panes.chart, COLORS);
  for (const text of texts) {
    const chosen = readStudies(text) as readonly ChosenStudy[];
    layer.showFresh([], KLINES, "1m", computeStudies(chosen, KLINES));
  }
  return panes.shown;
}

/** The same, in a new chart. */
function shownAnew(text: string): readonly string[] {
  const panes = new Panes();
  const layer = new StudyLayer(panes.chart, COLORS);
  layer.showAll(chartPoints(KLINES, "1m"), computeStudies(readStudies(text) as readonly ChosenStudy[], KLINES));
  return panes.shown;
}

test("changing a study's period changes its line's values, and no line's colour", () => {
  const [sma, ema] = shownAfter("sma-20-c1_ema-20-c2");
  const [changed, other] = shownAfter("sma-20-c1_ema-20-c2", "sma-5-c1_ema-20-c2");
  expect(sma).toStartWith("0 one ");
  expect(ema).toStartWith("0 two ");
  const mean = KLINES.slice(-5).reduce((sum, { close }) => sum + close, 0) / 5;
  expect(changed).toBe(`0 one ${mean.toFixed(3)}`);
  expect(other).toBe(ema as string);
});

test.each([
  ["another colour", "ema-20-c1_rsi-14-c2", "ema-20-c4_rsi-14-c2"],
  ["one of two is removed", "ema-20-c1_ema-50-c2", "ema-50-c2"],
  ["panes in another order", "rsi-14-c1_atr-14-c2", "atr-14-c2_rsi-14-c1"],
  ["one is hidden", "rsi-14-c1-h_atr-14-c2_ema-9-c3", "rsi-14-c1_atr-14-c2_ema-9-c3"],
  [
    "the line that a crossing is about has another period",
    "sma-3-c1_crossOver-close-1.value-c2",
    "sma-9-c1_crossOver-close-1.value-c2",
  ],
  [
    "a crossing in a pane",
    "ema-9-c3_macd-12-26-9-c1_crossOver-2.macd-2.signal-c2",
    "rsi-14-c4_macd-3-6-2-c1_crossOver-2.macd-2.signal-c2",
  ],
  [
    "a crossing of what is hidden",
    "macd-12-26-9-c1_crossOver-1.macd-1.signal-c2",
    "macd-12-26-9-c1-h_crossOver-1.macd-1.signal-c2",
  ],
])("%s: the chart shows the same as one that never showed anything else", (_name, before, after) => {
  expect(shownAfter(before, after)).toEqual(shownAnew(after) as string[]);
});

test("new klines are added to each line", () => {
  const panes = new Panes();
  const layer = new StudyLayer(panes.chart, COLORS);
  const chosen = readStudies("sma-3-c1") as readonly ChosenStudy[];
  const before = KLINES.slice(0, 50);
  layer.showAll(chartPoints(before, "1m"), computeStudies(chosen, before));
  const klines = KLINES.slice(0, 51);
  layer.showFresh(klines.slice(-1), klines, "1m", computeStudies(chosen, klines));
  const mean = klines.slice(-3).reduce((sum, { close }) => sum + close, 0) / 3;
  expect(panes.shown).toEqual([`0 one ${mean.toFixed(3)}`]);
  expect(panes.lines[0]?.values.size).toBe(51);
});

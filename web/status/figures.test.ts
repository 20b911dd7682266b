import { expect, test } from "bun:test";
import { METRICS } from "../../src/server/metric-table.ts";
import { FIGURES, presentFigures } from "./figures.ts";
import { plotPath } from "./plot-path.ts";
import type { Sample } from "./samples.ts";

const sample = (at: number, figures: Record<string, number>): Sample => ({
  at,
  figures: new Map(Object.entries(figures)),
});

test("every figure is one that the server has", () => {
  const all = new Map(METRICS.map(({ name }): [string, number] => [name, 1]));
  const samples = [
    { at: 0, figures: all },
    { at: 1_000, figures: all },
  ];
  expect(presentFigures(samples)).toEqual(FIGURES);
  expect(FIGURES.flatMap(({ limit }) => limit ?? []).filter((name) => !all.has(name))).toEqual([]);
});

test("what the server doesn't tell is left out", () => {
  const titles = presentFigures([sample(0, { vyx_sockets: 2 })]).map(({ title }) => title);
  expect(titles).toEqual(["Live connections"]);
});

test("counts are shown as rates, and a restart is no figure", () => {
  const messages = FIGURES.find(({ title }) => title === "Messages a second");
  const samples = [
    [0, 100],
    [2_000, 140],
    [4_000, 10],
    [6_000, 30],
  ].map(([at, count]) => sample(at as number, { vyx_messages_sent_total: count as number }));
  expect(messages?.values(samples)).toEqual([undefined, 20, undefined, 10]);
});

test("figures in words", () => {
  const text = (title: string, value: number): string | undefined =>
    FIGURES.find((figure) => figure.title === title)?.text(value);
  expect([text("Newest data", 0.0432), text("Newest data", 2.5), text("Newest data", 300)]).toEqual([
    "43 ms",
    "2.5 s",
    "5 min",
  ]);
  expect([text("Memory", 250_400_000), text("Memory", 1.234e9)]).toEqual(["250 MB", "1.23 GB"]);
});

test("a plot runs from left to right, and is broken where nothing was told", () => {
  expect(plotPath([0, 10, undefined, 5, 10], 5, 10)).toBe("M0 28L25 2M75 15L100 2");
  expect(plotPath([3, 3], 3, 6)).toBe("M50 15L100 15");
  expect(plotPath([0, 0], 2, 0)).toBe("M0 28L100 28");
});

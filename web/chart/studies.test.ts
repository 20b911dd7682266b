import { expect, test } from "bun:test";
import type { Kline } from "../../src/core/mod.ts";
import { INDICATORS } from "../../src/strategy/mod.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { computeStudies, klinesBefore, STUDIES, studyText, usualStudy } from "./studies.ts";
import { StudyChoice } from "./study-choice.ts";

const KLINES: readonly Kline[] = minuteKlines(0, 120, 5, () => false);

test("every study is an indicator of src/strategy, and its lines are outputs of it", () => {
  for (const { name, lines } of STUDIES) {
    const indicator = INDICATORS.find((one) => one.name === name);
    expect(lines.filter(({ output }) => indicator?.outputs.includes(output) !== true)).toEqual([]);
  }
});

test("all have a value for each kline once they are warm, and none before", () => {
  for (const { study, parameters, values } of computeStudies(STUDIES.map(usualStudy), KLINES)) {
    expect(values).toHaveLength(study.lines.length);
    const warmUps = INDICATORS.find(({ name }) => name === study.name)?.warmUp(...parameters) ?? [];
    for (const [at, column] of values.entries()) {
      expect(column).toHaveLength(KLINES.length);
      const warmUp = warmUps[outputAt(study.name, study.lines[at]?.output ?? "")] as number;
      expect([...column].findIndex((value) => !Number.isNaN(value))).toBe(warmUp);
    }
  }
});

test("the SMA is the mean of the last closes", () => {
  const [sma] = STUDIES;
  const [result] = computeStudies([{ study: sma as (typeof STUDIES)[number], parameters: [3] }], KLINES);
  const mean = KLINES.slice(-3).reduce((sum, { close }) => sum + close, 0) / 3;
  expect(result?.values[0]?.at(-1)).toBeCloseTo(mean, 9);
});

test("a choice is kept, and what can't be meant isn't taken", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  const [sma, , bollinger] = STUDIES as unknown as [(typeof STUDIES)[0], unknown, (typeof STUDIES)[0]];
  const choice = new StudyChoice(storage);
  choice.toggle(sma);
  choice.toggle(bollinger);
  choice.change(sma, 0, 7);
  for (const wrong of [0, -1, 1.5, Number.NaN, 1_001]) choice.change(sma, 0, wrong);
  choice.change(bollinger, 1, 2.5);
  expect(choice.chosen.value.map(studyText)).toEqual(["SMA 7", "Bollinger 20 2.5"]);
  expect(new StudyChoice(storage).chosen.value.map(studyText)).toEqual(["SMA 7", "Bollinger 20 2.5"]);
  choice.toggle(sma);
  choice.toggle(sma);
  expect(choice.chosen.value.map(studyText)).toEqual(["Bollinger 20 2.5", "SMA 7"]);
  for (const text of ["", "sma", "sma x", "nothing 3", "sma 0", "macd 12 26", "sma 20 20"]) {
    storage.setItem("vyx.studies", text);
    expect({ text, chosen: new StudyChoice(storage).chosen.value }).toEqual({ text, chosen: [] });
  }
});

function outputAt(name: string, output: string): number {
  return INDICATORS.find((one) => one.name === name)?.outputs.indexOf(output) ?? -1;
}

test("a slow study needs as many klines before those that are shown as a filter sees", () => {
  const ema = STUDIES.find(({ name }) => name === "ema") as (typeof STUDIES)[number];
  const vwap = STUDIES.find(({ name }) => name === "vwap") as (typeof STUDIES)[number];
  expect(klinesBefore([{ study: ema, parameters: [200] }], "1h")).toBe(1_383);
  expect(klinesBefore([usualStudy(ema), usualStudy(vwap)], "1m")).toBe(1_440);
  expect(klinesBefore([], "1m")).toBe(0);
});

test("the VWAP begins anew at midnight, and has no value before the first one that is there", () => {
  const vwap = STUDIES.find(({ name }) => name === "vwap") as (typeof STUDIES)[number];
  const klines = minuteKlines(Date.UTC(2026, 1, 10, 23, 50), 20, 5, () => false);
  const [result] = computeStudies([usualStudy(vwap)], klines);
  const values = [...(result?.values[0] ?? [])];
  expect(values.slice(0, 10).every(Number.isNaN)).toBe(true);
  const { high, low, close } = klines[10] as Kline;
  expect(values[10]).toBeCloseTo((high + low + close) / 3, 9);
  expect(values.slice(10).every(Number.isFinite)).toBe(true);
});

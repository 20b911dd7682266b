import { describe, expect, test } from "bun:test";
import type { Kline } from "../../src/core/mod.ts";
import { INDICATORS, type Indicator } from "../../src/strategy/mod.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import {
  type ChosenStudy,
  computeStudies,
  drawnValues,
  klinesBefore,
  readParameter,
  studyText,
  valuesText,
  valueText,
} from "./studies.ts";
import { nextStudy } from "./study-defaults.ts";
import { readStudies } from "./study-text.ts";

const KLINES: readonly Kline[] = minuteKlines(0, 120, 5, () => false);

const studies = (text: string): readonly ChosenStudy[] => {
  const read = readStudies(text);
  if (read === undefined) throw new Error(`${text} means no studies`);
  return read;
};
const named = (name: string): Indicator => INDICATORS.find((one) => one.name === name) as Indicator;

/** All indicators; crossings are of the first two. */
const ALL: ChosenStudy[] = [];
for (const indicator of INDICATORS) ALL.push(nextStudy(indicator, ALL) as ChosenStudy);

test("the chart has every indicator that filters have", () => {
  expect(ALL.map(({ indicator }) => indicator.name)).toEqual(INDICATORS.map(({ name }) => name));
  expect(INDICATORS).toHaveLength(24);
  for (const { name, outputs, drawn } of INDICATORS) {
    const unknown = drawn.lines.filter(({ output }) => !outputs.includes(output));
    expect({ name, unknown, draws: drawn.lines.length > 0 }).toEqual({ name, unknown: [], draws: true });
  }
});

test("all have a value for each kline once they are warm, and none before", () => {
  for (const { indicator, parameters, outputs } of computeStudies(ALL, KLINES)) {
    if (indicator.reads === "pair") continue;
    const warmUps = indicator.warmUp(...parameters);
    for (const [at, column] of outputs.entries()) {
      expect(column).toHaveLength(KLINES.length);
      const first = [...column].findIndex((value) => !Number.isNaN(value));
      expect({ name: indicator.name, first }).toEqual({ name: indicator.name, first: warmUps[at] as number });
    }
  }
});

test("the SMA is the mean of the last closes, also where there are two", () => {
  const [three, five] = computeStudies(studies("sma-3_sma-5"), KLINES);
  const mean = (count: number): number => KLINES.slice(-count).reduce((sum, { close }) => sum + close, 0) / count;
  expect(three?.outputs[0]?.at(-1)).toBeCloseTo(mean(3), 9);
  expect(five?.outputs[0]?.at(-1)).toBeCloseTo(mean(5), 9);
});

describe("a crossing", () => {
  const closes = [10, 10, 10, 16, 10, 4, 4, 4, 16];
  const klines = KLINES.slice(0, closes.length).map((kline, at) => ({ ...kline, close: closes[at] as number }));

  test("is where the close crosses an average, and its dots are at the close", () => {
    const [, over, under] = computeStudies(studies("sma-3_crossOver-close-1.value_crossUnder-close-1.value"), klines);
    expect([...(over?.outputs[0] ?? [])]).toEqual([NaN, NaN, NaN, 1, 0, 0, 0, 0, 1]);
    const [line] = over?.indicator.drawn.lines ?? [];
    if (over === undefined || under === undefined || line === undefined) throw new Error("there are three studies");
    expect([...drawnValues(over, line)]).toEqual([NaN, NaN, NaN, 16, NaN, NaN, NaN, NaN, 16]);
    expect([...drawnValues(under, line)]).toEqual([NaN, NaN, NaN, NaN, 10, NaN, NaN, NaN, NaN]);
  });

  test("is about two lines, and says which", () => {
    const all = studies("ema-20_ema-50_macd-12-26-9_crossOver-1.value-2.value_crossUnder-3.macd-3.signal");
    expect(all.map((study) => studyText(study, all)).slice(3)).toEqual([
      "Cross over EMA 20 / EMA 50",
      "Cross under MACD 12 26 9 macd / MACD 12 26 9 signal",
    ]);
  });
});

test("another study of an indicator has the next colour, and a period that people use", () => {
  let all: readonly ChosenStudy[] = [];
  for (const name of ["ema", "ema", "rsi", "ema", "macd", "macd", "bollinger", "bollinger", "vwap", "vwap"])
    all = [...all, nextStudy(named(name), all) as ChosenStudy];
  expect(all.map((study) => studyText(study, all))).toEqual([
    "EMA 20",
    "EMA 50",
    "RSI 14",
    "EMA 100",
    "MACD 12 26 9",
    "MACD 24 52 18",
    "Bollinger 20 2",
    "Bollinger 50 2",
    "VWAP",
    "VWAP 20",
  ]);
  expect(all.map(({ color }) => color)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 1, 2]);
});

test("a new crossing is of the first two lines over the candles, of the close and one, or of a study's own two", () => {
  const crossed = (text: string): string | undefined => {
    const all = studies(text);
    const study = nextStudy(named("crossOver"), all);
    return study === undefined ? undefined : studyText(study, all);
  };
  expect(crossed("rsi-14_ema-20_ema-50")).toBe("Cross over EMA 20 / EMA 50");
  expect(crossed("ema-20")).toBe("Cross over Close / EMA 20");
  expect(crossed("macd-12-26-9")).toBe("Cross over MACD 12 26 9 macd / MACD 12 26 9 signal");
  expect(crossed("rsi-14")).toBeUndefined();
});

test("a value has the digits of its kind", () => {
  const text = (name: string, value: number): string => valueText(nextStudy(named(name), []) as ChosenStudy, value, 2);
  expect([text("ema", 67_123.456), text("rsi", 54.321), text("obv", -1_234_567)]).toEqual([
    "67,123.46",
    "54.3",
    "−1.23M",
  ]);
});

test("a slow study needs as many klines before those that are shown as a filter sees", () => {
  expect(klinesBefore(studies("ema-200"), "1h")).toBe(1_383);
  expect(klinesBefore(studies("ema-50_vwap"), "1m")).toBe(1_440);
  expect(klinesBefore([], "1m")).toBe(0);
});

test("the VWAP begins anew at midnight, and has no value before the first one that is there", () => {
  const klines = minuteKlines(Date.UTC(2026, 1, 10, 23, 50), 20, 5, () => false);
  const [result] = computeStudies(studies("vwap"), klines);
  const values = [...(result?.outputs[0] ?? [])];
  expect(values.slice(0, 10).every(Number.isNaN)).toBe(true);
  const { high, low, close } = klines[10] as Kline;
  expect(values[10]).toBeCloseTo((high + low + close) / 3, 9);
  expect(values.slice(10).every(Number.isFinite)).toBe(true);
});

test("a text means a parameter's number, or the field says what is expected", () => {
  const [ema, bollinger] = [named("ema"), named("bollinger")];
  expect(["77", " 1 ", "1000"].map((text) => readParameter(ema, 0, text))).toEqual([77, 1, 1_000]);
  for (const text of ["0", "5000", "2.5", "", "?", "-3"])
    expect(readParameter(ema, 0, text)).toBe("Expected a whole number from 1 to 1,000.");
  expect(readParameter(bollinger, 1, "2.5")).toBe(2.5);
  expect(readParameter(bollinger, 1, "0")).toBe("Expected a number above 0, up to 100.");
  const vwap = named("vwap");
  expect(readParameter(vwap, 0, "")).toBe(vwap.parameters[0]?.fallback as number);
});

test("several values of one study have their names, a single one has none", () => {
  const [macd, rsi] = computeStudies(studies("macd-12-26-9_rsi-14"), KLINES);
  if (macd === undefined || rsi === undefined) throw new Error("there are two studies");
  const at = KLINES.length - 1;
  expect(valuesText(macd, at, 2).replaceAll(/−?[\d.,]+/g, "#")).toBe("MACD # signal # histogram #");
  expect(valuesText(rsi, at, 2)).toMatch(/^\d+\.\d$/);
  expect(valuesText(macd, 0, 2)).toBe("");
});

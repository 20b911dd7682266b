import { beforeEach, expect, test } from "bun:test";
import { INDICATORS, type Indicator } from "../../src/strategy/mod.ts";
import { StudyChoice } from "./study-choice.ts";
import { readStudies, studiesText } from "./study-text.ts";

const kept = new Map<string, string>();
const storage = {
  getItem: (name: string) => kept.get(name) ?? null,
  setItem: (name: string, value: string) => void kept.set(name, value),
  removeItem: (name: string) => void kept.delete(name),
};
const named = (name: string): Indicator => INDICATORS.find((one) => one.name === name) as Indicator;
const texts = (choice: StudyChoice): string => studiesText(choice.chosen.value);

let choice: StudyChoice;
beforeEach(() => {
  kept.clear();
  choice = new StudyChoice(storage);
  for (const name of ["ema", "ema", "rsi"]) choice.add(named(name));
});

test("a choice is kept, and numbers that can't be meant aren't taken", () => {
  expect(texts(choice)).toBe("ema-20-c1_ema-50-c2_rsi-14-c3");
  expect(choice.setParameter(1, 0, 7)).toBe(true);
  for (const wrong of [0, -1, 1.5, Number.NaN, 1_001]) expect(choice.setParameter(1, 0, wrong)).toBe(false);
  choice.change(2, { color: 8, width: 3 });
  choice.change(3, { isHidden: true });
  expect(texts(choice)).toBe("ema-7-c1_ema-50-c8-w3_rsi-14-c3-h");
  expect(texts(new StudyChoice(storage))).toBe(texts(choice));
});

test("a study keeps its colour whatever happens to others", () => {
  choice.setParameter(1, 0, 21);
  choice.remove(2);
  choice.add(named("sma"));
  expect(texts(choice)).toBe("ema-21-c1_rsi-14-c3_sma-20-c2");
});

test("studies are moved, and not beyond the ends", () => {
  choice.move(3, -1);
  choice.move(1, -1);
  choice.move(2, 1);
  expect(texts(choice)).toBe("ema-20-c1_rsi-14-c3_ema-50-c2");
});

test("a crossing goes with the line that it is about", () => {
  expect(choice.add(named("crossOver"))).toBe(true);
  choice.remove(3);
  expect(texts(choice)).toBe("ema-20-c1_ema-50-c2_crossOver-1.value-2.value-c4");
  choice.remove(2);
  expect(texts(choice)).toBe("ema-20-c1");
  choice.remove(1);
  expect(choice.add(named("crossOver"))).toBe(false);
});

test("what an address states is shown, and isn't kept before the person changes something", () => {
  const before = kept.get("vyx.studies");
  choice.take(readStudies("sma-9-c4") ?? []);
  expect(texts(choice)).toBe("sma-9-c4");
  expect(kept.get("vyx.studies")).toBe(before as string);
  choice.add(named("rsi"));
  expect(kept.get("vyx.studies")).toBe("sma-9-c4_rsi-14-c1");
});

import { expect, test } from "bun:test";
import { INDICATORS, WORKED_FILTERS } from "../../src/strategy/mod.ts";
import { completionsAt } from "./completions.ts";
import { CONTRACT, MEMBERS } from "./contract.ts";

test("everything that a filter may name is explained in a sentence, once", () => {
  for (const { name, usage, says } of CONTRACT) {
    expect({ name, starts: usage.startsWith(name), says }).toEqual({
      name,
      starts: true,
      says: expect.stringMatching(/^[A-Z\d{].*\.$/),
    });
  }
  expect(new Set(CONTRACT.map(({ name }) => name)).size).toBe(CONTRACT.length);
});

test("no indicator is left without its own words", () => {
  const said = CONTRACT.filter(({ kind }) => kind === "indicator");
  expect(said.map(({ name }) => name)).toEqual(INDICATORS.map(({ name }) => name));
  expect(said.filter(({ says }) => says.startsWith("Gives")).map(({ name }) => name)).toEqual([]);
});

const offered = (text: string): string[] => completionsAt(text, ["5m", "1h"]).options.map(({ label }) => label);

test("a name begins what may be named", () => {
  expect(offered("const a = bol")).toContain("bollinger");
  expect(offered("return ")).toEqual([]);
  expect(offered("r")).toContain("return");
});

test("behind a point is what it has", () => {
  expect(offered('candles("5m").')).toEqual([...MEMBERS.candles]);
  expect(offered('candles("5m").clo')).toEqual([...MEMBERS.candles]);
  expect(offered("ticker.")).toEqual([...MEMBERS.ticker]);
  expect(offered('candles("5m").close.')).toEqual([...MEMBERS.column]);
  expect(offered("macd(candles('1m').close).")).toEqual(["macd", "signal", "histogram"]);
  expect(offered("rsi(candles('1m').close, 14).")).toEqual([...MEMBERS.column]);
  expect(offered("helpers.")).toContain("getLatestRSI");
  expect(offered("Math.")).toContain("max");
});

test("an interval is one of those that the filter reads", () => {
  for (const text of ['candles("', "candles('1", 'timeframes["']) expect(offered(text)).toEqual(["5m", "1h"]);
});

test("nothing is offered in comments and texts", () => {
  expect(offered("// bol")).toEqual([]);
  expect(offered('const name = "bol')).toEqual([]);
});

test("every worked filter uses only what is offered", () => {
  const names = new Set(CONTRACT.map(({ name }) => name));
  for (const { code } of WORKED_FILTERS) {
    for (const [, name = ""] of code.matchAll(/(?<![.\w"])([a-zA-Z]+)\(/g)) {
      if (!["return", "if", "for", "Number"].includes(name)) expect(names).toContain(name);
    }
  }
});

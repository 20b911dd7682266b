import { expect, test } from "bun:test";
import { jsonTokens } from "./json-tokens.ts";
import { shownAnswer } from "./shown-answer.ts";

test("pieces have kinds, and together they are the text", () => {
  const json = '{ "a\\"b": [1.5e-3, "c: 1", true, null] }';
  const tokens = jsonTokens(json);
  expect(tokens.map(({ text }) => text).join("")).toBe(json);
  expect(tokens.flatMap(({ kind, text }) => (kind === "rest" ? [] : [[kind, text]]))).toEqual([
    ["name", '"a\\"b"'],
    ["number", "1.5e-3"],
    ["text", '"c: 1"'],
    ["word", "true"],
    ["word", "null"],
  ]);
});

test("an answer of JSON gets a line for each member; other text stays; long ones are cut", () => {
  expect(shownAnswer('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(shownAnswer("vyx_up 1\n")).toBe("vyx_up 1\n");
  expect(shownAnswer("x".repeat(21_500)).slice(20_000)).toBe("\n… and 1,500 more characters");
});

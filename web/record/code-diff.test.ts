import { expect, test } from "bun:test";
import { codeDiff } from "./code-diff.ts";

const lines = (...texts: string[]): string => texts.join("\n");

test("lines that were taken out come before those in their place, each with its number", () => {
  expect(codeDiff(lines("a", "b", "c"), lines("a", "x", "y", "c"))).toEqual([
    { kind: "same", line: 1, text: "a" },
    { kind: "removed", line: 2, text: "b" },
    { kind: "added", line: 2, text: "x" },
    { kind: "added", line: 3, text: "y" },
    { kind: "same", line: 4, text: "c" },
  ]);
});

test("lines far from a change are left out and counted", () => {
  const many = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
  const changed = many.with(9, "other");
  const rows = codeDiff(lines(...many), lines(...changed));
  expect(rows.at(0)).toEqual({ kind: "left out", lines: 6 });
  expect(rows.at(-1)).toEqual({ kind: "left out", lines: 7 });
  expect(rows).toHaveLength(1 + 3 + 2 + 3 + 1);
});

test("the end of the last line is no difference", () => {
  expect(codeDiff("a\nb", "a\nb\n")).toEqual([{ kind: "left out", lines: 2 }]);
  expect(codeDiff("", "a")).toContainEqual({ kind: "added", line: 1, text: "a" });
});

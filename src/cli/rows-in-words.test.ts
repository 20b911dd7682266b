import { expect, test } from "bun:test";
import { rowsInWords } from "./rows-in-words.ts";

test("one of a kind is in the singular", () => {
  expect(rowsInWords({ traders: 1, executions: 0, signals: 2 })).toBe("1 trader, 0 executions and 2 signals");
});

import { expect, test } from "bun:test";
import { pino } from "pino";
import { warmUpProgress } from "./log.ts";

test("the progress of the start is logged at each tenth, and again when it waits", () => {
  const lines: { msg: string }[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const progress = warmUpProgress(log, undefined, false);
  progress({ done: 0, total: 0, remainingMs: 42_500 });
  progress({ done: 0, total: 50, remainingMs: 62_000 });
  for (const done of [1, 2, 5, 6]) progress({ done, total: 50, remainingMs: 61_000 });
  progress({ done: 6, total: 50, remainingMs: 60_000 });
  progress({ done: 7, total: 50, remainingMs: 500 });
  progress({ done: 50, total: 50, remainingMs: 0 });
  expect(lines.map(({ msg }) => msg)).toEqual([
    "the exchange's request limit allows the first request in 43 s",
    "history read for 0 of 50 symbols; the exchange's request limit allows the rest within 62 s",
    "history read for 5 of 50 symbols; the exchange's request limit allows the rest within 61 s",
    "history read for 6 of 50 symbols; the exchange's request limit allows the rest within 60 s",
    "history read for 50 of 50 symbols",
  ]);
});

test("a start that waits for nothing claims no remaining time", () => {
  const lines: object[] = [];
  const log = pino(
    { level: "info", base: null, timestamp: false },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  warmUpProgress(log, undefined, false)({ done: 5, total: 50, remainingMs: 0 });
  expect(lines).toEqual([{ level: 30, done: 5, total: 50, msg: "history read for 5 of 50 symbols" }]);
});

import { expect, test } from "bun:test";
import { ProgressLine, progressText } from "./progress-line.ts";

const at = (done: number, elapsedMs: number): Parameters<typeof progressText>[0] => ({
  done,
  months: 24,
  rows: done * 44_640,
  elapsedMs,
});

test("a line has a bar, the rate and the time that is left", () => {
  expect(progressText(at(6, 2_000))).toBe("██████░░░░░░░░░░░░░░░░░░ 6 of 24 months, 133,920 klines/s, 6 s left");
  expect(progressText(at(1, 60_000))).toContain("1 of 24 months, 744 klines/s, 23 min left");
  expect(progressText(at(0, 0))).toBe("░░░░░░░░░░░░░░░░░░░░░░░░ 0 of 24 months, 0 klines/s");
});

test("a terminal shows one line that moves; a file gets one every ten seconds, and the last", () => {
  let [now, text] = [0, ""];
  const output = (isTTY: boolean): ProgressLine => {
    text = "";
    const write = (piece: string): void => {
      text += piece;
    };
    return new ProgressLine({ isTTY, write }, () => now);
  };
  const file = output(false);
  for (let month = 1; month <= 24; month += 1) {
    now += 1_000;
    file.show(at(month, now));
  }
  file.end();
  expect(text.split("\n").map((line) => / (\d+) of/.exec(line)?.[1])).toEqual(["1", "11", "21", "24", undefined]);
  const terminal = output(true);
  terminal.show(at(1, now));
  terminal.show(at(2, now));
  terminal.say("a warning");
  expect(text).toBe(`\r\x1b[K${progressText(at(1, now))}\na warning\n`);
});

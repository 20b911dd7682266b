import { describe, expect, test } from "bun:test";
import { simulate } from "./simulate.ts";

describe("feed, store and stand-in under one clock", () => {
  test("without faults nothing is ever late, lost or asked for twice", async () => {
    const outcome = await simulate({ seed: 1, hours: 0.5, symbols: 5, intervals: ["1m", "5m", "1h"], capacity: 100 });
    expect(outcome.violations).toEqual([]);
    expect(outcome.end).toMatchObject({ lost: 0, doubled: 0, invented: 0, differing: 0 });
    expect(outcome.end.checked).toBeGreaterThanOrEqual(5 * 3 * 100);
    expect(outcome.closes).toBeGreaterThanOrEqual(5 * 30);
    expect(outcome.closesAsked).toBe(0);
  });

  test("the same seed tells the same story", async () => {
    const story = async (): Promise<string[]> => {
      const lines: string[] = [];
      const onLine = (line: string): void => void lines.push(line);
      await simulate({ seed: 7, hours: 0.2, symbols: 3, intervals: ["1m", "5m"], capacity: 60, onLine });
      return lines;
    };
    expect(await story()).toEqual(await story());
  });
});

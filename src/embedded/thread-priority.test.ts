import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { until } from "../../tests/helpers/until.ts";
import { BACKTEST_PROGRAM, SCREENING_PROGRAM } from "../cli/screening-program.ts";
import { DATABASE_PROGRAM } from "./thread-program.ts";

const PROGRAMS = [
  ["database", DATABASE_PROGRAM, 5],
  ["screening", SCREENING_PROGRAM, 5],
  ["backtest", BACKTEST_PROGRAM, 10],
] as const;

const threads = (): number[] => readdirSync("/proc/self/task").map(Number);

/** Undefined when the thread has ended. */
function nicenessOf(thread: number): number | undefined {
  try {
    const text = readFileSync(`/proc/self/task/${thread}/stat`, "utf8");
    // The name before the last bracket may hold anything; the 17th figure after it is the niceness.
    return Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[16]);
  } catch {
    return undefined;
  }
}

for (const [name, program, nicer] of PROGRAMS) {
  test.skipIf(process.platform !== "linux")(`the ${name} thread lets the event loop go first`, async () => {
    const own = nicenessOf(process.pid) as number;
    const before = new Set(threads());
    const worker = new Worker(program);
    await until(() => threads().some((one) => !before.has(one) && nicenessOf(one) === Math.min(19, own + nicer)));
    expect(nicenessOf(process.pid)).toBe(own);
    worker.terminate();
  });
}

import { expect, test } from "bun:test";
import type { UnixMs } from "../../core/mod.ts";
import { RecentSignals } from "./recent-signals.ts";

const at = (id: number, closeTime: number): { id: number; closeTime: UnixMs } => ({
  id,
  closeTime: closeTime as UnixMs,
});

test("a signal is new once, as long as it is among the last 4,096", () => {
  const signals = new RecentSignals();
  expect([7, 8, 7, 8].map((id) => signals.add(at(id, 1)))).toEqual([true, true, false, false]);
  for (let id = 10; id < 10 + 4_095; id += 1) signals.add(at(id, 1));
  expect([8, 7].map((id) => signals.add(at(id, 1)))).toEqual([false, true]);
});

test("an id that a restored database gives to another signal is new", () => {
  const signals = new RecentSignals();
  expect([at(7, 1), at(7, 2), at(7, 2)].map((signal) => signals.add(signal))).toEqual([true, true, false]);
});

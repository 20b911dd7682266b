import { expect, test } from "bun:test";
import { emptyOutcome, SIGNAL_HORIZONS, type SignalOutcome } from "../../src/wire/mod.ts";
import { allOutcomes, HORIZONS, outcomesText, outcomeText, outcomeTitle } from "./outcome-words.ts";

const known = (horizon: number, returnPercent: number): SignalOutcome => ({
  ...emptyOutcome(horizon, "known"),
  returnPercent,
  ...{ bestPercent: 1.5, bestAfter: 2, worstPercent: -0.25, worstAfter: 3 },
});

test("an outcome is its return, or whether that is still to come", () => {
  expect([known(4, -0.3), emptyOutcome(4, "pending"), emptyOutcome(4, "unknown")].map(outcomeText)).toEqual([
    "−0.300%",
    "pending",
    "unknown",
  ]);
});

test("whoever points at it is told the best and the worst, or why there is none", () => {
  expect(outcomeTitle(known(4, 1))).toBe("Best +1.500% in candle 2, worst −0.250% in candle 3.");
  expect(outcomeTitle({ ...known(4, 0), bestPercent: null })).toBe("Nothing was traded in the 4 candles after it.");
  expect(outcomeTitle(emptyOutcome(4, "pending"))).toBe("Some of its candles are still to come.");
  expect(outcomeTitle(emptyOutcome(4, "unknown"))).toEndWith("so it will never be known.");
});

test("all of them in a line", () => {
  const [pending, unknown] = [emptyOutcome(16, "pending"), emptyOutcome(96, "pending")];
  expect(outcomesText([known(1, 0.12), known(4, -0.3), pending, unknown])).toBe(
    "after 1: +0.120%, 4: −0.300%; 16, 96 pending",
  );
  expect(outcomesText([pending, emptyOutcome(96, "unknown")])).toBe("after 16 pending; 96 unknown");
  expect(outcomesText([])).toBe("");
});

test("there are outcomes for the horizons that the server has", () => {
  expect(HORIZONS).toEqual(SIGNAL_HORIZONS);
});

test("what a new signal has no outcome for yet is pending, at every horizon", () => {
  expect(allOutcomes([known(4, -0.3)])).toEqual([
    emptyOutcome(1, "pending"),
    known(4, -0.3),
    emptyOutcome(16, "pending"),
    emptyOutcome(96, "pending"),
  ]);
});

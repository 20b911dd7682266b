import type { SignalOutcome } from "../../src/wire/mod.ts";
import { returnText } from "../text/returns.ts";

/** The candles after a signal within which there are outcomes: SIGNAL_HORIZONS, copied, as an import would make the page's first download larger. */
export const HORIZONS: readonly number[] = [1, 4, 16, 96];

/** An outcome of each horizon, in order: those that the server doesn't say yet are pending, as they are for a signal that has just come. */
export function allOutcomes(known: readonly SignalOutcome[]): readonly SignalOutcome[] {
  return HORIZONS.map((horizon) => known.find((one) => one.horizon === horizon) ?? { ...PENDING, horizon });
}

const PENDING: Omit<SignalOutcome, "horizon"> = {
  ...{ state: "pending", returnPercent: null },
  ...{ bestPercent: null, bestAfter: null, worstPercent: null, worstAfter: null },
};

/** What an outcome is called whose return isn't there, and why it isn't. */
const STATES = {
  pending: { word: "pending", says: "Some of its candles are still to come." },
  unknown: { word: "unknown", says: "Some of its candles are gone or never came, so it will never be known." },
} as const;

/** An outcome's return, or what it is instead of one. */
export function outcomeText({ state, returnPercent }: SignalOutcome): string {
  return state === "known" ? returnText(returnPercent) : STATES[state].word;
}

/** An outcome in full, for whoever points at it. */
export function outcomeTitle({
  state,
  horizon,
  bestPercent,
  bestAfter,
  worstPercent,
  worstAfter,
}: SignalOutcome): string {
  if (state !== "known") return STATES[state].says;
  if (bestPercent === null || worstPercent === null) return `Nothing was traded in the ${horizon} candles after it.`;
  return `Best ${returnText(bestPercent)} in candle ${bestAfter}, worst ${returnText(worstPercent)} in candle ${worstAfter}.`;
}

/** All outcomes in a line: "after 1: +0.120%, 4: −0.300%; 16, 96 pending". Empty where there are none. */
export function outcomesText(outcomes: readonly SignalOutcome[]): string {
  const known = outcomes.filter(({ state }) => state === "known").map((one) => `${one.horizon}: ${outcomeText(one)}`);
  const rest = (["pending", "unknown"] as const).flatMap((state) => {
    const horizons = outcomes.filter((one) => one.state === state).map(({ horizon }) => horizon);
    return horizons.length === 0 ? [] : [`${horizons.join(", ")} ${STATES[state].word}`];
  });
  const parts = [...(known.length === 0 ? [] : [known.join(", ")]), ...rest];
  return parts.length === 0 ? "" : `after ${parts.join("; ")}`;
}

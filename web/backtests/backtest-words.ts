import { countOf } from "../../src/core/mod.ts";
import type { WireBacktestResult, WireHorizon } from "../../src/wire/mod.ts";
import { utcText } from "../text/utc.ts";
import type { BacktestPhase, BacktestProgress } from "./backtest-state.ts";

/** Before so much time, or so small a share, the time left can't be told. */
const LEAST_ELAPSED_MS = 2_000;
const LEAST_SHARE = 0.01;

/** A first close so much later than asked means that the history begins there, in milliseconds: more than a candle of a month. */
const SPARE_CANDLES_MS = 31 * 86_400_000;

/** A backtest's progress in a line: "37% of the minutes · about 2 min left · 1,203 signals so far". */
export function progressText({ minutes, of, signals, elapsedMs }: BacktestProgress): string {
  if (of === 0) return "Starting …";
  const share = Math.min(1, minutes / of);
  const left =
    elapsedMs >= LEAST_ELAPSED_MS && share >= LEAST_SHARE ? [timeLeft((elapsedMs / share) * (1 - share))] : [];
  return [`${Math.floor(100 * share)}% of the minutes`, ...left, `${countOf(signals, "signal")} so far`].join(" · ");
}

function timeLeft(leftMs: number): string {
  const seconds = Math.ceil(leftMs / 1_000);
  if (seconds < 90) return `about ${seconds} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `about ${minutes} min left` : `about ${Math.ceil(minutes / 60)} h left`;
}

/** The state in a sentence or two; empty while it runs. */
export function phaseText(phase: BacktestPhase): string {
  switch (phase.kind) {
    case "none":
      return "A backtest shows which signals the trader would have given in the past, and what became of the price after them.";
    case "running":
      return "";
    case "stopped":
      return "Stopped before the end, so there is no result.";
    case "failed":
      return `No result: ${phase.detail}`;
    case "done":
      return summaryText(phase.result);
  }
}

function summaryText(result: WireBacktestResult): string {
  const { from, to, interval, closes, symbols, signals, cooling, checked } = result;
  const skips = skipsOf(result);
  return [
    `${countOf(signals, "signal")} at ${countOf(closes, "close")} of ${interval} of ${countOf(symbols, "symbol")}`,
    // Rounded down, so that it never says that all were possible.
    ...(skips === 0 ? [] : [`only ${Math.floor((100 * checked) / (checked + skips))}% of the checks were possible`]),
    `${utcText(from + 1).replace(" UTC", "")} to ${utcText(to + 1)}`,
    ...(cooling === 0 ? [] : [`${countOf(cooling, "match", "matches")} more within the cooldown`]),
  ].join(" · ");
}

/** What else there is to know of a result, in sentences. `askedFrom`: the beginning of the range that was asked for. */
export function notesOf(result: WireBacktestResult, askedFrom: number): readonly string[] {
  const { checked, errors, exact, notes, feesPercent, from } = result;
  const skips = skipsOf(result);
  const late = from - askedFrom > leadMs(result);
  return [
    ...(late ? [`The history begins later than the range: the first close is ${utcText(from + 1)}.`] : []),
    ...(feesPercent > 0 ? [`${feesPercent}% of fees are subtracted from each return.`] : []),
    // The notes say why.
    `The filter checked a symbol ${countOf(checked, "time")}${skips === 0 ? "" : `, and couldn't ${countOf(skips, "time")}`}.`,
    ...(exact ? [] : ["Not all closes show exactly what a live run saw."]),
    ...notes.map(sentence),
    ...(errors > 0 ? [`The filter failed ${countOf(errors, "time")}, for example:`] : []),
  ];
}

function skipsOf({ skipped }: WireBacktestResult): number {
  return Object.values(skipped).reduce((sum, one) => sum + one, 0);
}

/** A close is at most a candle later than the beginning of a range. */
function leadMs({ from, to, closes }: WireBacktestResult): number {
  return closes < 2 ? SPARE_CANDLES_MS : (2 * (to - from)) / (closes - 1);
}

/**
 * What the figures say of the filter: "After 4 candles: no edge seen: …". Horizons of which the same is to be said share a sentence:
 * "After 1, 4 and 16 candles".
 */
export function edgeTexts(outcomes: readonly WireHorizon[]): readonly string[] {
  const bySays = Map.groupBy(outcomes, ({ edge }) => edge.says);
  return [...bySays].map(([says, all]) => {
    const pending = all.filter(({ signals }) => signals.pending > 0);
    const waiting = pending.map(
      ({ horizon, signals }) => `${signals.pending.toLocaleString("en-US")} after ${horizon}`,
    );
    const text = `After ${horizonsText(all.map(({ horizon }) => horizon))}: ${says}.`;
    return pending.length === 0 ? text : `${text} Outcomes not known yet: ${waiting.join(", ")}.`;
  });
}

/** "4 candles", "1, 4 and 16 candles". */
function horizonsText(horizons: readonly number[]): string {
  const last = horizons.at(-1) ?? 0;
  const before = horizons.slice(0, -1).join(", ");
  return before === "" ? countOf(last, "candle") : `${before} and ${countOf(last, "candle")}`;
}

/** A share as "26.8%", and "–" where there is none. */
export function shareText(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(1)}%`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

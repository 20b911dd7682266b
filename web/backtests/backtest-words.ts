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

function summaryText({ from, to, interval, closes, symbols, signals, cooling }: WireBacktestResult): string {
  return [
    `${countOf(signals, "signal")} at ${countOf(closes, "close")} of ${interval} of ${countOf(symbols, "symbol")}`,
    `${utcText(from + 1).replace(" UTC", "")} to ${utcText(to + 1)}`,
    ...(cooling === 0 ? [] : [`${countOf(cooling, "match", "matches")} more within the cooldown`]),
  ].join(" · ");
}

/** What else there is to know of a result, in sentences. `askedFrom`: the beginning of the range that was asked for. */
export function notesOf(result: WireBacktestResult, askedFrom: number): readonly string[] {
  const { skipped, checked, errors, exact, notes, feesPercent, from } = result;
  const skips = Object.values(skipped).reduce((sum, one) => sum + one, 0);
  const late = from - askedFrom > leadMs(result);
  return [
    ...(late ? [`The history begins later than the range: the first close is ${utcText(from + 1)}.`] : []),
    ...(feesPercent > 0 ? [`${feesPercent}% of fees are subtracted from each return.`] : []),
    // The notes say why it couldn't be.
    `The filter was asked ${countOf(checked, "time")}, and ${countOf(skips, "time")} it couldn't be.`,
    ...(exact ? [] : ["Not all closes show exactly what a live run saw."]),
    ...notes.map(sentence),
    ...(errors > 0 ? [`The filter failed ${countOf(errors, "time")}, for example:`] : []),
  ];
}

/** A close is at most a candle later than the beginning of a range. */
function leadMs({ from, to, closes }: WireBacktestResult): number {
  return closes < 2 ? SPARE_CANDLES_MS : (2 * (to - from)) / (closes - 1);
}

/** What a horizon's figures say of the filter: "After 4 candles: no edge seen: …". */
export function edgeText({ horizon, edge, signals }: WireHorizon): string {
  const pending = signals.pending === 0 ? "" : ` ${countOf(signals.pending, "outcome")} not known yet.`;
  return `After ${countOf(horizon, "candle")}: ${edge.says}.${pending}`;
}

/** A share as "26.8%", and "–" where there is none. */
export function shareText(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(1)}%`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

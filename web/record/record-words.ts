import { countOf, MARKET_NAMES } from "../../src/core/mod.ts";
import type { TraderPerformance, TraderVersion } from "../../src/wire/mod.ts";
import { edgeTexts } from "../backtests/backtest-words.ts";
import { utcText } from "../text/utc.ts";

/** What of a version decides its matches. */
export type VersionSettings = Omit<TraderVersion, "version" | "createdAt" | "signals">;

/** A version's settings besides its code, each with its name: "Cooldown", "10 candles". */
export function settingsOf(settings: VersionSettings): readonly (readonly [name: string, text: string])[] {
  const { triggerInterval, timeframes, market, symbols, cooldownCandles } = settings;
  return [
    ["Runs at", `each ${triggerInterval} close`],
    ["Reads", timeframes.join(", ")],
    ["Market", MARKET_NAMES[market]],
    ["Symbols", symbols === null ? "all" : symbols.join(", ")],
    ["Cooldown", cooldownCandles === 0 ? "none" : countOf(cooldownCandles, "candle")],
  ];
}

/** A setting of two versions that isn't the same. */
export interface SettingChange {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** The settings that differ, besides the code. */
export function changesOf(before: VersionSettings, after: VersionSettings): readonly SettingChange[] {
  const now = new Map(settingsOf(after));
  return settingsOf(before)
    .map(([name, text]) => ({ name, before: text, after: now.get(name) ?? "" }))
    .filter((change) => change.before !== change.after);
}

/** What changed from one version to the next: "code, cooldown: none → 10 candles". */
export function changesText(before: VersionSettings | undefined, after: VersionSettings): string {
  if (before === undefined) return "";
  const settings = changesOf(before, after).map(({ name, before: from, after: to }) => changeText(name, from, to));
  return [...(before.code === after.code ? [] : ["code"]), ...settings].join(", ");
}

/** Lists of symbols are too long for a line. */
const MOST_CHARACTERS = 30;

function changeText(name: string, from: string, to: string): string {
  const isShort = from.length + to.length <= MOST_CHARACTERS;
  return isShort ? `${name.toLowerCase()}: ${from} → ${to}` : name.toLowerCase();
}

/** A record in a sentence: "12 signals at 340 closes of 5m · 2026-02-01 10:00 to 2026-02-10 00:00 UTC". */
export function recordText({ signals, closes, interval, from, to }: TraderPerformance): string {
  if (from === null || to === null) return "This version hasn't run yet.";
  return `${countOf(signals, "signal")} at ${countOf(closes, "close")} of ${interval} · ${utcText(from + 1).replace(" UTC", "")} to ${utcText(to + 1)}`;
}

/** What the figures say of a version's signals: "After 4 candles: no edge seen: …", and of how many nothing will ever be known. */
export function recordEdgeTexts(outcomes: TraderPerformance["outcomes"]): readonly string[] {
  const never = outcomes
    .filter(({ signals }) => signals.unknown > 0)
    .map(({ horizon, signals }) => `${signals.unknown.toLocaleString("en-US")} after ${horizon}`);
  return [
    ...edgeTexts(outcomes),
    ...(never.length === 0 ? [] : [`Outcomes that will never be known: ${never.join(", ")}.`]),
  ];
}

/** What else there is to know of a record, in sentences. */
export function recordNotes({ feesPercent, notes }: TraderPerformance): readonly string[] {
  return [
    ...(feesPercent > 0 ? [`${feesPercent}% of fees are subtracted from each return.`] : []),
    ...notes.map((note) => `${note.charAt(0).toUpperCase()}${note.slice(1)}${/[.!?]$/.test(note) ? "" : "."}`),
  ];
}

import { minuteText } from "../core/mod.ts";
import type { NamedSignal } from "../traders/mod.ts";

/** What is sent at a time: one signal, several as a digest, or none as a test. */
export interface Message {
  /** The same each time that it is sent. */
  readonly key: string;
  readonly kind: "signal" | "digest" | "test";
  readonly signals: readonly NamedSignal[];
}

/** A fact is cut after so many characters: people read this on a phone. */
const MAX_FACT = 60;

/** The first line. */
export function titleOf({ kind, signals }: Message): string {
  const [first] = signals;
  if (kind === "test" || first === undefined) return "Test message from Vyx";
  if (kind === "signal") return `${first.traderName}: ${first.signal.symbol}`;
  const names = [...new Set(signals.map(({ traderName }) => traderName))];
  return `${names.length === 1 ? names[0] : `${names.length} traders`}: ${signals.length} signals`;
}

/** The rest in lines, at most `most` characters; what doesn't fit is counted. */
export function linesOf({ kind, signals }: Message, most: number): string {
  if (kind === "test") return "Signals of your traders will arrive here.";
  const lines = signals.map(kind === "digest" ? lineOf : detailsOf);
  let [text, shown] = ["", 0];
  for (const line of lines) {
    const left = lines.length - shown - 1;
    const rest = left === 0 ? "" : `\n… and ${left} more`;
    const longer = text === "" ? line : `${text}\n${line}`;
    if (longer.length + rest.length > most) break;
    text = longer;
    shown += 1;
  }
  if (shown === lines.length) return text;
  const more = `… and ${lines.length - shown} more`;
  return text === "" ? (lines[0] ?? "").slice(0, most) : `${text}\n${more}`;
}

function detailsOf({ signal }: NamedSignal): string {
  const facts = Object.entries(signal.facts).map(([name, value]) => `${name}: ${textOf(value)}`);
  return [`${signal.price} at ${minuteText(signal.closeTime + 1)} UTC, ${signal.interval}`, ...facts].join("\n");
}

function lineOf({ signal }: NamedSignal): string {
  return `${signal.symbol} ${signal.price} at ${minuteText(signal.closeTime + 1)} UTC`;
}

function textOf(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MAX_FACT ? `${text.slice(0, MAX_FACT)}…` : text;
}

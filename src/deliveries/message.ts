import { eventDetails, eventTitle } from "../alerts/mod.ts";
import { countOf, cutText, exactText, minuteText, roundedText } from "../core/mod.ts";
import type { NamedSignal } from "../traders/mod.ts";
import type { AlertEvent } from "../wire/mod.ts";

/** What is sent at a time: one signal or price alert, several of one of them as a digest, or none as a test. */
export interface Message {
  /** The same each time that it is sent. */
  readonly key: string;
  readonly kind: "signal" | "alert" | "digest" | "test";
  readonly signals: readonly NamedSignal[];
  /** Price alerts that fired, in place of signals. */
  readonly alerts: readonly AlertEvent[];
}

/** The most characters of a title, and of a fact: people read these on a phone. */
const MAX_TITLE = 200;
const MAX_FACT = 60;

/** A message about one signal. */
export function singleOf(one: NamedSignal): Message {
  return { key: keyOf(one), kind: "signal", signals: [one], alerts: [] };
}

/** A message about several, at least one. */
export function digestOf(signals: readonly NamedSignal[]): Message {
  return { key: `digest-${keyOf(signals[0] as NamedSignal)}`, kind: "digest", signals, alerts: [] };
}

/** A message about one price alert. */
export function alertOf(one: AlertEvent): Message {
  return { key: alertKeyOf(one), kind: "alert", signals: [], alerts: [one] };
}

/** A message about several, at least one. */
export function alertDigestOf(alerts: readonly AlertEvent[]): Message {
  return { key: `digest-${alertKeyOf(alerts[0] as AlertEvent)}`, kind: "digest", signals: [], alerts };
}

/** A test message. */
export function testOf(id: string): Message {
  return { key: `test-${id}`, kind: "test", signals: [], alerts: [] };
}

/** A signal's id and close: after a restore of an older backup, ids are given again, to other signals. */
function keyOf({ signal: { id, closeTime } }: NamedSignal): string {
  return `${id}-${closeTime}`;
}

/** An alert's id and when it fired. */
function alertKeyOf({ alertId, at }: AlertEvent): string {
  return `alert-${alertId}-${at}`;
}

/** The first line. */
export function titleOf({ kind, signals, alerts }: Message): string {
  const [[first], [alert]] = [signals, alerts];
  if (alert !== undefined)
    return kind === "alert" ? cutText(eventTitle(alert), MAX_TITLE) : `${alerts.length} price alerts`;
  if (kind === "test" || first === undefined) return "Test message from Vyx";
  if (kind === "signal") return cutText(`${first.traderName}: ${first.signal.symbol}`, MAX_TITLE);
  const names = [...new Set(signals.map(({ traderName }) => traderName))];
  return cutText(
    `${signals.length} signals of ${names.length === 1 ? names[0] : countOf(names.length, "trader")}`,
    MAX_TITLE,
  );
}

/** Title and lines, at most `most` characters together; what doesn't fit is counted. */
export function textOf(message: Message, most: number): string {
  const title = titleOf(message);
  return `${title}\n${linesOf(message, most - title.length - 1)}`;
}

/** What stands below the title, at most `most` characters. */
export function linesOf({ kind, signals, alerts }: Message, most: number): string {
  if (kind === "test") return "Signals of your traders and price alerts will arrive here.";
  const single = [...signals.map(detailsOf), ...alerts.map(alertDetailsOf)];
  // Of many, the newest are what a reader wants to know.
  const lines = kind === "digest" ? [...signals.map(lineOf), ...alerts.map(alertLineOf)].toReversed() : single;
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
  return text === "" ? cutText(lines[0] ?? "", most) : `${text}\n… and ${lines.length - shown} more`;
}

function detailsOf({ signal }: NamedSignal): string {
  const facts = Object.entries(signal.facts).map(([name, value]) => `${name}: ${factText(value)}`);
  return [`${exactText(signal.price)} at ${minuteText(signal.closeTime + 1)} UTC, ${signal.interval}`, ...facts].join(
    "\n",
  );
}

function lineOf({ signal }: NamedSignal): string {
  return `${signal.symbol} ${exactText(signal.price)} at ${minuteText(signal.closeTime + 1)} UTC`;
}

function alertDetailsOf(event: AlertEvent): string {
  return event.note === "" ? eventDetails(event) : `${eventDetails(event)}\n${event.note}`;
}

function alertLineOf(event: AlertEvent): string {
  const note = event.note === "" ? "" : ` (${event.note})`;
  return `${eventTitle(event)}: ${eventDetails(event)}${note}`;
}

function factText(value: unknown): string {
  if (typeof value === "number") return roundedText(value);
  return cutText(typeof value === "string" ? value : JSON.stringify(value), MAX_FACT);
}

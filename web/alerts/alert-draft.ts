import type { AskedPriceAlert } from "../../src/client/mod.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import type { AlertCondition, AlertDirection, AlertKind, AlertPoint, PriceAlert } from "../../src/wire/mod.ts";

const DAY_MS = 86_400_000;

/** For how long an alert is to be watched, by the name in the form. */
export const SPANS = { "": "with no end", day: "for a day", week: "for a week", month: "for 30 days" } as const;

const SPAN_MS: Readonly<Record<string, number>> = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS };

/** An alert as the dialog has it: texts, as they were typed. */
export interface AlertDraft {
  readonly symbol: string;
  readonly kind: AlertKind;
  readonly direction: AlertDirection;
  readonly level: string;
  /** The points of a line that was drawn. */
  readonly line: { readonly from: AlertPoint; readonly to: AlertPoint } | undefined;
  readonly extended: boolean;
  readonly percent: string;
  readonly times: string;
  readonly minutes: string;
  readonly note: string;
  /** Empty: fires once. */
  readonly again: string;
  readonly span: keyof typeof SPANS;
  /** When the alert that is changed expires: kept unless a span is chosen. */
  readonly expiresAt: UnixMs | null;
  /** A destination's id, or empty for all. */
  readonly destination: string;
}

/** A new alert for a symbol. */
export function draftFor(symbol: string): AlertDraft {
  return {
    ...{ symbol, kind: "level", direction: "either", level: "", line: undefined, extended: true, percent: "5" },
    ...{ times: "3", minutes: "60", note: "", again: "", span: "", expiresAt: null, destination: "" },
  };
}

/** What the dialog has for an alert that is changed. */
export function draftOf({ symbol, condition, note, again, expiresAt, destinationId }: PriceAlert): AlertDraft {
  const draft: AlertDraft = {
    ...{ ...draftFor(symbol), kind: condition.kind, note, expiresAt },
    ...{ again: again === null ? "" : String(again), destination: destinationId ?? "" },
  };
  switch (condition.kind) {
    case "level":
      return { ...draft, direction: condition.direction, level: String(condition.level) };
    case "line": {
      const { direction, from, to, extended } = condition;
      return { ...draft, direction, line: { from, to }, extended };
    }
    case "move": {
      const { direction, percent, minutes } = condition;
      return { ...draft, direction, percent: String(percent), minutes: String(minutes) };
    }
    case "volume":
      return { ...draft, times: String(condition.times), minutes: String(condition.minutes) };
  }
}

/** A line through two points of a drawing, the older one first; undefined where both are at one moment. */
export function lineOf(
  anchors: readonly { readonly time: number; readonly price: number }[],
): AlertDraft["line"] | undefined {
  const [a, b] = anchors.map(({ time, price }) => ({ time: Math.round(time) as UnixMs, price }));
  if (a === undefined || b === undefined || a.time === b.time) return undefined;
  return a.time < b.time ? { from: a, to: b } : { from: b, to: a };
}

/** What a draft asks for. The server says what is wrong in it. `now`: the time of the market. */
export function askedOf(draft: AlertDraft, now: number): AskedPriceAlert {
  return {
    symbol: draft.symbol.trim(),
    condition: conditionOf(draft),
    note: draft.note,
    again: draft.again.trim() === "" ? null : numberOf(draft.again),
    expiresAt: draft.span === "" ? draft.expiresAt : endOf(now + (SPAN_MS[draft.span] ?? 0)),
    destinationId: draft.destination === "" ? null : draft.destination,
  };
}

/** The end of a moment's minute. */
function endOf(moment: number): UnixMs {
  return (Math.ceil(moment / 60_000) * 60_000) as UnixMs;
}

function conditionOf({ kind, direction, level, line, extended, percent, times, minutes }: AlertDraft): AlertCondition {
  switch (kind) {
    case "line":
      if (line !== undefined) return { kind, direction, ...line, extended };
      throw new Error("a line is drawn before there is an alert for it");
    case "level":
      return { kind, direction, level: numberOf(level) };
    case "move":
      return { kind, direction, percent: numberOf(percent), minutes: numberOf(minutes) };
    case "volume":
      return { kind, minutes: numberOf(minutes), times: numberOf(times) };
  }
}

/** A number as people type it: "64,000.5". Of what is none, 0, which the server refuses in the field's name. */
export function numberOf(text: string): number {
  const value = Number(text.replaceAll(",", "").trim());
  return Number.isFinite(value) ? value : 0;
}

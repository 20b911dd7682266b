import type { BacktestRequest } from "../../src/wire/mod.ts";
import type { TraderDraft } from "../traders/trader-draft.ts";

const DAY_MS = 86_400_000;

/** The spans that end at the newest candle, in days. */
export const SPANS: readonly { readonly name: string; readonly says: string; readonly days: number }[] = [
  { name: "day", says: "Last day", days: 1 },
  { name: "week", says: "Last week", days: 7 },
  { name: "month", says: "Last month", days: 30 },
  { name: "year", says: "Last year", days: 365 },
];

/** The server's bounds of a request. */
const MOST_HORIZONS = 8;
const LONGEST_HORIZON = 1_000;
const MOST_TOP = 5_000;
const MOST_TOP_DAYS = 365;
const MOST_FEES_PERCENT = 10;

/** What the user chose beside the trader itself. Figures are NaN while their field is empty. */
export interface BacktestChoice {
  /** The name of a span, or `dates` for the days from `fromDay` to `toDay`. */
  readonly range: string;
  /** UTC days such as 2026-11-30, both included; empty until they are chosen. */
  readonly fromDay: string;
  readonly toDay: string;
  /** `trader`: its symbols, or all where it watches all. `top`: the `top` symbols with the most volume in `topDays` days. */
  readonly universe: "trader" | "all" | "top";
  readonly top: number;
  readonly topDays: number;
  /** Numbers of candles, as they are typed. */
  readonly horizons: string;
  readonly feesPercent: number;
}

/** The choice that the panel begins with. */
export const FIRST_CHOICE: BacktestChoice = {
  range: "month",
  fromDay: "",
  toDay: "",
  universe: "trader",
  top: 50,
  topDays: 30,
  horizons: "1, 4, 16, 96",
  feesPercent: 0.2,
};

/** A request, or in words why there is none. */
export type ReadChoice = { readonly request: BacktestRequest } | { readonly fault: string };

/**
 * The request for a backtest of a trader. `newest` is the moment of the newest data in Unix milliseconds; spans end there.
 *
 * @example
 * readChoice(draft, { ...FIRST_CHOICE, feesPercent: 11 }, Date.now()) // { fault: "The fees must be 0 to 10 percent." }
 */
export function readChoice(draft: TraderDraft, choice: BacktestChoice, newest: number): ReadChoice {
  const range = rangeOf(choice, newest);
  const horizons = horizonsOf(choice.horizons);
  const fault = range.fault ?? topFault(choice) ?? horizons.fault ?? feesFault(choice.feesPercent);
  if (fault !== undefined) return { fault };
  const { code, timeframes, market, triggerInterval: interval, cooldownCandles } = draft;
  const { from, to } = range;
  const asked = { code, timeframes, market, interval, cooldownCandles, horizons: horizons.candles };
  return { request: { ...asked, from, to, universe: universeOf(draft, choice), feesPercent: choice.feesPercent } };
}

/** Whether both ask for the same. */
export function sameChoice(a: BacktestChoice, b: BacktestChoice): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function rangeOf(
  { range, fromDay, toDay }: BacktestChoice,
  newest: number,
): { readonly from: number; readonly to?: number; readonly fault?: string } {
  const span = SPANS.find(({ name }) => name === range);
  if (span !== undefined) return { from: newest - span.days * DAY_MS };
  const [from, to] = [Date.parse(`${fromDay}T00:00Z`), Date.parse(`${toDay}T00:00Z`) + DAY_MS];
  if (Number.isNaN(from)) return { from, fault: "Enter the first day." };
  if (Number.isNaN(to)) return { from, fault: "Enter the last day." };
  if (to <= from) return { from, fault: "The last day is before the first one." };
  return { from, to };
}

function universeOf({ symbols }: TraderDraft, { universe, top, topDays }: BacktestChoice): BacktestRequest["universe"] {
  if (universe === "top") return { top, days: topDays };
  return universe === "trader" && symbols !== null ? symbols : "all";
}

function topFault({ universe, top, topDays }: BacktestChoice): string | undefined {
  if (universe !== "top") return undefined;
  if (!isWhole(top, MOST_TOP)) return "The number of symbols must be a whole number from 1 to 5,000.";
  return isWhole(topDays, MOST_TOP_DAYS) ? undefined : "The days of volume must be a whole number from 1 to 365.";
}

/** Horizons between commas or spaces, each once, the shortest first. */
function horizonsOf(text: string): { readonly candles: readonly number[]; readonly fault?: string } {
  const candles = text
    .split(/[\s,;]+/)
    .filter((word) => word !== "")
    .map(Number);
  const sorted = [...new Set(candles)].sort((a, b) => a - b);
  const isRight =
    sorted.length > 0 && sorted.length <= MOST_HORIZONS && sorted.every((one) => isWhole(one, LONGEST_HORIZON));
  if (isRight) return { candles: sorted };
  return { candles: [], fault: "Enter 1 to 8 horizons, each a whole number of candles from 1 to 1,000." };
}

function feesFault(percent: number): string | undefined {
  return percent >= 0 && percent <= MOST_FEES_PERCENT ? undefined : "The fees must be 0 to 10 percent.";
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most;
}

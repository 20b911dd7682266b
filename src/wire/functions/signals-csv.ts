import { tidyNumber } from "../../core/mod.ts";
import { type CsvCell, csvText } from "../csv.ts";
import { SIGNAL_HORIZONS, type SignalOutcome } from "./outcomes.ts";
import type { ListedSignal } from "./signals.ts";

/** Content type of signals as comma-separated values. */
export const CSV_TYPE = "text/csv";

const ID_COLUMNS = ["id", "closeTime", "symbol", "interval", "traderId"];
const OTHER_COLUMNS = ["traderVersion", "price", "facts"];

/** The members of an outcome that have a column, named with the horizon behind: `returnPercent4`. */
const OUTCOME_COLUMNS = [
  "state",
  "returnPercent",
  "bestPercent",
  "bestAfter",
  "worstPercent",
  "worstAfter",
] as const satisfies readonly (keyof SignalOutcome)[];

/**
 * Signals with their outcomes as comma-separated values (RFC 4180), a line each below a line of column names. Times are ISO 8601 in UTC, facts are
 * JSON, numbers have at most 15 digits, and what isn't known is empty. A text that a spreadsheet would take for a formula has an apostrophe in front. With `traderName` there is
 * a column `trader` behind `traderId`, for the name of each one's trader.
 */
export function signalsCsv(signals: readonly ListedSignal[], traderName?: (traderId: string) => string): string {
  const names = SIGNAL_HORIZONS.flatMap((horizon) => OUTCOME_COLUMNS.map((name) => `${name}${horizon}`));
  const rows = signals.map((one): CsvCell[] => [
    ...[one.id, new Date(one.closeTime).toISOString(), one.symbol, one.interval, one.traderId],
    ...(traderName === undefined ? [] : [traderName(one.traderId)]),
    ...[one.traderVersion, one.price, JSON.stringify(one.facts, tidied)],
    ...SIGNAL_HORIZONS.flatMap((horizon) => {
      const outcome = one.outcomes.find((other) => other.horizon === horizon);
      return OUTCOME_COLUMNS.map((name) => outcome?.[name] ?? null);
    }),
  ]);
  const named = traderName === undefined ? [] : ["trader"];
  return csvText([[...ID_COLUMNS, ...named, ...OTHER_COLUMNS, ...names], ...rows]);
}

/** Numbers within facts, without the noise of a double. */
function tidied(_: string, value: unknown): unknown {
  return typeof value === "number" ? tidyNumber(value) : value;
}

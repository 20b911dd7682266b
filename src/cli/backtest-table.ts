import { countOf } from "../core/mod.ts";
import type { WireBacktestResult } from "../wire/mod.ts";

/** The result of a backtest for people. */
export function backtestTable(result: WireBacktestResult): string {
  const { market, interval, from, to, closes, symbols, checked, skipped, signals, cooling, errors } = result;
  const { firstErrors, outcomes, notes, feesPercent } = result;
  const skips = Object.values(skipped).reduce((sum, one) => sum + one, 0);
  const rows = outcomes.flatMap(({ horizon, signals: mine, baseline }) => [
    [String(horizon), "signals", ...cellsOf(mine)],
    ["", "baseline", ...cellsOf(baseline)],
  ]);
  const lines = [
    `${market} ${interval}, ${timeText(from)} to ${timeText(to)}: ${countOf(closes, "close")} of ${countOf(symbols, "symbol")}`,
    `asked ${countOf(checked, "time")}, skipped ${countOf(skips, "time")}; ${countOf(signals, "signal")}, and ${countOf(cooling, "match", "matches")} within the cooldown`,
    ...(feesPercent > 0 ? [`${feesPercent} % of fees are subtracted from each return`] : []),
    "",
    ...tableOf([["candles", "", "count", "hits", "mean", "lower quartile", "median", "upper quartile"], ...rows]),
    "",
    ...outcomes.map(({ horizon, edge }) => `after ${countOf(horizon, "candle")}: ${edge.says}`),
    ...notes.map((note) => `note: ${note}`),
    ...(errors > 0 ? [`${countOf(errors, "error")}, for example`] : []),
    ...firstErrors.slice(0, 3).map((one) => `  ${timeText(one.closeTime)} ${one.symbol}: ${one.message}`),
  ];
  return lines.join("\n");
}

function cellsOf(figures: WireBacktestResult["outcomes"][number]["baseline"]): string[] {
  const { count, hitRate, meanPercent, lowerQuartilePercent, medianPercent, upperQuartilePercent } = figures;
  const hits = hitRate === null ? "" : `${(100 * hitRate).toFixed(1)} %`;
  const percents = [meanPercent, lowerQuartilePercent, medianPercent, upperQuartilePercent];
  return [count.toLocaleString("en-US"), hits, ...percents.map((one) => (one === null ? "" : `${one.toFixed(3)} %`))];
}

/** Rows of equal width; figures to the right. */
function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 1 ? cell.padEnd(widths[1] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}

function timeText(moment: number): string {
  return `${new Date(moment + 1).toISOString().slice(0, 16)}Z`;
}

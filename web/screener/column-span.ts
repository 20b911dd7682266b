import type { Interval } from "../../src/core/mod.ts";
import type { ColumnSpan, ScreenColumn } from "./screen-column.ts";

/** What a column reads on a server with these intervals: undefined where none of them will do, null where it reads no candles. */
export function spanOf(
  { from }: ScreenColumn,
  chosen: Interval,
  served: readonly Interval[],
): ColumnSpan | null | undefined {
  if (from === "ticker") return null;
  if ("oneOf" in from) return from.oneOf.find(({ interval }) => served.includes(interval));
  return served.includes(chosen) ? { interval: chosen, span: from.chosen } : undefined;
}

/** The exact definition, for the interval that the column reads there. */
export function definitionOf(column: ScreenColumn, chosen: Interval, served: readonly Interval[]): string {
  const span = spanOf(column, chosen, served);
  if (span === undefined)
    return `${column.says.replaceAll("{interval}", "").replaceAll("  ", " ")}. ${unservedText(column)}.`;
  return `${column.says.replaceAll("{interval}", span?.interval ?? "").replaceAll("{span}", String(span?.span))}.`;
}

/** Why a symbol has no value in the column, where the server could compute one. */
export function missingText(column: ScreenColumn, chosen: Interval, served: readonly Interval[]): string {
  const span = spanOf(column, chosen, served);
  if (span === undefined) return `${unservedText(column)}.`;
  if (span === null) return "The exchange doesn't send this figure.";
  return `Needs ${span.span + 1} closed ${span.interval} candles in a row; this symbol has fewer here, or a figure in them is unknown.`;
}

function unservedText({ from }: ScreenColumn): string {
  const wanted = typeof from === "object" && "oneOf" in from ? from.oneOf.map(({ interval }) => interval) : [];
  return `This server has no candles of ${wanted.length === 0 ? "the chosen interval" : wanted.join(", ")}`;
}

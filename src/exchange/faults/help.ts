import { FAULT_KINDS, FAULTS, type FaultKind } from "./kinds.ts";

/** What people are told of faults, from the table that decides them. */
export function faultsHelp(): string {
  const rows = FAULT_KINDS.map((kind) => {
    const { of, says, markets } = FAULTS[kind];
    return [kind, usualText(kind), of, markets === undefined ? says : `${says} (${markets.join(", ")})`] as const;
  });
  const width = (column: 0 | 1 | 2): number => Math.max(...rows.map((row) => row[column].length));
  const table = rows.map(
    ([kind, usual, of, says]) =>
      `  ${kind.padEnd(width(0))}  ${usual.padStart(width(1))}  ${of.padEnd(width(2))}  ${says}`,
  );
  return [
    "Separate faults by commas. Rates and times are in market time. The same seed gives the same faults.",
    "  NAME                     at the rate in the table below",
    "  NAME=6/h                 at random, on average 6 times an hour (also 0.1/m per minute, 2/d per day)",
    "  NAME=0.01                for this share of the frames, requests and so on",
    "  NAME@10m                 once, 10 minutes after the start (units: s, m, h, d)",
    "  NAME@2026-02-10T01:00Z   once, at that time",
    "  all                      every fault of the market at the rate in the table; later entries change single faults: all,stall=0/h",
    "",
    ...table,
  ].join("\n");
}

/** How often by itself, as a list of faults would say it. */
function usualText(kind: FaultKind): string {
  const { measure, usual } = FAULTS[kind];
  return measure === "none" ? "" : measure === "always" ? "always" : measure === "rate" ? `${usual}/h` : String(usual);
}

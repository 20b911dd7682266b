import { FAULT_KINDS, FAULTS, type FaultKind } from "./kinds.ts";

/** What people are told of faults, from the table that decides them. */
export function faultsHelp(): string {
  const rows = FAULT_KINDS.map((kind) => {
    const { of, says } = FAULTS[kind];
    return [kind, usualText(kind), of, says] as const;
  });
  const width = (column: 0 | 1 | 2): number => Math.max(...rows.map((row) => row[column].length));
  const table = rows.map(
    ([kind, usual, of, says]) =>
      `  ${kind.padEnd(width(0))}  ${usual.padStart(width(1))}  ${of.padEnd(width(2))}  ${says}`,
  );
  return [
    "Faults are a comma list. Rates and times are market time; the seed decides all.",
    "  NAME                     as often as the table says",
    "  NAME=6/h                 so often an hour (or 0.1/m a minute, 2/d a day), by chance",
    "  NAME=0.01                with this share of its occasions",
    "  NAME@10m                 once, 10 minutes after the start (s, m, h, d): to everything open then, or to what comes next",
    "  NAME@2026-02-10T01:00Z   once, at that moment",
    "  all                      every kind as the table says; what follows changes single ones: all,stall=0/h",
    "",
    ...table,
  ].join("\n");
}

/** How often by itself, as a list of faults would say it. */
function usualText(kind: FaultKind): string {
  const { measure, usual } = FAULTS[kind];
  return measure === "none" ? "" : measure === "rate" ? `${usual}/h` : String(usual);
}

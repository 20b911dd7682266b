import { tidyNumber } from "../core/mod.ts";

/** A cell of a table of comma-separated values; null for an empty one. */
export type CsvCell = string | number | null;

/** Rows as comma-separated values, as RFC 4180 has them: CRLF ends each line, and quotes stand around what needs them. */
export function csvText(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(",")}\r\n`).join("");
}

/**
 * A text that a spreadsheet would take for a formula gets an apostrophe in front: facts and names come from whoever wrote
 * the trader. OWASP, "CSV Injection", lists these beginnings (read 2026-02). Numbers stay numbers.
 */
function cellText(cell: CsvCell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(tidyNumber(cell));
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

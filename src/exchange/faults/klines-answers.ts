import type { Random } from "../../core/mod.ts";

const HOUR_MS = 3_600_000;

type Row = unknown[];

/** The faults of klines answers, each a way to spoil the rows of one. Answers without rows are left as they are. */
export const ROW_SPOILERS = {
  "future-row": (rows: Row[], random: Random): string => {
    const row = [...(rows.at(-1) as Row)];
    const byMs = Math.ceil(48 * random()) * HOUR_MS;
    row[0] = Number(row[0]) + byMs;
    row[6] = Number(row[6]) + byMs;
    rows.push(row);
    return `a row of ${byMs / HOUR_MS} h ahead`;
  },
  "wrong-length": (rows: Row[], random: Random): string => {
    const row = pick(rows, random);
    row[6] = Number(row[6]) + HOUR_MS;
    return "a row that ends an hour late";
  },
  "wrong-unit": (rows: Row[], random: Random): string => {
    const factor = random() < 0.5 ? 1_000 : 1 / 1_000;
    for (const row of rows) {
      row[0] = Math.floor(Number(row[0]) * factor);
      row[6] = Math.floor(Number(row[6]) * factor);
    }
    return factor > 1 ? "times in microseconds" : "times in seconds";
  },
  "bad-history-row": (rows: Row[], random: Random): string => {
    const at = Math.floor(random() * rows.length);
    const row = rows[at] as Row;
    const way = random();
    if (way < 1 / 3) {
      row[3] = "0.00000000";
      return "a row whose low is 0";
    }
    if (way < 2 / 3) {
      rows.splice(at, 0, [...row]);
      return "a row that comes twice";
    }
    row[0] = Number(row[0]) + 1_234;
    return "a row that opens off the minute";
  },
} as const;

/** One of {@link ROW_SPOILERS}. */
export type RowFault = keyof typeof ROW_SPOILERS;

function pick(rows: Row[], random: Random): Row {
  return rows[Math.floor(random() * rows.length)] as Row;
}

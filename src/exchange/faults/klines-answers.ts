import type { Random } from "../../core/mod.ts";
import type { Row, RowAnatomy } from "./anatomy.ts";

const HOUR_MS = 3_600_000;

/** The faults of klines answers, each a way to spoil the rows of one. Answers without rows are left as they are. */
export const ROW_SPOILERS = {
  "future-row": (rows: Row[], anatomy: RowAnatomy, random: Random): string => {
    const { newestFirst, times } = anatomy;
    const row = [...(rows.at(newestFirst ? 0 : -1) as Row)];
    const byMs = Math.ceil(48 * random()) * HOUR_MS;
    for (const at of times) setTime(row, at, (time) => time + byMs);
    if (newestFirst) rows.unshift(row);
    else rows.push(row);
    return `a row of ${byMs / HOUR_MS} h ahead`;
  },
  "wrong-length": (rows: Row[], anatomy: RowAnatomy, random: Random): string => {
    const row = pick(rows, random);
    setTime(row, anatomy.times[1] ?? 0, (time) => time + HOUR_MS);
    return "a row that ends an hour late";
  },
  "wrong-unit": (rows: Row[], anatomy: RowAnatomy, random: Random): string => {
    const factor = random() < 0.5 ? 1_000 : 1 / 1_000;
    for (const row of rows) for (const at of anatomy.times) setTime(row, at, (time) => Math.floor(time * factor));
    return factor > 1 ? "times in microseconds" : "times in seconds";
  },
  "bad-history-row": (rows: Row[], anatomy: RowAnatomy, random: Random): string => {
    const at = Math.floor(random() * rows.length);
    const row = rows[at] as Row;
    const way = random();
    if (way < 1 / 3) {
      row[anatomy.low] = "0.00000000";
      return "a row whose low is 0";
    }
    if (way < 2 / 3) {
      rows.splice(at, 0, [...row]);
      return "a row that comes twice";
    }
    setTime(row, anatomy.times[0] ?? 0, (time) => time + 1_234);
    return "a row that opens off the minute";
  },
} as const;

/** One of {@link ROW_SPOILERS}. */
export type RowFault = keyof typeof ROW_SPOILERS;

/** Changes a time of a row, which stays a number or a text. */
function setTime(row: Row, at: number, changed: (time: number) => number): void {
  const time = changed(Number(row[at]));
  row[at] = typeof row[at] === "string" ? String(time) : time;
}

function pick(rows: Row[], random: Random): Row {
  return rows[Math.floor(random() * rows.length)] as Row;
}

import { countOf } from "../core/mod.ts";

/** How many traders, executions and signals, as a sentence names them: "1 trader, 6 executions and 14 signals". */
export function rowsInWords(rows: {
  readonly traders: number;
  readonly executions: number;
  readonly signals: number;
}): string {
  const { traders, executions, signals } = rows;
  return `${countOf(traders, "trader")}, ${countOf(executions, "execution")} and ${countOf(signals, "signal")}`;
}

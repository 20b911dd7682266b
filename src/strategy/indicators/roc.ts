import { inPane } from "./drawing.ts";
import { type ColumnIndicator, firstNumber, period, unknown } from "./indicator.ts";

/** Rate of change: the change since `period` values ago, in percent of that one; 0 where it was 0. Warm-up: period. */
export const roc: ColumnIndicator = {
  name: "roc",
  reads: "column",
  parameters: [period(12)],
  outputs: ["value"],
  drawn: inPane("ROC", "Rate of change in percent", { levels: [0] }),
  warmUp: (length) => [length],
  compute: (values, length) => {
    const rates = unknown(values.length);
    for (let position = firstNumber(values) + length; position < values.length; position += 1) {
      const before = values[position - length] as number;
      rates[position] = before === 0 ? 0 : (100 * ((values[position] as number) - before)) / before;
    }
    return [rates];
  },
};

import { BANDS, overCandles } from "./drawing.ts";
import { type ColumnIndicator, factor, firstNumber, period, unknown } from "./indicator.ts";
import { meanOf } from "./sma.ts";

/**
 * Bollinger's bands: the mean of `period` values, and `factor` standard deviations (of the population, as Bollinger has it)
 * above and below. Warm-up: period − 1.
 */
export const bollinger: ColumnIndicator = {
  name: "bollinger",
  reads: "column",
  parameters: [period(20), factor(2)],
  outputs: ["upper", "middle", "lower"],
  drawn: overCandles("Bollinger", "Bollinger bands", BANDS),
  warmUp: (length) => [length - 1, length - 1, length - 1],
  compute: (values, length, times) => {
    const middle = meanOf(values, length);
    const upper = unknown(values.length);
    const lower = unknown(values.length);
    for (let end = firstNumber(values) + length - 1; end < values.length; end += 1) {
      const mean = middle[end] as number;
      let squares = 0;
      for (let position = end - length + 1; position <= end; position += 1) {
        const distance = (values[position] as number) - mean;
        squares += distance * distance;
      }
      const deviation = Math.sqrt(squares / length);
      upper[end] = mean + deviation * times;
      lower[end] = mean - deviation * times;
    }
    return [upper, middle, lower];
  },
};

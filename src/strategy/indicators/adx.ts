import { chained, wilderMemory } from "../memory.ts";
import { trueRanges } from "./atr.ts";
import { inPane } from "./drawing.ts";
import { type KlineIndicator, type PriceColumns, period, unknown } from "./indicator.ts";
import { wilderOf } from "./wilder.ts";

/**
 * Wilder's directional movement, all 0 … 100: `plusDI` and `minusDI` are the smoothed moves up and down in percent of the
 * average true range, `adx` the smoothed difference of the two in percent of their sum. The first kline has no move and so
 * counts for nothing. Warm-up: period for the two, 2 × period − 1 for `adx`.
 */
export const adx: KlineIndicator = {
  name: "adx",
  reads: "klines",
  parameters: [period(14)],
  outputs: ["adx", "plusDI", "minusDI"],
  drawn: inPane("ADX", "Average directional index: trend strength", {
    lines: [
      { output: "plusDI", shape: "up line" },
      { output: "minusDI", shape: "down line" },
      { output: "adx", shape: "line" },
    ],
    levels: [25],
  }),
  warmUp: (length) => [2 * length - 1, length, length],
  memory: ([length = 1]) => {
    const moves = wilderMemory(length, length);
    return [chained(moves, wilderMemory(length)), moves, moves];
  },
  compute: (klines, length) => {
    const reach = withoutFirst(trueRanges(klines));
    const ranges = wilderOf(reach, length);
    const [up, down] = moves(klines);
    const plus = inPercent(wilderOf(up, length), ranges, reach);
    const minus = inPercent(wilderOf(down, length), ranges, reach);
    const distance = unknown(plus.length);
    for (let position = length; position < plus.length; position += 1) {
      const [rise, fall] = [plus[position] as number, minus[position] as number];
      distance[position] = rise + fall === 0 ? 0 : (100 * Math.abs(rise - fall)) / (rise + fall);
    }
    return [wilderOf(distance, length), plus, minus];
  },
};

/** How far each kline went beyond the one before, upwards and downwards: the greater of the two counts, equal ones don't. */
function moves({ high, low }: PriceColumns): readonly [Float64Array, Float64Array] {
  const up = new Float64Array(high.length);
  const down = new Float64Array(high.length);
  for (let position = 1; position < high.length; position += 1) {
    const rise = (high[position] as number) - (high[position - 1] as number);
    const fall = (low[position - 1] as number) - (low[position] as number);
    if (rise > fall && rise > 0) up[position] = rise;
    if (fall > rise && fall > 0) down[position] = fall;
  }
  return [withoutFirst(up), withoutFirst(down)];
}

function withoutFirst(values: Float64Array): Float64Array {
  if (values.length > 0) values[0] = Number.NaN;
  return values;
}

function inPercent(parts: Float64Array, wholes: Float64Array, reach: Float64Array): Float64Array {
  const percent = unknown(parts.length);
  for (let position = 0; position < parts.length; position += 1) {
    const before = percent[position - 1] ?? Number.NaN;
    const whole = wholes[position] as number;
    // Both fade alike where nothing moves: their ratio stays what it is, and isn't left to rounding.
    if (reach[position] === 0 && !Number.isNaN(before)) percent[position] = before;
    else percent[position] = whole === 0 ? 0 : (100 * (parts[position] as number)) / whole;
  }
  return percent;
}

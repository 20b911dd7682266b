import { describe, expect, test } from "bun:test";
import { seededRandom } from "../../core/mod.ts";
import { adx } from "./adx.ts";
import { INDICATORS } from "./all.ts";
import { bollinger } from "./bollinger.ts";
import { cci } from "./cci.ts";
import { crossOver } from "./cross-over.ts";
import { crossUnder } from "./cross-under.ts";
import { ema } from "./ema.ts";
import type { PriceColumns } from "./indicator.ts";
import { mfi } from "./mfi.ts";
import { rsi } from "./rsi.ts";
import { sma } from "./sma.ts";
import { stochRsi } from "./stoch-rsi.ts";
import { stochastic } from "./stochastic.ts";
import { supertrend } from "./supertrend.ts";
import { vwap } from "./vwap.ts";
import { wma } from "./wma.ts";

/** Twenty price levels from 1e-8 to 1e8, none of which a double holds exactly. */
const LEVELS: readonly number[] = Array.from({ length: 20 }, (_, index) => {
  return Number((1.23456789 * 10 ** (-8 + (16 * index) / 19)).toPrecision(9));
});

const MOVING = 60;
const FROZEN = 200;

/** Prices that move by ticks of a thousandth, and stand still from then on; volume goes on. */
function frozenAt(level: number, moving: number): PriceColumns {
  const random = seededRandom(7);
  const columns = { openTime: [], open: [], high: [], low: [], close: [], volume: [] } as Record<
    keyof PriceColumns,
    number[]
  >;
  const tick = (steps: number): number => Number((level * (1 + steps / 1_000)).toPrecision(9));
  for (let position = 0; position < moving + FROZEN; position += 1) {
    const moves = position < moving;
    const [open, close] = moves ? [tick(Math.floor(40 * random())), tick(Math.floor(40 * random()))] : [level, level];
    columns.openTime.push(Date.UTC(2026, 1, 10) + position * 3_600_000);
    columns.open.push(open);
    columns.close.push(close);
    columns.high.push(Math.max(open, close));
    columns.low.push(Math.min(open, close));
    columns.volume.push(Number((1 + 9 * random()).toFixed(3)));
  }
  return Object.fromEntries(
    Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)]),
  ) as unknown as PriceColumns;
}

/** The values of the last hundred klines, by then far from when anything moved. */
function settled(values: Float64Array | undefined): number[] {
  return [...(values ?? [])].slice(-100);
}

function sumOf(values: Float64Array | undefined): number {
  return settled(values).reduce((sum, value) => sum + value, 0);
}

describe.each(LEVELS)("a market that stands still at %d", (level) => {
  const klines = frozenAt(level, MOVING);
  const { close } = klines;
  const all = (value: number): number[] => Array(100).fill(value);

  test("averages of windows are exactly the price", () => {
    for (const length of [5, 20, 50]) {
      expect(settled(sma.compute(close, length)[0])).toEqual(all(level));
      expect(settled(wma.compute(close, length)[0])).toEqual(all(level));
      expect(settled(vwap.compute(klines, length)[0])).toEqual(all(level));
    }
    expect(settled(vwap.compute(klines, 0)[0])).toEqual(all(level));
    const [upper, , lower] = bollinger.compute(close, 20, 2);
    expect([settled(upper), settled(lower)]).toEqual([all(level), all(level)]);
  });

  test("nothing crosses", () => {
    const columns = [sma.compute(close, 5)[0], sma.compute(close, 20)[0], wma.compute(close, 9)[0], close];
    columns.push(vwap.compute(klines, 20)[0], ema.compute(close, 5)[0], ema.compute(close, 20)[0]);
    const [, plus, minus] = adx.compute(klines, 14);
    const pairs = columns.flatMap((one) => columns.map((other) => [one, other] as const));
    for (const [one, other] of [...pairs, [plus, minus] as const]) {
      const [over] = crossOver.compute(one as Float64Array, other as Float64Array);
      const [under] = crossUnder.compute(one as Float64Array, other as Float64Array);
      expect([sumOf(over), sumOf(under)]).toEqual([0, 0]);
    }
  });

  test("oscillators say that nothing moved", () => {
    expect(settled(cci.compute(klines, 20)[0])).toEqual(all(0));
    expect(settled(mfi.compute(klines, 14)[0])).toEqual(all(50));
    expect(settled(stochastic.compute(klines, 14, 3, 3)[0])).toEqual(all(0));
    const [k, d] = stochRsi.compute(close, 14, 14, 3, 3);
    expect([settled(k), settled(d)]).toEqual([all(0), all(0)]);
  });

  test("no indicator moves, but those that fade to the price or to nothing, and those that count volume", () => {
    // What an EMA or Wilder's smoothing still has of the time before gets smaller with each kline, and never larger.
    const fading = new Set(["ema", "macd", "atr", "keltner", "adx"]);
    // Supertrend's line follows the average true range until that is nothing; see the test below for its direction.
    const skipped = new Set(["volumeAverage", "supertrend"]);
    for (const indicator of INDICATORS) {
      if (skipped.has(indicator.name)) continue;
      const parameters = indicator.parameters.map(({ fallback }) => fallback);
      const outputs =
        indicator.reads === "klines"
          ? indicator.compute(klines, ...parameters)
          : indicator.reads === "pair"
            ? indicator.compute(close, klines.open, ...parameters)
            : indicator.compute(close, ...parameters);
      for (const [at, output] of outputs.entries()) {
        const values = settled(output);
        const name = `${indicator.name} ${indicator.outputs[at]}`;
        const moves = values.slice(1).map((value, index) => Math.abs(value - (values[index] as number)));
        const size = Math.max(...values.map(Math.abs), level);
        // Oscillators are of a size of their own; all others are prices.
        const most = fading.has(indicator.name) ? 1e-3 * size : 0;
        expect([name, Math.max(...moves) <= most, (moves.at(-1) as number) <= (moves[0] as number)]).toEqual([
          name,
          true,
          true,
        ]);
      }
    }
  });

  test("the RSI and the trend stay what they were", () => {
    const strengths = settled(rsi.compute(close, 14)[0]);
    expect(strengths).toEqual(all(strengths[0] as number));
    const directions = settled(supertrend.compute(klines, 10, 3)[1]);
    expect(directions).toEqual(all(directions[0] as number));
  });
});

test("averages of one repeating pattern are one number, and never cross", () => {
  for (const level of LEVELS) {
    const pattern = [1, 1.001, 1.003, 1.002].map((factor) => Number((level * factor).toPrecision(9)));
    const close = Float64Array.from({ length: 400 }, (_, position) => pattern[position % 4] as number);
    const [short, long] = [sma.compute(close, 4)[0], sma.compute(close, 40)[0]] as [Float64Array, Float64Array];
    expect([sumOf(crossOver.compute(short, long)[0]), sumOf(crossUnder.compute(short, long)[0])]).toEqual([0, 0]);
  }
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import * as oracle from "trading-signals";
import { seededRandom } from "../../core/mod.ts";
import { INDICATORS } from "./all.ts";
import type { Indicator, PriceColumns } from "./indicator.ts";

/** What every indicator is given here: columns read the close; pairs compare close and open. */
function computed(indicator: Indicator, klines: PriceColumns, parameters: readonly number[]): readonly Float64Array[] {
  if (indicator.reads === "klines") return indicator.compute(klines, ...parameters);
  if (indicator.reads === "pair") return indicator.compute(klines.close, klines.open, ...parameters);
  return indicator.compute(klines.close, ...parameters);
}

function named(name: string): Indicator {
  const found = INDICATORS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no indicator ${name}`);
  return found;
}

/** Prices of full precision, so that nothing in them is equal by chance. */
function walk(length: number, seed: number): PriceColumns {
  const random = seededRandom(seed);
  const rows = [];
  let close = 100;
  for (let row = 0; row < length; row += 1) {
    const open = close;
    close = open * (1 + (random() - 0.5) / 20);
    const high = Math.max(open, close) * (1 + random() / 50);
    const low = Math.min(open, close) * (1 - random() / 50);
    rows.push({ open, high, low, close, volume: random() * 1_000 });
  }
  return columns(rows);
}

type Row = { open: number; high: number; low: number; close: number; volume: number };

function columns(rows: readonly Row[]): PriceColumns {
  const column = (name: keyof Row): Float64Array => Float64Array.from(rows, (row) => row[name]);
  return {
    openTime: times(rows.length),
    open: column("open"),
    high: column("high"),
    low: column("low"),
    close: column("close"),
    volume: column("volume"),
  };
}

/** Open times of hours: with a few days among them. */
function times(length: number): Float64Array {
  return Float64Array.from({ length }, (_, row) => Date.UTC(2026, 1, 10, 20) + row * 3_600_000);
}

function firstRows(klines: PriceColumns, length: number): PriceColumns {
  const { openTime, open, high, low, close, volume } = klines;
  return {
    openTime: openTime.slice(0, length),
    open: open.slice(0, length),
    high: high.slice(0, length),
    low: low.slice(0, length),
    close: close.slice(0, length),
    volume: volume.slice(0, length),
  };
}

/** Parameters within a contract's reach: short ones, so that short series get past the warm-up. */
const drawn = (indicator: Indicator): fc.Arbitrary<number[]> =>
  fc.tuple(...indicator.parameters.map(({ kind }) => fc.integer({ min: 1, max: kind === "period" ? 12 : 4 })));

/** Rows of few different values: flat stretches, equal highs and lows, candles without volume. */
const coarseRows: fc.Arbitrary<Row[]> = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.nat(2), fc.nat(3)).map(
    ([open, close, reach, volume]): Row => ({
      open,
      close,
      high: Math.max(open, close) + reach,
      low: Math.min(open, close) - reach / 4,
      volume,
    }),
  ),
  { maxLength: 60 },
);

describe.each(INDICATORS.map((indicator) => [indicator.name, indicator] as const))("%s", (_, indicator) => {
  const fallbacks = indicator.parameters.map(({ fallback }) => fallback);

  test("its outputs are as long as the input, NaN for exactly the stated warm-up, and finite from there on", () => {
    fc.assert(
      fc.property(coarseRows, drawn(indicator), (rows, parameters) => {
        const outputs = computed(indicator, columns(rows), parameters);
        const warmUps = indicator.warmUp(...parameters);
        expect(outputs).toHaveLength(indicator.outputs.length);
        expect(warmUps).toHaveLength(indicator.outputs.length);
        for (const [at, output] of outputs.entries()) {
          const expected = rows.map((__, row) => row >= (warmUps[at] as number));
          expect([...output].map(Number.isFinite)).toEqual(expected);
        }
      }),
    );
  });

  test("what comes later changes nothing earlier, and any prefix gives the same: no look-ahead", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.integer(), drawn(indicator), (length, seed, parameters) => {
        const all = walk(80, seed);
        const prefix = computed(indicator, firstRows(all, length), parameters);
        const whole = computed(indicator, all, parameters);
        expect(prefix.map((output) => [...output])).toEqual(whole.map((output) => [...output.slice(0, length)]));
        for (const [name, column] of Object.entries(all)) if (name !== "openTime") column.fill(7, length);
        const changed = computed(indicator, all, parameters);
        expect(prefix.map((output) => [...output])).toEqual(changed.map((output) => [...output.slice(0, length)]));
      }),
    );
  });

  test("leaves its input alone", () => {
    const klines = walk(60, 1);
    computed(indicator, klines, fallbacks);
    expect(klines).toEqual(walk(60, 1));
  });

  test("the NaNs of another indicator's warm-up make its own longer by as many", () => {
    if (indicator.reads === "klines") return;
    const plain = walk(60, 3);
    const late = columns([]);
    const shift = (values: Float64Array): Float64Array => Float64Array.from([Number.NaN, Number.NaN, ...values]);
    const shifted = { ...late, close: shift(plain.close), open: shift(plain.open) };
    const expected = computed(indicator, plain, fallbacks).map((output) => [...shift(output)]);
    expect(computed(indicator, shifted, fallbacks).map((output) => [...output])).toEqual(expected);
  });

  test("a value that is unknown leaves unknown what depends on it", () => {
    // Column indicators read the close, the others the volume: prices are always known.
    const name = indicator.reads === "klines" ? "volume" : "close";
    const given = (position: number, change: (value: number) => number): PriceColumns => {
      const klines = walk(80, 5);
      klines[name][position] = change(klines[name][position] as number);
      return klines;
    };
    fc.assert(
      // Changes begin after two values in a row: up to there, a column has not begun yet.
      fc.property(fc.integer({ min: 2, max: 79 }), drawn(indicator), (position, parameters) => {
        const of = (change: (value: number) => number) => computed(indicator, given(position, change), parameters);
        const [unknown, lower, higher] = [of(() => Number.NaN), of((value) => value / 3), of((value) => value * 3)];
        for (const [at, output] of unknown.entries()) {
          const depends = [...output.keys()].filter((row) => {
            const [low, high] = [lower[at]?.[row] as number, higher[at]?.[row] as number];
            return Math.abs(low - high) > 1e-9 * Math.abs(low);
          });
          expect(depends.filter((row) => !Number.isNaN(output[row]))).toEqual([]);
        }
      }),
    );
  });

  test("a flat market is finite and doesn't move", () => {
    const flat = columns(
      Array.from({ length: 120 }, () => ({ open: 0.1, high: 0.1, low: 0.1, close: 0.1, volume: 0 })),
    );
    for (const output of computed(indicator, flat, fallbacks)) {
      const [first, ...rest] = output.slice(-20);
      expect(Number.isFinite(first)).toBe(true);
      for (const value of rest) expect(value).toBeCloseTo(first as number, 12);
    }
  });
});

/**
 * Published vectors: Tulip Indicators, tests/untest.txt (github.com/TulipCharts/tulipindicators, commit 28c63a7, state of
 * 2026-11), printed to three decimals. Its CCI measures deviations from another mean than Lambert's, so it isn't here.
 */
describe("published vectors", () => {
  const klines: PriceColumns = {
    openTime: times(15),
    open: Float64Array.of(
      81.85,
      81.2,
      81.55,
      82.91,
      83.1,
      83.41,
      82.71,
      82.7,
      84.2,
      84.25,
      84.03,
      85.45,
      86.18,
      88,
      87.6,
    ),
    high: Float64Array.of(
      82.15,
      81.89,
      83.03,
      83.3,
      83.85,
      83.9,
      83.33,
      84.3,
      84.84,
      85,
      85.9,
      86.58,
      86.98,
      88,
      87.87,
    ),
    low: Float64Array.of(
      81.29,
      80.64,
      81.31,
      82.65,
      83.07,
      83.11,
      82.49,
      82.3,
      84.15,
      84.11,
      84.03,
      85.39,
      85.76,
      87.17,
      87.01,
    ),
    close: Float64Array.of(
      81.59,
      81.06,
      82.87,
      83,
      83.61,
      83.15,
      82.84,
      83.99,
      84.55,
      84.36,
      85.53,
      86.54,
      86.89,
      87.77,
      87.29,
    ),
    volume: Float64Array.of(
      5653100,
      6447400,
      7690900,
      3831400,
      4455100,
      3798000,
      3936200,
      4732000,
      4841300,
      3915300,
      6830800,
      6694100,
      5293600,
      7985800,
      4807900,
    ),
  };
  test.each([
    ["sma", [5], "value", 1, [82.426, 82.738, 83.094, 83.318, 83.628, 83.778, 84.254, 84.994, 85.574, 86.218, 86.804]],
    ["ema", [5], "value", 1, [82.714, 82.859, 82.853, 83.232, 83.671, 83.901, 84.444, 85.143, 85.725, 86.407, 86.701]],
    ["wma", [5], "value", 1, [82.825, 83.066, 83.1, 83.399, 83.809, 84.053, 84.637, 85.399, 86.031, 86.763, 87.121]],
    ["rsi", [5], "value", 1, [72.034, 64.927, 75.936, 79.796, 74.713, 83.033, 87.478, 88.755, 91.483, 78.498]],
    ["stochastic", [5, 3, 3], "k", 1, [77.385, 83.126, 84.867, 88.361, 95.246, 96.74, 91.091]],
    ["stochastic", [5, 3, 3], "d", 1, [75.702, 78.011, 81.793, 85.452, 89.491, 93.449, 94.359]],
    ["stochRsi", [5, 5, 1, 1], "k", 100, [0.658, 1, 1, 1, 1, 0]],
    [
      "bollinger",
      [5, 2],
      "lower",
      1,
      [80.53, 80.987, 82.533, 82.472, 82.418, 82.435, 82.511, 83.143, 83.536, 83.87, 85.289],
    ],
    [
      "bollinger",
      [5, 2],
      "upper",
      1,
      [84.322, 84.489, 83.655, 84.164, 84.838, 85.121, 85.997, 86.845, 87.612, 88.566, 88.319],
    ],
    ["atr", [5], "value", 1, [1.116, 1.051, 1.009, 1.207, 1.136, 1.086, 1.243, 1.233, 1.23, 1.206, 1.137]],
    ["mfi", [5], "value", 1, [61.172, 67.308, 62.796, 64.661, 45.238, 67.841, 85.578, 85.963, 87.504, 84.647]],
    [
      "obv",
      [],
      "value",
      1,
      [
        0, -6447400, 1243500, 5074900, 9530000, 5732000, 1795800, 6527800, 11369100, 7453800, 14284600, 20978700,
        26272300, 34258100, 29450200,
      ],
    ],
    ["roc", [5], "value", 100, [0.019, 0.022, 0.014, 0.019, 0.009, 0.029, 0.045, 0.035, 0.038, 0.035]],
    [
      "williamsR",
      [5],
      "value",
      1,
      [-7.477, -23.006, -40.927, -15.5, -11.417, -23.704, -10.278, -0.935, -3.051, -5.793, -17.884],
    ],
    ["highest", [5], "value", 1, [83.61, 83.61, 83.61, 83.99, 84.55, 84.55, 85.53, 86.54, 86.89, 87.77, 87.77]],
    ["lowest", [5], "value", 1, [81.06, 81.06, 82.84, 82.84, 82.84, 82.84, 82.84, 83.99, 84.36, 84.36, 85.53]],
    ["crossOver", [], "value", 1, [0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]],
  ] as [string, number[], string, number, number[]][])("%s(%p) %s", (name, parameters, output, unit, published) => {
    const indicator = named(name);
    const values = computed(indicator, klines, parameters)[indicator.outputs.indexOf(output)] as Float64Array;
    // Theirs begin where all outputs of an indicator do.
    const numbers = values.filter((value) => !Number.isNaN(value)).slice(-published.length);
    expect(numbers).toHaveLength(published.length);
    for (const [at, value] of published.entries()) expect((numbers[at] as number) / unit).toBeCloseTo(value, 3 - 0.31);
  });
});

/**
 * Against trading-signals 8.3.0, row by row. Where we differ, and why:
 * - `roc` and `stochRsi`: percent here, as Pine Script and TA-Lib have them; fractions there. There a StochRSI without range
 *   is 100, here 0 as for the stochastic oscillator; and its averages skip zeros there.
 * - `macd`: there `signal` and `histogram` begin with the first `macd`; here when the signal's own warm-up is over.
 * - `vwap`: there it grows from the first kline; here it begins anew each day, or rolls, so each day and window is a series of its own there.
 * - `adx`: there the first kline is a move of nothing; here, as with Wilder, none. The difference fades, so it is compared late.
 * - Flat markets, which don't occur in these rows: `cci` is 0 ÷ 0 there and 0 here.
 */
describe("trading-signals as oracle", () => {
  const klines = walk(400, 20_260_201);
  const rows = [...klines.close].map((close, at) => ({
    close,
    open: klines.open[at] as number,
    high: klines.high[at] as number,
    low: klines.low[at] as number,
    volume: klines.volume[at] as number,
  }));

  type Expected = readonly (number | undefined)[];
  /** What a streaming indicator of the oracle says after each row, undefined before it says anything. */
  const streamed = <Input, Result>(
    one: { update(input: Input, replace: boolean): unknown; readonly isStable: boolean; getResultOrThrow(): Result },
    inputs: readonly Input[],
    pick: (result: Result) => number,
  ): Expected =>
    inputs.map((input) => {
      one.update(input, false);
      return one.isStable ? pick(one.getResultOrThrow()) : undefined;
    });
  const closes = rows.map(({ close }) => close);
  const it = (value: number): number => value;
  const rolling = (length: number): Expected =>
    rows.map((_, end) => {
      if (end < length - 1) return undefined;
      return streamed(new oracle.VWAP(), rows.slice(end - length + 1, end + 1), it).at(-1);
    });
  /** The hours begin at 20:00, so the first day has four. */
  const daily = (): Expected =>
    rows.map((_, end) => {
      const first = end < 4 ? 0 : end - ((end - 4) % 24);
      // It says nothing of a first row alone.
      if (end === first) return typical(rows[end] as (typeof rows)[number]);
      return streamed(new oracle.VWAP(), rows.slice(first, end + 1), it).at(-1);
    });
  const typical = ({ high, low, close }: { high: number; low: number; close: number }): number =>
    (high + low + close) / 3;
  const macd = (): oracle.MACD => new oracle.MACD(new oracle.EMA(12), new oracle.EMA(26), new oracle.EMA(9));
  const stochastic = (): oracle.StochasticOscillator =>
    new oracle.StochasticOscillator({ kPeriod: 14, kSlowingPeriod: 3, dPeriod: 3 });
  const rsiRange = (): Expected => streamed(new oracle.StochasticRSI(14), closes, (value) => value * 100);
  const adxParts = (pick: (one: oracle.ADX) => number | undefined): Expected => {
    const one = new oracle.ADX(14);
    return rows.map((row) => {
      one.update(row, false);
      return pick(one);
    });
  };
  const percent = (value: number | undefined): number => (value ?? Number.NaN) * 100;
  const crossed = (has: typeof oracle.hasCrossedOver): Expected =>
    rows.map(({ close, open }, at) => {
      const before = rows[at - 1];
      return before === undefined ? undefined : Number(has(before.close, before.open, close, open));
    });

  test.each<[string, number[], string, () => Expected, number]>([
    ["sma", [20], "value", () => streamed(new oracle.SMA(20), closes, it), 0],
    ["ema", [20], "value", () => streamed(new oracle.EMA(20), closes, it), 0],
    ["wma", [20], "value", () => streamed(new oracle.WMA(20), closes, it), 0],
    ["vwap", [20], "value", () => rolling(20), 0],
    ["vwap", [0], "value", () => daily(), 0],
    ["rsi", [14], "value", () => streamed(new oracle.RSI(14), closes, it), 0],
    ["macd", [12, 26, 9], "macd", () => streamed(macd(), closes, (result) => result.macd), 0],
    ["macd", [12, 26, 9], "signal", () => streamed(macd(), closes, (result) => result.signal), 33],
    ["macd", [12, 26, 9], "histogram", () => streamed(macd(), closes, (result) => result.histogram), 33],
    ["stochastic", [14, 3, 3], "k", () => streamed(stochastic(), rows, (result) => result.stochK), 17],
    ["stochastic", [14, 3, 3], "d", () => streamed(stochastic(), rows, (result) => result.stochD), 0],
    ["stochRsi", [14, 14, 1, 1], "k", rsiRange, 0],
    [
      "bollinger",
      [20, 2],
      "upper",
      () => streamed(new oracle.BollingerBands(20, 2), closes, (bands) => bands.upper),
      0,
    ],
    [
      "bollinger",
      [20, 2],
      "middle",
      () => streamed(new oracle.BollingerBands(20, 2), closes, (bands) => bands.middle),
      0,
    ],
    [
      "bollinger",
      [20, 2],
      "lower",
      () => streamed(new oracle.BollingerBands(20, 2), closes, (bands) => bands.lower),
      0,
    ],
    ["atr", [14], "value", () => streamed(new oracle.ATR(14), rows, it), 0],
    ["adx", [14], "adx", () => streamed(new oracle.ADX(14), rows, it), 350],
    ["adx", [14], "plusDI", () => adxParts(({ pdi }) => percent(pdi as number)), 300],
    ["adx", [14], "minusDI", () => adxParts(({ mdi }) => percent(mdi as number)), 300],
    ["cci", [20], "value", () => streamed(new oracle.CCI(20), rows, it), 0],
    ["mfi", [14], "value", () => streamed(new oracle.MFI(14), rows, it), 0],
    ["obv", [], "value", () => [0, ...streamed(new oracle.OBV(2), rows, it).slice(1)], 0],
    ["roc", [12], "value", () => streamed(new oracle.ROC(12), closes, (value) => value * 100), 0],
    ["williamsR", [14], "value", () => streamed(new oracle.WilliamsR(14), rows, it), 0],
    ["keltner", [20, 10, 2], "upper", () => streamed(new oracle.KeltnerChannels(), rows, (bands) => bands.upper), 0],
    ["keltner", [20, 10, 2], "lower", () => streamed(new oracle.KeltnerChannels(), rows, (bands) => bands.lower), 0],
    ["keltner", [20, 10, 2], "middle", () => streamed(new oracle.EMA(20), closes, it), 0],
    ["donchian", [20], "upper", () => streamed(new oracle.DonchianChannels(20), rows, (bands) => bands.upper), 0],
    ["donchian", [20], "middle", () => streamed(new oracle.DonchianChannels(20), rows, (bands) => bands.middle), 0],
    ["donchian", [20], "lower", () => streamed(new oracle.DonchianChannels(20), rows, (bands) => bands.lower), 0],
    ["supertrend", [10, 3], "line", () => streamed(new oracle.SuperTrend(), rows, (result) => result.supertrend), 0],
    [
      "supertrend",
      [10, 3],
      "direction",
      () => streamed(new oracle.SuperTrend(), rows, ({ trend }) => (trend === "BULLISH" ? 1 : -1)),
      0,
    ],
    [
      "highest",
      [20],
      "value",
      () => closes.map((_, at) => (at < 19 ? undefined : Math.max(...closes.slice(at - 19, at + 1)))),
      0,
    ],
    [
      "lowest",
      [20],
      "value",
      () => closes.map((_, at) => (at < 19 ? undefined : Math.min(...closes.slice(at - 19, at + 1)))),
      0,
    ],
    ["crossOver", [], "value", () => crossed(oracle.hasCrossedOver), 0],
    ["crossUnder", [], "value", () => crossed(oracle.hasCrossedUnder), 0],
    [
      "volumeAverage",
      [20],
      "value",
      () =>
        streamed(
          new oracle.SMA(20),
          rows.map(({ volume }) => volume),
          it,
        ),
      0,
    ],
  ])("%s(%p) %s", (name, parameters, output, expected, from) => {
    const indicator = named(name);
    const ours = computed(indicator, klines, parameters)[indicator.outputs.indexOf(output)] as Float64Array;
    const theirs = expected();
    let compared = 0;
    for (let at = from; at < rows.length; at += 1) {
      const value = theirs[at];
      if (value === undefined) expect(ours[at]).toBeNaN();
      else {
        compared += 1;
        const tolerance = (from >= 300 ? 1e-6 : 1e-9) * Math.max(1, Math.abs(value));
        expect(Math.abs((ours[at] as number) - value)).toBeLessThanOrEqual(tolerance);
      }
    }
    expect(compared).toBeGreaterThanOrEqual(50);
  });
});

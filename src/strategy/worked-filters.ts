import type { Interval } from "../core/mod.ts";

/** A filter to learn from, and to begin with. */
export interface WorkedFilter {
  readonly title: string;
  /** The intervals that it reads; at the close of the first one it is asked. */
  readonly timeframes: readonly [Interval, ...Interval[]];
  readonly code: string;
}

/** The worked filters: docs/filters.md shows them, the page offers them as templates, and a test runs each in both engines. */
export const WORKED_FILTERS: readonly WorkedFilter[] = [
  {
    title: "Oversold",
    timeframes: ["1h"],
    code: `// RSI was below 30 and turns up.
const strength = rsi(candles("1h").close, 14);
return {
  match: strength.at(-2) < 30 && strength.at(-1) > strength.at(-2),
  facts: {rsi: strength.at(-1)},
};
`,
  },
  {
    title: "Golden cross",
    timeframes: ["1h"],
    code: `const {close} = candles("1h");
return crossOver(sma(close, 50), sma(close, 200)).at(-1) === 1;
`,
  },
  {
    title: "Breakout on volume",
    timeframes: ["5m"],
    code: `// A close above the highest high of the 20 candles before, on twice the usual volume.
const five = candles("5m");
const ceiling = highest(five.high, 20).at(-2);
const usual = volumeAverage(five, 20).at(-2);
return {
  match: five.close.at(-1) > ceiling && five.volume.at(-1) > 2 * usual,
  facts: {ceiling, times: Number((five.volume.at(-1) / usual).toFixed(1))},
};
`,
  },
  {
    title: "Squeeze",
    timeframes: ["15m"],
    code: `// Bollinger Bands inside the Keltner channel: low volatility, often before a breakout.
const quarter = candles("15m");
const bands = bollinger(quarter.close, 20, 2);
const channel = keltner(quarter, 20, 10, 1.5);
return bands.upper.at(-1) < channel.upper.at(-1) && bands.lower.at(-1) > channel.lower.at(-1);
`,
  },
  {
    title: "Dip in a rising market",
    timeframes: ["1m", "1h"],
    code: `// Above the hourly trend, while the 1m RSI is low.
const hour = candles("1h").close;
const minute = candles("1m").close;
return hour.at(-1) > ema(hour, 20).at(-1) && rsi(minute, 14).at(-1) < 35;
`,
  },
  {
    title: "MACD turns positive",
    timeframes: ["15m"],
    code: `const {histogram} = macd(candles("15m").close);
return histogram.at(-2) <= 0 && histogram.at(-1) > 0;
`,
  },
  {
    title: "Three white soldiers",
    timeframes: ["15m"],
    code: `// Three rising candles that each close near the high.
const last = timeframes["15m"].slice(-3);
const strong = last.every((k) => k.close > k.open && k.high - k.close < (k.high - k.low) * 0.2);
return strong && last[1].close > last[0].close && last[2].close > last[1].close;
`,
  },
  {
    title: "Strong trend",
    timeframes: ["1h"],
    code: `const trend = adx(candles("1h"), 14);
const {direction} = supertrend(candles("1h"), 10, 3);
return {
  match: trend.adx.at(-1) > 25 && trend.plusDI.at(-1) > trend.minusDI.at(-1) && direction.at(-1) === 1,
  facts: {adx: trend.adx.at(-1)},
};
`,
  },
  {
    title: "Buyers in charge",
    timeframes: ["5m"],
    code: `// Takers bought more than 65 % of the volume of the last twelve candles.
const five = candles("5m");
let bought = 0;
let all = 0;
for (let back = 1; back <= 12; back++) {
  bought += five.takerBuyVolume.at(-back);
  all += five.volume.at(-back);
}
return all > 0 && bought / all > 0.65;
`,
  },
  {
    title: "With the predecessor's helpers",
    timeframes: ["15m"],
    code: `const klines = timeframes["15m"];
if (!klines || klines.length < 50) return false;
const strength = helpers.getLatestRSI(klines, 14);
const bands = helpers.getLatestBollingerBands(klines, 20, 2);
const average = helpers.calculateMA(klines, 50);
const last = klines[klines.length - 1];
return strength !== null && strength < 40 && last.close < bands.middle && last.close < average;
`,
  },
];

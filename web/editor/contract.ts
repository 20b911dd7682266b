import { KLINE_COLUMNS } from "../../src/core/mod.ts";
import { HELPERS, INDICATORS, usageOf } from "../../src/strategy/mod.ts";

/** A name that a filter can use. */
export interface ContractName {
  readonly name: string;
  /** The syntax, with its arguments. */
  readonly usage: string;
  /** A description, one sentence. */
  readonly says: string;
  readonly kind: "value" | "function" | "indicator" | "helper";
}

/** Descriptions of the indicators by name. */
const INDICATOR_SAYS: Readonly<Record<string, string>> = {
  sma: "Simple moving average.",
  ema: "Exponential moving average.",
  wma: "Weighted moving average: newer values count more.",
  vwap: "Average price, weighted by volume: since 00:00 UTC, or of the last klines if a period is given.",
  rsi: "Relative strength index, 0 to 100; under 30 is called oversold.",
  macd: "Difference of two exponential averages, with a signal line.",
  stochastic: "Position of the close within the range of the last klines, 0 to 100.",
  stochRsi: "Stochastic oscillator of the RSI, 0 to 100.",
  bollinger: "Moving average with bands at a multiple of the standard deviation.",
  atr: "Average true range: the typical price movement within a kline.",
  adx: "Average directional index: strength and direction of the trend.",
  cci: "Commodity channel index: distance of the typical price from its average.",
  mfi: "Money flow index, 0 to 100: an RSI weighted by volume.",
  obv: "On-balance volume: adds the volume of rising klines, subtracts that of falling ones.",
  roc: "Rate of change, in percent.",
  williamsR: "Williams %R: distance of the close below the highest high, −100 to 0.",
  keltner: "Exponential average with a channel at a multiple of the average true range.",
  donchian: "Highest high, lowest low, and the middle between them.",
  supertrend: "Trend-following line; direction is 1 (up) or −1 (down).",
  highest: "The highest value of the last klines.",
  lowest: "The lowest value of the last klines.",
  crossOver: "1 where the first argument crosses above the second, otherwise 0.",
  crossUnder: "1 where the first argument crosses below the second, otherwise 0.",
  volumeAverage: "Average volume.",
};

const TICKER_FIGURES: readonly string[] = [
  "price",
  "open",
  "high",
  "low",
  "volume",
  "quoteVolume",
  "priceChange",
  "priceChangePercent",
  "updatedAt",
];

const VALUES: readonly ContractName[] = [
  { name: "symbol", usage: "symbol", says: 'The symbol, such as "BTCUSDT".', kind: "value" },
  {
    name: "closeTime",
    usage: "closeTime",
    says: "The close time: the last millisecond of the candle, in Unix milliseconds.",
    kind: "value",
  },
  {
    name: "ticker",
    usage: "ticker",
    says: `Figures of the last 24 hours: ${TICKER_FIGURES.join(" ")}.`,
    kind: "value",
  },
  {
    name: "candles",
    usage: "candles(interval)",
    says: "The closed klines of an interval that the filter reads, oldest first, as columns.",
    kind: "function",
  },
  {
    name: "timeframes",
    usage: "timeframes[interval]",
    says: "The same klines as an array of objects.",
    kind: "value",
  },
];

/** All names that a filter can use, in the order of the reference. */
export const CONTRACT: readonly ContractName[] = [
  ...VALUES,
  ...INDICATORS.map((indicator) => ({
    name: indicator.name,
    usage: usageOf(indicator),
    says: [INDICATOR_SAYS[indicator.name] ?? "", outputsOf(indicator.outputs)].filter(Boolean).join(" "),
    kind: "indicator" as const,
  })),
  ...HELPERS.map(({ name, usage }) => {
    const at = usage.indexOf(": ");
    return { name, usage: usage.slice(0, at), says: sentence(usage.slice(at + 2)), kind: "helper" as const };
  }),
];

/** The members of candles, of a column, and of the ticker. */
export const MEMBERS: Readonly<Record<"candles" | "column" | "ticker", readonly string[]>> = {
  candles: [...KLINE_COLUMNS, "length", "row"],
  column: ["at", "length", "slice"],
  ticker: TICKER_FIGURES,
};

/** The names of an indicator's columns, for those that have several. */
export const OUTPUTS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  INDICATORS.filter(({ outputs }) => outputs.length > 1).map(({ name, outputs }) => [name, outputs]),
);

function outputsOf(outputs: readonly string[]): string {
  return outputs.length === 1 ? "" : `Returns ${outputs.join(", ")}.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

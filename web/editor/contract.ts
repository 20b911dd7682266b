import { KLINE_COLUMNS } from "../../src/core/mod.ts";
import { HELPERS, INDICATORS, usageOf } from "../../src/strategy/mod.ts";

/** Something that a filter may name. */
export interface ContractName {
  readonly name: string;
  /** As it is written, with its arguments. */
  readonly usage: string;
  /** What it is, in a sentence. */
  readonly says: string;
  readonly kind: "value" | "function" | "indicator" | "helper";
}

/** The indicators' own names say little to who doesn't know them. */
const INDICATOR_SAYS: Readonly<Record<string, string>> = {
  sma: "Simple moving average.",
  ema: "Exponential moving average.",
  wma: "Weighted moving average: the newest counts most.",
  vwap: "Average price, weighted by volume.",
  rsi: "Relative strength index, 0 to 100; under 30 is called oversold.",
  macd: "Two averages apart, and how that turns.",
  stochastic: "Where the close lies in the range of the last klines, 0 to 100.",
  stochRsi: "The stochastic of the RSI, 0 to 100.",
  bollinger: "An average, and bands around it as wide as prices scatter.",
  atr: "Average true range: how far prices move in a kline.",
  adx: "How strong a trend is, and which way it goes.",
  cci: "How far the typical price is from its average.",
  mfi: "Money flow index, 0 to 100: an RSI that knows volume.",
  obv: "On-balance volume: added when it rises, taken off when it falls.",
  roc: "Rate of change, in percent.",
  williamsR: "Where the close lies below the highest high, −100 to 0.",
  keltner: "An average, and a channel around it by true range.",
  donchian: "The highest high and the lowest low, and their middle.",
  supertrend: "A line that follows the trend; direction is 1 or −1.",
  highest: "The highest value of the last klines.",
  lowest: "The lowest value of the last klines.",
  crossOver: "1 where the first rises above the second, else 0.",
  crossUnder: "1 where the first falls below the second, else 0.",
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
    says: "The close: the last millisecond of the candle, in Unix milliseconds.",
    kind: "value",
  },
  {
    name: "ticker",
    usage: "ticker",
    says: `The last 24 hours: ${TICKER_FIGURES.join(" ")}.`,
    kind: "value",
  },
  {
    name: "candles",
    usage: "candles(interval)",
    says: "The closed klines of one of the intervals that the filter reads, oldest first, as columns.",
    kind: "function",
  },
  {
    name: "timeframes",
    usage: "timeframes[interval]",
    says: "The same as an array of klines, each an object.",
    kind: "value",
  },
];

/** All that a filter sees, in the order in which it is explained. */
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

/** What stands behind the point of candles, of a column, and of the ticker. */
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
  return outputs.length === 1 ? "" : `Gives ${outputs.join(", ")}.`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

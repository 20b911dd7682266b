import {
  change,
  day,
  emaDistance,
  extremeDistance,
  newExtreme,
  newExtremeOfDays,
  newExtremeToday,
} from "./column-families.ts";
import type { ScreenColumn } from "./screen-column.ts";

/** All columns, in the order in which they are offered. */
export const COLUMNS: readonly ScreenColumn[] = [
  change("5m", 5),
  change("1h", 60),
  change("4h", 240),
  change("1d", 1_440),
  change("7d", 10_080),
  {
    key: "relativeVolume",
    title: "Rel. volume",
    says: "Volume of the newest closed {interval} candle, divided by the average volume of the 20 candles before it",
    group: "Volume",
    format: "times",
    first: "highest",
    from: { chosen: 20 },
    hasBefore: true,
    code: ({ candles, back }) => `${candles}.volume.at(${-1 - back}) / volumeAverage(${candles}, 20).at(${-2 - back})`,
  },
  {
    key: "relativeDayVolume",
    title: "Rel. day volume",
    says: "Volume of the last 24 hours, divided by the average volume of the last 20 closed days (UTC)",
    group: "Volume",
    format: "times",
    first: "highest",
    hasBefore: false,
    from: { oneOf: [{ interval: "1d", span: 19 }] },
    code: ({ candles }) => `ticker.volume / volumeAverage(${candles}, 20).at(-1)`,
  },
  {
    key: "rsi14",
    title: "RSI 14",
    says: "Wilder's relative strength index of the last 14 changes of the closing price, at the newest closed {interval} candle",
    group: "Trend",
    format: "index",
    first: "lowest",
    from: { chosen: 14 },
    hasBefore: true,
    code: ({ candles, back }) => `rsi(${candles}.close, 14).at(${-1 - back})`,
  },
  emaDistance(20),
  emaDistance(50),
  emaDistance(200),
  ...[20, 50].flatMap((length) => [extremeDistance("High", length), extremeDistance("Low", length)]),
  ...[20, 50].flatMap((length) => [newExtreme("High", length), newExtreme("Low", length)]),
  newExtremeOfDays("High"),
  newExtremeOfDays("Low"),
  newExtremeToday("High"),
  newExtremeToday("Low"),
  {
    key: "atrPercent",
    title: "ATR 14, %",
    says: "Wilder's average true range of 14 {interval} candles, in percent of the newest closing price",
    group: "Volatility",
    format: "percent",
    first: "highest",
    from: { chosen: 13 },
    hasBefore: true,
    code: ({ candles, back }) => `100 * atr(${candles}, 14).at(${-1 - back}) / ${candles}.close.at(${-1 - back})`,
  },
  {
    key: "rangePosition20",
    title: "In range 20",
    says: "Where the newest closing price is between the lowest low (0) and the highest high (100) of the last 20 closed {interval} candles",
    group: "Volatility",
    format: "index",
    first: "highest",
    from: { chosen: 19 },
    hasBefore: true,
    code: ({ candles, back }) => {
      const [at, low] = [-1 - back, `lowest(${candles}.low, 20)`];
      return `100 * (${candles}.close.at(${at}) - ${low}.at(${at})) / (highest(${candles}.high, 20).at(${at}) - ${low}.at(${at}))`;
    },
  },
  day("price", "Last price", "The exchange's last price, in the quote asset", "price", "ticker.price"),
  day("change24h", "24h", "Change within the last 24 hours, in percent", "change", "ticker.priceChangePercent"),
  day("volume24h", "24h volume", "Volume of the last 24 hours, in the quote asset", "amount", "ticker.quoteVolume"),
  day(
    "rangePosition24h",
    "In 24h range",
    "Where the last price is between the low (0) and the high (100) of the last 24 hours",
    "index",
    "100 * (ticker.price - ticker.low) / (ticker.high - ticker.low)",
  ),
];

const BY_KEY: ReadonlyMap<string, ScreenColumn> = new Map(COLUMNS.map((column) => [column.key, column]));

/** The column of that key; undefined where there is none. */
export function columnOf(key: string): ScreenColumn | undefined {
  return BY_KEY.get(key);
}

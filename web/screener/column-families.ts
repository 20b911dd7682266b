import type { Interval } from "../../src/core/mod.ts";
import type { ColumnFormat, ScreenColumn } from "./screen-column.ts";

/** A filter sees at least 250 candles where the server keeps so many, so no span is longer than 248: the candle before has one, too. */
const MOST_SPAN = 248;

const MINUTES = {
  "1m": 1,
  "3m": 3,
  "5m": 5,
  "15m": 15,
  "30m": 30,
  "1h": 60,
  "2h": 120,
  "4h": 240,
  "1d": 1_440,
} as const;

/** What a new extreme is compared with, in words and in code. */
const EXTREMES = {
  High: { column: "high", than: ">", best: "highest", above: "above the highest high" },
  Low: { column: "low", than: "<", best: "lowest", above: "below the lowest low" },
} as const;

/** The change of the closing price over so many minutes. */
export function change(name: string, minutes: number): ScreenColumn {
  const oneOf = Object.entries(MINUTES)
    .filter(([, one]) => minutes % one === 0 && minutes / one <= MOST_SPAN)
    .map(([interval, one]) => ({ interval: interval as Interval, span: minutes / one }));
  return {
    key: `change${name}`,
    title: name === "1d" ? "Change 1d" : `Change ${name}`,
    says: "Newest closing price of {interval}, against the closing price {span} candles before, in percent",
    group: "Change",
    format: "change",
    first: "highest",
    from: { oneOf },
    hasBefore: true,
    code: ({ candles, span, back }) =>
      `100 * (${candles}.close.at(${-1 - back}) / ${candles}.close.at(${-1 - back - span}) - 1)`,
  };
}

/** How far the closing price is from an exponential moving average. */
export function emaDistance(length: number): ScreenColumn {
  return {
    key: `emaDistance${length}`,
    title: `To EMA ${length}`,
    says: `Newest closing price of {interval}, against the exponential moving average of ${length} closing prices, in percent`,
    group: "Trend",
    format: "change",
    first: "highest",
    from: { chosen: length - 1 },
    hasBefore: true,
    code: ({ candles, back }) =>
      `100 * (${candles}.close.at(${-1 - back}) / ema(${candles}.close, ${length}).at(${-1 - back}) - 1)`,
  };
}

/** How far the closing price is from the highest high or lowest low of so many candles. */
export function extremeDistance(side: "High" | "Low", length: number): ScreenColumn {
  const [what, best] = side === "High" ? ["highest high", "highest"] : ["lowest low", "lowest"];
  return {
    key: `to${side}${length}`,
    title: `To ${side.toLowerCase()} ${length}`,
    says: `Newest closing price of {interval}, against the ${what} of the last ${length} closed candles, in percent`,
    group: "Highs and lows",
    format: "change",
    from: { chosen: length - 1 },
    hasBefore: true,
    first: side === "High" ? "highest" : "lowest",
    code: ({ candles, back }) =>
      `100 * (${candles}.close.at(${-1 - back}) / ${best}(${candles}.${side.toLowerCase()}, ${length}).at(${-1 - back}) - 1)`,
  };
}

/** Whether the newest candle has a new high or low. */
export function newExtreme(side: "High" | "Low", length: number): ScreenColumn {
  const { column, than, best, above } = EXTREMES[side];
  return {
    key: `new${side}${length}`,
    title: `New ${column} ${length}`,
    says: `Whether the ${column} of the newest closed {interval} candle is ${above} of the ${length} candles before it`,
    group: "Highs and lows",
    format: "mark",
    first: "highest",
    from: { chosen: length },
    hasBefore: false,
    code: ({ candles }) => `${candles}.${column}.at(-1) ${than} ${best}(${candles}.${column}, ${length}).at(-2)`,
  };
}

/** Whether the last price is beyond all of the last 20 days. */
export function newExtremeOfDays(side: "High" | "Low"): ScreenColumn {
  const { column, than, best, above } = EXTREMES[side];
  return {
    key: `new${side}20d`,
    title: `New 20-day ${column}`,
    says: `Whether the last price is ${above} of the last 20 closed days (UTC)`,
    group: "Highs and lows",
    format: "mark",
    first: "highest",
    hasBefore: false,
    from: { oneOf: [{ interval: "1d", span: 19 }] },
    code: ({ candles }) => `ticker.price ${than} ${best}(${candles}.${column}, 20).at(-1)`,
  };
}

/** Whether the newest candle has a new high or low since 00:00 UTC. */
export function newExtremeToday(side: "High" | "Low"): ScreenColumn {
  const { column, than, best, above } = EXTREMES[side];
  return {
    key: `new${side}Today`,
    title: `New ${column} today`,
    says: `Whether the ${column} of the newest closed {interval} candle is ${above} of the day's candles before it; a day begins at 00:00 UTC, and its first candle is no new ${column}`,
    group: "Highs and lows",
    format: "mark",
    first: "highest",
    hasBefore: false,
    from: {
      oneOf: [
        { interval: "15m", span: 96 },
        { interval: "30m", span: 48 },
        { interval: "1h", span: 24 },
      ],
    },
    uses: ({ candles, span }) => [`${candles}Today`, `${candles}.openTime.at(-1) % 86400000 / ${86_400_000 / span}`],
    code: ({ candles }) => {
      const today = `${candles}Today`;
      const isNew = `${candles}.${column}.at(-1) ${than} ${best}(${candles}.${column}, ${today}).at(-2)`;
      return `${candles}.openTime.at(-1 - ${today}) % 86400000 === 0 ? ${today} > 0 && ${isNew} : NaN`;
    },
  };
}

/** A figure of the exchange's ticker. */
export function day(key: string, title: string, says: string, format: ColumnFormat, code: string): ScreenColumn {
  return {
    key,
    title,
    says,
    format,
    group: "24 hours",
    first: "highest",
    from: "ticker",
    hasBefore: false,
    code: () => code,
  };
}

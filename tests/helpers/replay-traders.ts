import { ATR, BollingerBands, EMA, ROC, RSI, SMA } from "trading-signals";
import { type Interval, type Kline, nextOpenTime, openTimeOf, type Symbol, type UnixMs } from "../../src/core/mod.ts";
import type { NewTrader } from "../../src/wire/mod.ts";
import { rolledUp } from "./truth.ts";

/** The klines that a filter sees, as docs/filters.md promises. */
const WINDOW = 250;

/** A filter, and the same thought again without any of the project's code. */
interface Pair {
  readonly name: string;
  readonly timeframes: readonly Interval[];
  readonly trigger: Interval;
  readonly code: string;
  matches(klines: (interval: Interval) => readonly Kline[]): boolean;
}

const last = (values: readonly (number | null | undefined)[], back = 1): number => values.at(-back) ?? Number.NaN;
const closes = (klines: readonly Kline[]): number[] => klines.map(({ close }) => close);

/** What a streaming indicator says after each value. */
function streamed<T>(
  indicator: { update(value: T, replace: false): unknown; getResult(): number | null },
  values: readonly T[],
): (number | null)[] {
  return values.map((value) => {
    indicator.update(value, false);
    try {
      return indicator.getResult();
    } catch {
      return null;
    }
  });
}

const PAIRS: readonly Pair[] = [
  {
    name: "three rising minutes",
    timeframes: ["1m"],
    trigger: "1m",
    code: `const close = candles("1m").close;
return close.at(-1) > close.at(-2) && close.at(-2) > close.at(-3) && close.at(-3) > close.at(-4);`,
    matches: (klines) => {
      const [a = 0, b = 0, c = 0, d = 0] = closes(klines("1m")).slice(-4);
      return d > c && c > b && b > a;
    },
  },
  {
    name: "oversold",
    timeframes: ["1m"],
    trigger: "1m",
    code: `return rsi(candles("1m").close, 14).at(-1) < 35;`,
    matches: (klines) => last(streamed(new RSI(14), closes(klines("1m")))) < 35,
  },
  {
    name: "averages cross",
    timeframes: ["1m"],
    trigger: "1m",
    code: `const fast = sma(candles("1m").close, 7), slow = sma(candles("1m").close, 23);
return fast.at(-1) > slow.at(-1) && fast.at(-2) <= slow.at(-2);`,
    matches: (klines) => {
      const [fast, slow] = [7, 23].map((length) => streamed(new SMA(length), closes(klines("1m")))) as [
        number[],
        number[],
      ];
      return last(fast) > last(slow) && last(fast, 2) <= last(slow, 2);
    },
  },
  {
    name: "under the band",
    timeframes: ["1m"],
    trigger: "1m",
    code: `const close = candles("1m").close;
return { match: close.at(-1) < bollinger(close, 20, 2).lower.at(-1), facts: { close: close.at(-1) } };`,
    matches: (klines) => {
      const bands = new BollingerBands(20, 2);
      for (const close of closes(klines("1m"))) bands.update(close, false);
      return last(closes(klines("1m"))) < (bands.getResult()?.lower ?? Number.NaN);
    },
  },
  {
    name: "busy",
    timeframes: ["1m"],
    trigger: "1m",
    code: `const volume = candles("1m").volume;
let sum = 0;
for (let back = 2; back <= 31; back += 1) sum += volume.at(-back);
return volume.at(-1) > (sum / 30) * 3;`,
    matches: (klines) => {
      const volumes = klines("1m").map(({ volume }) => volume);
      const before = volumes.slice(-31, -1).reverse();
      return last(volumes) > (before.reduce((sum, volume) => sum + volume, 0) / 30) * 3;
    },
  },
  {
    name: "wide candle",
    timeframes: ["1m"],
    trigger: "1m",
    code: `const minutes = candles("1m");
return minutes.high.at(-1) - minutes.low.at(-1) > 2 * atr(minutes, 14).at(-2);`,
    matches: (klines) => {
      const minutes = klines("1m");
      const ranges = streamed(new ATR(14), minutes);
      const { high, low } = minutes.at(-1) as Kline;
      return high - low > 2 * last(ranges, 2);
    },
  },
  {
    name: "above the five minutes' average",
    timeframes: ["1m", "5m"],
    trigger: "1m",
    code: `const close = candles("1m").close;
const average = ema(candles("5m").close, 20).at(-1);
return close.at(-1) > average * 1.0005 && close.at(-2) <= average * 1.0005;`,
    matches: (klines) => {
      const average = last(streamed(new EMA(20), closes(klines("5m")))) * 1.0005;
      return last(closes(klines("1m"))) > average && last(closes(klines("1m")), 2) <= average;
    },
  },
  {
    name: "new high of the five minutes",
    timeframes: ["5m"],
    trigger: "5m",
    code: `const five = candles("5m");
let top = 0;
for (let back = 2; back <= 13; back += 1) if (five.high.at(-back) > top) top = five.high.at(-back);
return five.close.at(-1) > top;`,
    matches: (klines) => {
      const five = klines("5m");
      return last(closes(five)) > Math.max(...five.slice(-13, -1).map(({ high }) => high));
    },
  },
  {
    name: "quick",
    timeframes: ["1m", "5m", "15m"],
    trigger: "1m",
    code: `return roc(candles("1m").close, 10).at(-1) > 0.6 && candles("15m").close.at(-1) > candles("15m").open.at(-1) && candles("5m").trades.at(-1) > 10;`,
    matches: (klines) => {
      const quarter = klines("15m").at(-1) as Kline;
      const change = last(streamed(new ROC(10), closes(klines("1m")))) * 100;
      return change > 0.6 && quarter.close > quarter.open && (klines("5m").at(-1)?.trades ?? 0) > 10;
    },
  },
  {
    name: "turning quarter",
    timeframes: ["15m", "1m"],
    trigger: "15m",
    code: `const quarters = timeframes["15m"];
const before = quarters[quarters.length - 2], now = quarters[quarters.length - 1];
return before.close < before.open && now.close > now.open && now.closeTime === closeTime;`,
    matches: (klines) => {
      const [before, now] = klines("15m").slice(-2) as [Kline, Kline];
      return before.close < before.open && now.close > now.open;
    },
  },
];

/** The cooldowns that each filter comes with. */
const COOLDOWNS = [0, 6];

/** Twenty traders: each filter with and without a cooldown. */
export const REPLAY_TRADERS: readonly NewTrader[] = PAIRS.flatMap((pair) =>
  COOLDOWNS.map((cooldownCandles) => ({
    name: `${pair.name}, cooldown ${cooldownCandles}`,
    description: "",
    enabled: true,
    code: pair.code,
    timeframes: pair.timeframes,
    triggerInterval: pair.trigger,
    symbols: null,
    cooldownCandles,
  })),
);

/** The intervals that the traders read. */
export const REPLAY_INTERVALS: readonly Interval[] = ["1m", "5m", "15m"];

/** A signal, as text that can be compared. */
export function signalText(trader: string, symbol: string, closeTime: number, price: number): string {
  return `${new Date(closeTime).toISOString()} ${symbol} ${trader} ${price}`;
}

/** All signals of the closes after `from` up to `to`, by plain loops over the recording, cooldowns included; sorted. */
export function expectedSignals(minutes: ReadonlyMap<Symbol, readonly Kline[]>, from: UnixMs, to: UnixMs): string[] {
  const found: string[] = [];
  for (const [symbol, all] of minutes) {
    const series = new Map(
      REPLAY_INTERVALS.map((interval) => [interval, rolledUp(interval, all, Number.MAX_SAFE_INTEGER)]),
    );
    for (const pair of PAIRS) {
      const matches = matchTimes(pair, series, from, to);
      for (const cooldown of COOLDOWNS) {
        let quietUntil = Number.NEGATIVE_INFINITY;
        for (const { closeTime, close } of matches) {
          const openTime = openTimeOf(pair.trigger, closeTime);
          if (openTime < quietUntil) continue;
          found.push(signalText(`${pair.name}, cooldown ${cooldown}`, symbol, closeTime, close));
          quietUntil = openTime;
          for (let candle = 0; candle <= cooldown; candle += 1) quietUntil = nextOpenTime(pair.trigger, quietUntil);
        }
      }
    }
  }
  return found.sort();
}

function matchTimes(pair: Pair, series: ReadonlyMap<Interval, readonly Kline[]>, from: number, to: number): Kline[] {
  const triggers = (series.get(pair.trigger) ?? []).filter(({ closeTime }) => closeTime > from && closeTime <= to);
  return triggers.filter(({ closeTime }) =>
    pair.matches((interval) => {
      const klines = series.get(interval) ?? [];
      let end = klines.length;
      while (end > 0 && (klines[end - 1] as Kline).closeTime > closeTime) end -= 1;
      return klines.slice(Math.max(0, end - WINDOW), end);
    }),
  );
}

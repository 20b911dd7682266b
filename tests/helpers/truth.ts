import {
  closeTimeOf,
  emptyKline,
  type Interval,
  type Kline,
  openTimeOf,
  seededRandom,
  type UnixMs,
} from "../../src/core/mod.ts";

/**
 * A made-up market of closed minutes, with amounts of 8 decimals, small enough that a double tells a day's sum to the last
 * of them (see DecimalSum); minutes for which `absent` is true don't exist.
 */
export function minuteKlines(from: number, count: number, seed: number, absent: (index: number) => boolean): Kline[] {
  const random = seededRandom(seed);
  const amount = (most: number): number => Number((random() * most).toFixed(8));
  const klines: Kline[] = [];
  let price = 100;
  for (let index = 0; index < count; index += 1) {
    const open = price;
    price = Number((price * (1 + (random() - 0.5) / 50)).toFixed(2));
    const [high, low] = [Math.max(open, price) + 1, Math.min(open, price) - 1];
    const [volume, quoteVolume] = [amount(1_000), amount(3e4)];
    const openTime = (from + index * 60_000) as UnixMs;
    if (absent(index)) continue;
    klines.push({
      ...emptyKline(),
      openTime,
      closeTime: closeTimeOf("1m", openTime),
      open,
      high,
      low,
      close: price,
      volume,
      quoteVolume,
      trades: Math.floor(random() * 500),
      takerBuyVolume: volume / 2,
      takerBuyQuoteVolume: quoteVolume / 2,
      closed: true,
    });
  }
  for (const kline of klines) {
    kline.takerBuyVolume = Number(kline.takerBuyVolume.toFixed(8));
    kline.takerBuyQuoteVolume = Number(kline.takerBuyQuoteVolume.toFixed(8));
  }
  return klines;
}

/**
 * Longer candles from minutes in one plain pass, sums exact in units of 1e-8. The last one is closed when `now` lies
 * behind its close. A closed one ends with its last minute. Shares nothing with the store's roll-up but the calendar.
 */
export function rolledUp(interval: Interval, minutes: readonly Kline[], now: number): Kline[] {
  const groups = new Map<number, Kline[]>();
  for (const minute of minutes) {
    const openTime = openTimeOf(interval, minute.openTime);
    const group = groups.get(openTime) ?? [];
    group.push(minute);
    groups.set(openTime, group);
  }
  return [...groups].map(([openTime, group]) => {
    const first = group[0] as Kline;
    const last = group.at(-1) as Kline;
    const sum = (column: "volume" | "quoteVolume" | "takerBuyVolume" | "takerBuyQuoteVolume"): number =>
      exactSum(group.map((kline) => kline[column]));
    const end = closeTimeOf(interval, openTime);
    const isOver = end < now && last.closed;
    return {
      openTime: openTime as UnixMs,
      closeTime: isOver ? last.closeTime : end,
      open: first.open,
      high: Math.max(...group.map((kline) => kline.high)),
      low: Math.min(...group.map((kline) => kline.low)),
      close: last.close,
      volume: sum("volume"),
      quoteVolume: sum("quoteVolume"),
      trades: group.reduce((total, kline) => total + kline.trades, 0),
      takerBuyVolume: sum("takerBuyVolume"),
      takerBuyQuoteVolume: sum("takerBuyQuoteVolume"),
      closed: isOver,
    };
  });
}

/** The sum of amounts with eight decimals. Whole parts and decimals are each added as whole numbers, far below 2^53. */
export function exactSum(amounts: readonly number[]): number {
  let wholes = 0;
  let units = 0;
  for (const amount of amounts) {
    const text = amount.toFixed(8);
    wholes += Number(text.slice(0, -9));
    units += Number(text.slice(-8));
  }
  const total = BigInt(wholes) * 100_000_000n + BigInt(units);
  return Number(`${total / 100_000_000n}.${String(total % 100_000_000n).padStart(8, "0")}`);
}

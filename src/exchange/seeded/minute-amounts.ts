import { assert } from "../../core/mod.ts";
import { spread, tilted } from "./spread.ts";

/** How often volumes are moved towards where the prices are that an hour's average asks for. */
const MOST_TRIES = 30;

/** The prices of a minute, in ticks. */
interface MinutePrices {
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** An hour's amounts in whole units, and what a tick times a unit of volume is in units of quote. */
interface HourAmounts {
  readonly volume: number;
  readonly quoteVolume: number;
  readonly takerBuyVolume: number;
  readonly takerBuyQuoteVolume: number;
  readonly quotePerTick: number;
}

/** What each minute has of the hour's amounts, in whole units. */
interface MinuteAmounts {
  readonly volume: readonly number[];
  readonly quoteVolume: readonly number[];
  readonly takerBuyVolume: readonly number[];
  readonly takerBuyQuoteVolume: readonly number[];
}

/**
 * Cuts an hour's amounts up into minutes that add up to it exactly, and whose average price lies within their high and low: volume is where
 * the price was for the hour to have its average. `weights`: how large the minutes are besides.
 */
export function minuteAmounts(
  hour: HourAmounts,
  minutes: readonly MinutePrices[],
  weights: readonly number[],
): MinuteAmounts {
  const { quotePerTick } = hour;
  const mean = hour.quoteVolume / quotePerTick / hour.volume;
  const middles = minutes.map(({ open, close }) => (open + close) / 2);
  let [aim, points]: [number, readonly number[]] = [mean, middles];
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const shares = tilted(weights, points, aim);
    const volume = cut(hour.volume, shares, 1);
    const [low, high] = boundsOf(volume, minutes, quotePerTick);
    const wanted = volume.map((one, at) => one * (middles[at] as number) * quotePerTick);
    const quoteVolume = spread(hour.quoteVolume, wanted, low, high);
    const takers = quoteVolume === undefined ? undefined : takersOf(hour, minutes, volume, quoteVolume);
    if (quoteVolume !== undefined && takers !== undefined) return { volume, quoteVolume, ...takers };
    // The average is beyond the middles of the minutes: it is made where their highs or lows reach it.
    const isMore = hour.quoteVolume > wanted.reduce((sum, one) => sum + one, 0);
    points = minutes.map(({ high, low }) => (isMore ? high : low));
    const span = Math.max(1, ...minutes.map(({ high, low }) => high - low));
    aim += (isMore ? span : -span) * (tries + 1) * 0.1;
  }
  assert(false, "an hour's average price lies within what its minutes reach");
}

/** Takers bought at the minute's average price, but for what makes the hour's sum right. */
function takersOf(
  hour: HourAmounts,
  minutes: readonly MinutePrices[],
  volume: readonly number[],
  quoteVolume: readonly number[],
): Pick<MinuteAmounts, "takerBuyVolume" | "takerBuyQuoteVolume"> | undefined {
  const takerBuyVolume = cut(hour.takerBuyVolume, volume, 0);
  const [low, high] = boundsOf(takerBuyVolume, minutes, hour.quotePerTick);
  const most = high.map((one, at) => Math.min(one, quoteVolume[at] as number));
  const wanted = takerBuyVolume.map((one, at) => (one * (quoteVolume[at] as number)) / (volume[at] as number));
  const takerBuyQuoteVolume = spread(hour.takerBuyQuoteVolume, wanted, low, most);
  return takerBuyQuoteVolume === undefined ? undefined : { takerBuyVolume, takerBuyQuoteVolume };
}

/** What a minute's volume is worth at its low and at its high; a unit of quote may be more than a tick of the volume. */
function boundsOf(
  volume: readonly number[],
  minutes: readonly MinutePrices[],
  quotePerTick: number,
): readonly [low: number[], high: number[]] {
  const low = minutes.map((minute, at) => Math.floor((volume[at] as number) * minute.low * quotePerTick));
  const high = minutes.map((minute, at) => Math.ceil((volume[at] as number) * minute.high * quotePerTick));
  return [low, high];
}

/** Whole numbers in proportion to the weights, which add up to `total`; none below `least`. */
function cut(total: number, weights: readonly number[], least: number): number[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const free = total - least * weights.length;
  let [running, before] = [0, 0];
  return weights.map((weight, at) => {
    running += weight;
    const until = at === weights.length - 1 ? free : Math.min(free, Math.floor(free * (running / all)));
    const own = until - before;
    before = until;
    return least + own;
  });
}

import type { WireKline } from "../../wire/mod.ts";

/**
 * Puts one state of one kline in its place, without changing the array. A closed kline isn't opened again, and an open
 * state with less volume is an older one: answers and messages may overtake each other. Not all markets count trades.
 */
export function withKline(klines: readonly WireKline[], kline: WireKline): readonly WireKline[] {
  const at = placeOf(klines, kline.openTime);
  const present = klines[at];
  if (present?.openTime !== kline.openTime) return klines.toSpliced(at, 0, kline);
  if (!kline.closed && (present.closed || kline.volume < present.volume)) return klines;
  return klines.with(at, kline);
}

/** What was told of a stretch is right: it replaces what is there from its first kline on. */
export function joined(klines: readonly WireKline[], told: readonly WireKline[]): readonly WireKline[] {
  const first = told[0];
  return first === undefined ? klines : [...klines.slice(0, placeOf(klines, first.openTime)), ...told];
}

/** The place of the first kline that doesn't open before `openTime`. Searched from the end, where the news are. */
function placeOf(klines: readonly WireKline[], openTime: number): number {
  return klines.findLastIndex((kline) => kline.openTime < openTime) + 1;
}

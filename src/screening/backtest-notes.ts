import { countOf, type UnixMs } from "../core/mod.ts";
import { type BacktestTotals, DAY_MS, type TopUniverse } from "../strategy/mod.ts";

/** The days that a universe was ranked on. */
export interface RankedDays {
  readonly universe: TopUniverse;
  /** The first day of the range, counted from 1970. */
  readonly firstDay: number;
  /** For each symbol the days on which it belongs to the universe: 1 where it does. */
  readonly members: readonly Uint8Array[];
  /** Days of the range. */
  readonly days: number;
  /** The open time of the first kline that is known of any symbol. */
  readonly oldest: UnixMs;
}

/** Says where the top symbols of a day aren't known, or from less volume than was asked for. */
export function rankNotes({ universe, firstDay, members, days, oldest }: RankedDays): readonly string[] {
  const { top } = universe;
  const before = universe.days === 1 ? "the day before" : `the ${universe.days} days before`;
  const all = Array.from({ length: days }, (_, day) => day);
  const unknown = all.filter((day) => members.every((one) => one[day] !== 1));
  const isShort = (day: number): boolean => (firstDay + day - universe.days) * DAY_MS < oldest;
  const short = all.filter((day) => isShort(day) && !unknown.includes(day));
  const span = (some: readonly number[]): string => {
    const [first, last] = [some[0] ?? 0, some.at(-1) ?? 0].map((day) => dayText(firstDay + day));
    return `${some.length} of ${countOf(days, "day")} (${first === last ? first : `${first} to ${last}`})`;
  };
  return [
    ...(unknown.length === 0
      ? []
      : [
          `no symbol was looked at on ${span(unknown)}: the top ${top} aren't known, because the candles of ${before} aren't here`,
        ]),
    ...(short.length === 0
      ? []
      : [
          `on ${span(short)} the top ${top} are ranked by less volume than that of ${before}: the history here begins ${timeText(oldest)}`,
        ]),
  ];
}

/** Says why the filter couldn't be asked, how often and from when: a sentence for each reason, the most frequent first. `oldest`: where the history begins. */
export function skipNotes({ skipped, missing }: Pick<BacktestTotals, "skipped" | "missing">, oldest: UnixMs): string[] {
  const when = missing === undefined ? "" : `, from ${timeText(missing.from + 1)} to ${timeText(missing.to + 1)}`;
  const reasons = [
    [skipped.candles, `a candle was missing or uncertain${when}`],
    [skipped.older, `the history here, which begins ${timeText(oldest)}, lacks older klines that a live run saw`],
    [skipped.ticker, "the ticker of the close couldn't be computed"],
    [skipped.young, "the symbol was too young for an indicator"],
  ] as const;
  return reasons
    .filter(([count]) => count > 0)
    .sort(([one], [other]) => other - one)
    .map(([count, why]) => `skipped ${countOf(count, "time")} because ${why}`);
}

function timeText(moment: number): string {
  return new Date(moment).toISOString();
}

function dayText(day: number): string {
  return timeText(day * DAY_MS).slice(0, 10);
}

import { differingColumns, type Kline, type UnixMs } from "../core/mod.ts";
import type { RedisSeries, SeriesName } from "./redis/mod.ts";

/** What can be otherwise in Redis than on the server, each in words. */
export const DIFFERENCE_KINDS = {
  missing: "closed on the server, missing in Redis",
  extra: "closed in Redis, missing on the server",
  altered: "closed on both sides with different figures",
  stale: "an outdated state in Redis, instead of the closed candle or in addition to it",
  garbage: "a member in Redis that isn't a candle of its series, or a key that isn't a sorted set",
  shorter: "one side has less history than the other, and less than requested",
  uncertain: "the series is uncertain on the server",
  missing_series: "a series that the server has and Redis doesn't",
  extra_series: "a series that Redis has and the server doesn't",
} as const;

/** One of {@link DIFFERENCE_KINDS}. */
export type DifferenceKind = keyof typeof DIFFERENCE_KINDS;

/** One thing that is otherwise on the two sides. */
export interface Difference extends SeriesName {
  readonly kind: DifferenceKind;
  /** Of the candle; null where it is the series as a whole. */
  readonly openTime: number | null;
  /** What was found on each side, short. */
  readonly detail: string;
}

/** A series of closed candles as the server has it. */
export interface ServerSeries {
  /** Oldest first, all of them closed. */
  readonly klines: readonly Kline[];
  readonly settled: boolean;
}

/** What the comparison of a series came to. */
export interface SeriesComparison {
  readonly differences: readonly Difference[];
  /** The open times of the closed candles that were compared: how many, and the newest. */
  readonly candles: number;
  readonly newest: UnixMs | undefined;
}

/**
 * Compares a series field by field, from the first candle that both sides reach back to up to the newest of either. The
 * newest may be on its way: who asks looks again before believing a difference.
 */
export function compareSeries(redis: RedisSeries, server: ServerSeries, limit: number): SeriesComparison {
  const name = { symbol: redis.symbol, interval: redis.interval };
  const from = Math.max(redis.candles[0]?.kline.openTime ?? 0, server.klines[0]?.openTime ?? 0);
  const theirs = new Map(redis.candles.map((candle) => [candle.kline.openTime, candle]));
  const ours = new Map(server.klines.map((kline) => [kline.openTime, kline]));
  const differences: Difference[] = [];
  const add = (kind: DifferenceKind, openTime: number | null, detail: string): void => {
    differences.push({ ...name, kind, openTime, detail });
  };
  let [candles, newest] = [0, undefined as UnixMs | undefined];
  if (redis.isWrongType) {
    add("garbage", null, "wrong_type: the key is not a sorted set");
    return { differences, candles, newest };
  }
  for (const openTime of [...new Set([...theirs.keys(), ...ours.keys()])].sort((a, b) => a - b)) {
    if (openTime < from) continue;
    const [candle, kline] = [theirs.get(openTime), ours.get(openTime)];
    const isClosed = candle?.kline.closed === true || kline !== undefined;
    if (!isClosed) continue;
    candles += 1;
    newest = openTime;
    if (kline === undefined) add("extra", openTime, "closed in Redis");
    else if (candle === undefined) add("missing", openTime, "closed on the server");
    else if (!candle.kline.closed)
      add("stale", openTime, `open in Redis, with a volume of ${candle.kline.volume} of ${kline.volume}`);
    else {
      const detail = otherFigures(candle.kline, kline);
      if (detail !== "") add("altered", openTime, detail);
    }
  }
  for (const { kline } of redis.doubled) {
    if (kline.openTime < from) continue;
    // Of a candle that isn't closed yet, the collector may be about to take the older state away.
    if (ours.has(kline.openTime))
      add("stale", kline.openTime, `a state with a volume of ${kline.volume} is stored in addition to the candle`);
  }
  for (const { score, fault, detail } of redis.bad) add("garbage", score, `${fault}: ${detail}`);
  const shorter = shorterSide(redis, server, limit);
  if (shorter !== undefined) add("shorter", null, shorter);
  if (!server.settled) add("uncertain", null, "its answer is not settled");
  return { differences, candles, newest };
}

/** Tells differences apart: the same one is found again by the same text. What is true of a whole series moves on with it. */
export function differenceId({ kind, symbol, interval, openTime, detail }: Difference): string {
  return [kind, symbol, interval, openTime, openTime === null ? "" : detail].join(" ");
}

/** Which side has fewer candles than was asked for, while the other has older ones, in words. */
function shorterSide({ candles, cut }: RedisSeries, { klines }: ServerSeries, limit: number): string | undefined {
  const [theirs, ours] = [candles[0]?.kline.openTime, klines[0]?.openTime];
  if (theirs === undefined || ours === undefined) return undefined;
  const begins = `Redis begins at ${new Date(theirs).toISOString()}, the server at ${new Date(ours).toISOString()}`;
  if (theirs < ours && klines.length < limit) return begins;
  return ours < theirs && !cut && candles.length < limit ? begins : undefined;
}

/** The columns that aren't the same, with both figures; empty when all are. A figure that Redis doesn't have differs from none. */
function otherFigures(theirs: Kline, ours: Kline): string {
  return differingColumns(theirs, ours)
    .filter((column) => !Number.isNaN(theirs[column]))
    .map((column) => `${column} ${theirs[column]} in Redis, ${figureText(ours[column])} on the server`)
    .join("; ");
}

function figureText(figure: number): string {
  return Number.isNaN(figure) ? "unknown" : String(figure);
}

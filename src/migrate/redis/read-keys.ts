import { closeTimeOf, type Interval, isOpenTime, openTimeOf, type UnixMs } from "../../core/mod.ts";
import { all, type RedisCommands, textsOf } from "./commands.ts";
import { lastClosedKey, type SeriesName, seriesOfKey } from "./keys.ts";
import { RedisError } from "./redis-error.ts";

/** Keys that one SCAN looks at. */
const KEYS_A_SCAN = 1_000;

/** The most keys that are looked at: 2,000 symbols × 16 intervals × 3 kinds. Past it, reading stops with an error. */
const MAX_KEYS = 100_000;

/** Keys in one MGET. */
const KEYS_AN_MGET = 1_000;

/** The series that Redis has keys of. */
export interface RedisKeys {
  /** With a sorted set of candles, sorted by name. */
  readonly klines: readonly SeriesName[];
  /** With a moment of the last close. */
  readonly lastClosed: readonly SeriesName[];
  /** Keys of other kinds. */
  readonly others: number;
}

/** Looks through all keys. Rejects with RedisError. */
export async function readKeys(redis: RedisCommands): Promise<RedisKeys> {
  const found = { klines: new Map<string, SeriesName>(), lastClosed: new Map<string, SeriesName>() };
  const others = new Set<string>();
  let cursor = "0";
  do {
    const [answer] = await all(redis, [["SCAN", cursor, "COUNT", KEYS_A_SCAN]]);
    if (!Array.isArray(answer)) throw new RedisError("redis_refused", "SCAN: the answer is not a list");
    cursor = String(answer[0]);
    // A key may be told more than once.
    for (const key of textsOf(answer[1])) {
      const series = key === null ? undefined : seriesOfKey(key);
      if (series === undefined) others.add(key ?? "");
      else found[series.kind].set(key ?? "", { symbol: series.symbol, interval: series.interval });
    }
    if (others.size + found.klines.size + found.lastClosed.size > MAX_KEYS) {
      throw new RedisError("redis_refused", `there are more than ${MAX_KEYS} keys: is this the right database?`);
    }
  } while (cursor !== "0");
  return { klines: sorted(found.klines), lastClosed: sorted(found.lastClosed), others: others.size };
}

/** The close time of the last candle that closed, by series; those without a moment that can be one are left out. */
export async function readLastCloses(
  redis: RedisCommands,
  names: readonly SeriesName[],
): Promise<{ readonly name: SeriesName; readonly closeTime: UnixMs }[]> {
  const closes: { name: SeriesName; closeTime: UnixMs }[] = [];
  for (let first = 0; first < names.length; first += KEYS_AN_MGET) {
    const some = names.slice(first, first + KEYS_AN_MGET);
    const [answer] = await all(redis, [["MGET", ...some.map(lastClosedKey)]]);
    for (const [index, text] of textsOf(answer).entries()) {
      const name = some[index];
      const closeTime = name === undefined ? undefined : closeTimeIn(text, name.interval);
      if (name !== undefined && closeTime !== undefined) closes.push({ name, closeTime });
    }
  }
  return closes;
}

/** Collectors have written either the open time or the close time; which of the two it is shows. */
function closeTimeIn(text: string | null, interval: Interval): UnixMs | undefined {
  const moment = text !== null && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (isOpenTime(interval, moment)) return closeTimeOf(interval, moment);
  return closeTimeOf(interval, openTimeOf(interval, moment)) === moment ? (moment as UnixMs) : undefined;
}

function sorted(series: ReadonlyMap<string, SeriesName>): SeriesName[] {
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
}

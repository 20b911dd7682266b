import { nextOpenTime, type UnixMs } from "../../core/mod.ts";
import { type RedisCommand, type RedisCommands, textsOf } from "./commands.ts";
import { klinesKey, type SeriesName } from "./keys.ts";
import { type MemberFault, newestState, type RedisCandle, readMember } from "./member.ts";
import { RedisError } from "./redis-error.ts";

/** Beside what was asked for, so that a few members that are no candle don't leave too little. */
const SPARE_MEMBERS = 16;

/** Which candles are wanted: the newest of those that open at or before a moment. */
export interface SeriesQuery {
  readonly limit: number;
  readonly until?: UnixMs | undefined;
  /** No candle is believed that opens, or is called final, after this moment. */
  readonly marketTime?: UnixMs | undefined;
}

/** A member that isn't a candle. */
export interface BadMember {
  readonly score: number;
  readonly fault: MemberFault;
  readonly detail: string;
}

/** What a sorted set holds, in candles. */
export interface RedisSeries extends SeriesName {
  /** Oldest first, one for each open time. */
  readonly candles: readonly RedisCandle[];
  readonly bad: readonly BadMember[];
  /** Members that lie beside a newer state of their candle. */
  readonly doubled: readonly RedisCandle[];
  /** Whether older members were left unread. */
  readonly cut: boolean;
  /** The key isn't a sorted set, so there are no candles. */
  readonly isWrongType: boolean;
}

/** Reads series in one go. A member that can't be read is told, and stops nothing. Rejects with RedisError. */
export async function readSeries(
  redis: RedisCommands,
  names: readonly SeriesName[],
  query: SeriesQuery,
): Promise<RedisSeries[]> {
  const most = query.limit + SPARE_MEMBERS;
  const answers = await redis.each(names.map((name) => rangeCommand(name, query, most)));
  return names.map((name, index) => {
    const answer = answers[index];
    if (answer instanceof RedisError) return { ...seriesOf(name, [], query), isWrongType: true };
    const members = scored(answer);
    const series = seriesOf(name, members, query);
    return { ...series, cut: series.cut || members.length === most };
  });
}

/** The newest members first, each with its score. */
function rangeCommand(name: SeriesName, { until }: SeriesQuery, most: number): RedisCommand {
  const range = [until === undefined ? "+inf" : until, "-inf", "BYSCORE", "REV", "LIMIT", 0, most];
  return ["ZRANGE", klinesKey(name), ...range, "WITHSCORES"];
}

function seriesOf(name: SeriesName, members: readonly Scored[], { limit, marketTime }: SeriesQuery): RedisSeries {
  const bad: BadMember[] = [];
  const states = new Map<number, RedisCandle[]>();
  for (const { text, score } of members) {
    const reading = readMember(text, name, score, marketTime);
    if ("fault" in reading) bad.push({ score, fault: reading.fault, detail: reading.detail });
    else states.set(score, [...(states.get(score) ?? []), reading.candle]);
  }
  const candles: RedisCandle[] = [];
  const doubled: RedisCandle[] = [];
  for (const states_ of [...states.values()].reverse()) {
    const newest = newestState(states_);
    if (newest !== undefined) candles.push(newest);
    doubled.push(...states_.filter((one) => one !== newest));
  }
  return { ...name, candles: candles.slice(-limit), bad, doubled, cut: candles.length > limit, isWrongType: false };
}

interface Scored {
  readonly text: string;
  readonly score: number;
}

function scored(answer: unknown): Scored[] {
  const pairs = pairsOf(answer);
  return pairs.map(([text, score]) => ({ text, score: Number(score) }));
}

/** RESP2 and Upstash tell members and scores in one flat list, RESP3 in pairs. */
function pairsOf(answer: unknown): [string, unknown][] {
  if (!Array.isArray(answer)) throw new RedisError("redis_refused", "ZRANGE: the answer is not a list");
  if (Array.isArray(answer[0])) return answer as [string, unknown][];
  const texts = textsOf(answer.map((one) => (typeof one === "number" ? String(one) : one)));
  const pairs: [string, unknown][] = [];
  for (let at = 0; at + 1 < texts.length; at += 2) pairs.push([texts[at] ?? "", texts[at + 1]]);
  return pairs;
}

/** Whether the candles follow one another without a hole. */
export function isWhole({ candles, interval }: Pick<RedisSeries, "candles" | "interval">): boolean {
  return candles.every(({ kline: { openTime } }, index) => {
    const before = candles[index - 1];
    return before === undefined || nextOpenTime(interval, before.kline.openTime) === openTime;
  });
}

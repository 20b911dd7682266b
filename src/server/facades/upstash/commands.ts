import {
  type Clock,
  emptyKline,
  type Interval,
  isStorable,
  marketOf,
  type StopSignal,
  type Symbol,
  type SymbolInfo,
} from "../../../core/mod.ts";
import type { MarketReader, Series } from "../../../store/mod.ts";
import { writerOf } from "../binance/writer.ts";
import { type KlinesAsked, settledKlines } from "../settled-klines.ts";
import { klineMember, tickerText } from "./encode.ts";
import { CommandFault } from "./fault.ts";
import { globOf } from "./glob.ts";
import { type KeptTexts, MAX_TEXT_CHARACTERS } from "./kept-texts.ts";
import { readKey } from "./keys.ts";
import {
  type Positions,
  positionsOf,
  type RangeAsked,
  readRange,
  readScore,
  wholeNumber,
  wrongNumber,
} from "./sorted-set.ts";

/** Members that one command gives back at most, as many as the collector kept: making them takes a few milliseconds. */
export const MAX_MEMBERS = 1_000;

/** Keys that one SCAN looks at, unless it says how many, and at most. */
const SCANNED = 100;
const MAX_SCANNED = 1_000;

/** What a kept text may not have: each would be six characters in a file of JSON, and no moment has any. */
const UNPRINTABLE = /(?![\t\n\r])\p{Cc}/u;

/** The longest pattern, in characters: a thousand keys are compared with it in a few milliseconds. */
const MAX_PATTERN_CHARACTERS = 64;

/** What commands work with. */
export interface CommandContext {
  readonly markets: MarketReader;
  readonly clock: Pick<Clock, "now" | "sleep">;
  readonly kept: KeptTexts;
  /** Whose texts are read and written. */
  readonly owner: string;
  /** Takes the price of so many members before they are made. Throws where the caller's rate doesn't allow them. */
  readonly charge: (members: number) => void;
  /** The wait for repairs that the request has left, in milliseconds: all its commands share it. */
  readonly patience: { leftMs: number };
  /** The keys that SCAN looks at: read once for all commands of a request. */
  readonly allKeys: () => readonly string[];
  /** Makes so many members when it is their turn: long work of others goes between. */
  readonly inTurn: <Result>(members: number, work: () => Result) => Result | Promise<Result>;
  readonly signal: StopSignal;
  /** Whether no market data of a symbol has come for a while. */
  readonly isStale: (symbol: Symbol) => boolean;
}

type Run = (args: readonly string[], context: CommandContext) => unknown;

/** The commands that there are, by name. Results are as Redis gives them over RESP2. */
const COMMANDS: Readonly<Record<string, Run>> = {
  PING: ([text]) => text ?? "PONG",
  ECHO: ([text]) => text ?? fail(wrongNumber()),
  GET: ([key = fail(wrongNumber())], context) => textAt(key, context, true),
  MGET: (keys, context) => charged(keys, context).map((key) => textAt(key, context, false)),
  EXISTS: (keys, context) => charged(keys, context).filter((key) => typeOf(key, context) !== "none").length,
  TYPE: ([key = fail(wrongNumber())], context) => typeOf(key, context),
  TTL: ([key = fail(wrongNumber())], context) => (typeOf(key, context) === "none" ? -2 : -1),
  SCAN: scan,
  ZCARD: ([key = fail(wrongNumber())], context) => seriesAt(key, context)?.series.ring.length ?? 0,
  ZCOUNT: ([key = fail(wrongNumber()), min = fail(wrongNumber()), max = fail(wrongNumber())], context) => {
    const found = seriesAt(key, context);
    if (found === undefined) return 0;
    const { first, end } = positionsIn(found.series, readRange([min, max], { isByScore: true }));
    return end - first;
  },
  ZSCORE: ([key = fail(wrongNumber()), member = fail(wrongNumber())], context) => scoreOf(key, member, context),
  ZRANGE: ([key = fail(wrongNumber()), ...range], context) => members(key, readRange(range), context),
  ZREVRANGE: ([key = fail(wrongNumber()), ...range], context) =>
    members(key, readRange(range, { isReversed: true }), context),
  ZRANGEBYSCORE: ([key = fail(wrongNumber()), ...range], context) =>
    members(key, readRange(range, { isByScore: true }), context),
  ZREVRANGEBYSCORE: ([key = fail(wrongNumber()), ...range], context) =>
    members(key, readRange(range, { isByScore: true, isReversed: true }), context),
  SET: set,
  DEL: (keys, { kept, owner }) =>
    some(keys).filter((key) => {
      if (readKey(key)?.kind !== "lastProcessed") throw readOnly(`DEL ${key}`);
      return kept.delete(owner, key);
    }).length,
};

/** Commands that would change what the market says. */
const WRITES: ReadonlySet<string> = new Set([
  ...[
    "ZADD",
    "ZREM",
    "ZREMRANGEBYSCORE",
    "ZREMRANGEBYRANK",
    "ZINCRBY",
    "EXPIRE",
    "PEXPIRE",
    "PERSIST",
    "SETEX",
    "SETNX",
  ],
  ...[
    "MSET",
    "APPEND",
    "INCR",
    "INCRBY",
    "DECR",
    "DECRBY",
    "GETSET",
    "GETDEL",
    "UNLINK",
    "RENAME",
    "FLUSHDB",
    "FLUSHALL",
  ],
  ...["HSET", "HDEL", "LPUSH", "RPUSH", "SADD", "SREM", "XADD", "EVAL", "EVALSHA", "PUBLISH"],
]);

/** Runs a command. Rejects with {@link CommandFault}, or with what `charge` throws. */
export async function runCommand(command: readonly string[], context: CommandContext): Promise<unknown> {
  const [name = "", ...args] = command;
  const run = Object.hasOwn(COMMANDS, name.toUpperCase()) ? COMMANDS[name.toUpperCase()] : undefined;
  if (run !== undefined) return await run(args, context);
  if (WRITES.has(name.toUpperCase())) throw readOnly(name.toUpperCase());
  const known = Object.keys(COMMANDS).join(", ");
  throw new CommandFault(`ERR unknown command '${name.slice(0, 40)}': this server knows ${known}`);
}

function readOnly(what: string): CommandFault {
  return new CommandFault(
    `ERR ${what.slice(0, 100)}: nothing can be written here but lastProcessed:{symbol}:{interval}; the server keeps the klines itself`,
  );
}

function fail(fault: CommandFault): never {
  throw fault;
}

function some(keys: readonly string[]): readonly string[] {
  return keys.length > 0 ? keys : fail(wrongNumber());
}

/** The keys, each of which counts as a member. */
function charged(keys: readonly string[], { charge }: CommandContext): readonly string[] {
  charge(some(keys).length);
  return keys;
}

/** The series behind a key of klines. Throws WRONGTYPE for a key of a text. */
function seriesAt(
  key: string,
  context: CommandContext,
): { readonly series: Series; readonly info: SymbolInfo; readonly interval: Interval } | undefined {
  const read = readKey(key);
  if (read?.kind !== "klines") {
    if (typeOf(key, context) === "string") throw wrongType();
    return undefined;
  }
  const info = context.markets.info(read.symbol);
  const store = context.markets.of(marketOf(read.symbol));
  const series = store?.served.includes(read.interval) ? store.series(read.symbol, read.interval) : undefined;
  if (info === undefined || series === undefined || series.ring.length === 0) return undefined;
  return { series, info, interval: read.interval };
}

function wrongType(): CommandFault {
  return new CommandFault("WRONGTYPE Operation against a key holding the wrong kind of value");
}

function typeOf(key: string, context: CommandContext): "zset" | "string" | "none" {
  const read = readKey(key);
  if (read?.kind === "klines") return seriesAt(key, context) === undefined ? "none" : "zset";
  return textAt(key, context, false) === null ? "none" : "string";
}

/** The text behind a key; null where there is none. `isOnly`: a key of another kind is an error. */
function textAt(key: string, context: CommandContext, isOnly: boolean): string | null {
  const read = readKey(key);
  if (read === undefined) return null;
  if (read.kind === "lastProcessed") return context.kept.get(context.owner, key) ?? null;
  if (read.kind === "ticker") {
    const [info, ticker] = [context.markets.info(read.symbol), context.markets.ticker(read.symbol)];
    if (info === undefined || ticker === undefined) return null;
    if (context.isStale(read.symbol)) {
      throw new CommandFault(`TRYAGAIN no prices of ${read.symbol} arrive now: the last one is old`);
    }
    return tickerText(ticker, writerOf(info));
  }
  const found = seriesAt(`klines:${read.symbol}:${read.interval}`, context);
  if (found === undefined) return null;
  if (read.kind === "lastClosed") return lastClosed(found.series);
  return isOnly ? fail(wrongType()) : null;
}

/** The end of the newest closed kline; null before there is any. */
function lastClosed({ ring }: Series): string | null {
  for (let position = ring.length - 1; position >= 0; position -= 1) {
    if (ring.isClosedAt(position)) return String(ring.read(position, emptyKline()).closeTime);
  }
  return null;
}

function positionsIn({ ring }: Series, asked: RangeAsked): Positions {
  return positionsOf(asked, ring.length, (score) => ring.position(score));
}

/** Members of a set, once none of them is in doubt: a list of Redis can't say that one is. */
async function members(key: string, asked: RangeAsked, context: CommandContext): Promise<readonly string[]> {
  const found = seriesAt(key, context);
  if (found === undefined) return [];
  const { series, info, interval } = found;
  const { ring } = series;
  const writer = writerOf(info);
  for (let isCharged = false; ; isCharged = true) {
    const meant = positionsIn(series, asked);
    const count = meant.end - meant.first;
    if (count > MAX_MEMBERS) {
      throw new CommandFault(`ERR ${count} members are too many for one answer: expected ${MAX_MEMBERS} at most`);
    }
    if (!isCharged) context.charge(count);
    await waitUntilSettled(key, series, rangeOf(series, asked, meant), context);
    // In its turn the series may have moved on, or be in doubt again.
    const made = await context.inTurn(count, () => {
      const { first, end } = positionsIn(series, asked);
      const isSettled = series.select(rangeOf(series, asked, { first, end })).settled;
      if (!isSettled || end - first > MAX_MEMBERS) return undefined;
      const kline = emptyKline();
      const pairs: string[][] = [];
      for (let position = first; position < end; position += 1) {
        const member = klineMember(info, interval, ring.read(position, kline), writer);
        pairs.push(asked.hasScores ? [member, String(kline.openTime)] : [member]);
      }
      return (asked.isReversed ? pairs.reverse() : pairs).flat();
    });
    if (made !== undefined) return made;
    context.patience.leftMs -= 1;
  }
}

/** The open times that a range of members is about; up to the newest candle where it holds the newest member. */
function rangeOf({ ring }: Series, asked: RangeAsked, { first, end }: Positions): KlinesAsked {
  const limit = Math.max(1, end - first);
  if (asked.isByScore) {
    const [low, high] = asked.isReversed ? [asked.to, asked.from] : [asked.from, asked.to];
    const to = readScore(high).score;
    const from = Math.max(ring.openTimeAt(0), readScore(low).score);
    // What LIMIT leaves out is asked for too: it is as certain, or the answer waits a little more.
    if (asked.count === Infinity && asked.offset === 0) {
      return { limit: ring.capacity, startTime: from, endTime: to === Infinity ? undefined : Math.max(from, to) };
    }
  }
  const isNewest = end === ring.length;
  const startTime = ring.openTimeAt(Math.min(first, ring.length - 1));
  return { limit, startTime, endTime: isNewest ? undefined : ring.openTimeAt(Math.max(first, end - 1)) };
}

async function waitUntilSettled(
  key: string,
  series: Series,
  range: KlinesAsked,
  context: CommandContext,
): Promise<void> {
  const { clock, patience, signal } = context;
  const begun = clock.now();
  const outcome = await settledKlines(series, range, clock, signal, Math.max(0, patience.leftMs));
  patience.leftMs -= Math.max(0, clock.now() - begun);
  if (outcome !== "repairing" && (outcome !== "older" || patience.leftMs > 0)) return;
  throw new CommandFault(`TRYAGAIN klines of ${key} are being read from the exchange: try again in a second`);
}

/** The score of a member that is just so in the set; null for another. */
function scoreOf(key: string, member: string, context: CommandContext): string | null {
  const found = seriesAt(key, context);
  const openTime = Number(/^\{"t":(\d{1,15}),/.exec(member)?.[1]);
  if (found === undefined || Number.isNaN(openTime) || !found.series.has(openTime)) return null;
  const { series, info, interval } = found;
  const kline = series.ring.read(series.ring.position(openTime), emptyKline());
  return klineMember(info, interval, kline, writerOf(info)) === member ? String(openTime) : null;
}

/** The cursor is how many keys were passed; 0 when there are no more. Keys that come meanwhile may be missed, as with Redis. */
function scan(
  [cursor = fail(wrongNumber()), ...options]: readonly string[],
  context: CommandContext,
): unknown | Promise<unknown> {
  const from = wholeNumber(cursor);
  let [pattern, count, type] = ["*", SCANNED, ""];
  for (let at = 0; at < options.length; at += 2) {
    const [option, value = fail(wrongNumber())] = options.slice(at);
    if (option?.toUpperCase() === "MATCH") pattern = value;
    else if (option?.toUpperCase() === "COUNT") count = Math.min(MAX_SCANNED, Math.max(1, wholeNumber(value)));
    else if (option?.toUpperCase() === "TYPE") type = value.toLowerCase();
    else throw new CommandFault("ERR syntax error");
  }
  if (pattern.length > MAX_PATTERN_CHARACTERS) {
    throw new CommandFault(`ERR the pattern is too long: expected ${MAX_PATTERN_CHARACTERS} characters at most`);
  }
  const matches = globOf(pattern);
  context.charge(count);
  return context.inTurn(count, () => {
    const keys = context.allKeys();
    const found = keys.slice(from, from + count).filter((key) => {
      const isMeant = type === "" || type === (key.startsWith("klines:") ? "zset" : "string");
      return isMeant && matches(key);
    });
    return [from + count >= keys.length ? "0" : String(from + count), found];
  });
}

function set([key = "", text, ...options]: readonly string[], { kept, owner }: CommandContext): "OK" {
  if (text === undefined) throw wrongNumber();
  if (readKey(key)?.kind !== "lastProcessed") throw readOnly(`SET ${key}`);
  if (options.length > 0) {
    throw new CommandFault(`ERR SET ${key}: expected no options: it is kept until DEL`);
  }
  if (text.length > MAX_TEXT_CHARACTERS) {
    throw new CommandFault(`ERR the text has ${text.length} characters: expected ${MAX_TEXT_CHARACTERS} at most`);
  }
  if (!isStorable(text) || UNPRINTABLE.test(text)) {
    throw new CommandFault(
      "ERR the text has control characters or halves of surrogate pairs: expected a moment, or JSON",
    );
  }
  kept.set(owner, key, text);
  return "OK";
}

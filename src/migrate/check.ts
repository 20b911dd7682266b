import { type Clock, INTERVALS, type Interval, nextOpenTime, openTimeOf, type UnixMs, VyxError } from "../core/mod.ts";
import { all, type RedisCommands, readKeys, readLastCloses, type SeriesName } from "./redis/mod.ts";
import { readSeriesOfBoth, type SeriesSelection, type Sides } from "./sides.ts";

/** Clocks may differ by so much, in milliseconds. */
const MAX_CLOCK_DIFFERENCE_MS = 2_000;

/** What was looked at, and whether it is as it should be. */
export interface CheckFinding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  /** What would be right; empty where all is well. */
  readonly expected: string;
}

/** Names that are listed before the rest is counted. */
const NAMES_LISTED = 8;

/** What a check needs besides the sides. */
export interface CheckOptions extends SeriesSelection {
  readonly clock: Clock;
}

/**
 * Looks at both sides without changing anything: whether they can be reached, what versions they are, which series they
 * have, how far their markets and clocks are. A side that can't be reached ends it with that finding.
 */
export async function checkSides(sides: Sides, options: CheckOptions): Promise<CheckFinding[]> {
  const findings: CheckFinding[] = [];
  findings.push(...(await checkRedis(sides.redis, options.clock)));
  const server = await tried(() => serverFinding(sides));
  findings.push(...(server.found ?? [missed("server", server.why)]));
  if (findings.some(({ check, ok }) => !ok && (check === "redis" || check === "server"))) return findings;
  findings.push(...(await seriesFindings(sides, options)));
  return findings;
}

/** Looks at Redis alone, for the way back. */
export async function checkRedis(redis: RedisCommands, clock: Clock): Promise<CheckFinding[]> {
  const { found, why } = await tried(() => redisFinding(redis, clock));
  return found ?? [missed("redis", why)];
}

async function redisFinding(redis: RedisCommands, clock: Clock): Promise<CheckFinding[]> {
  await all(redis, [["PING"]]);
  const [info] = await all(redis, [["INFO"]]).catch(() => [""]);
  const version = /^redis_version:(\S+)/m.exec(String(info))?.[1] ?? "of an unknown version";
  const asked = clock.now();
  const [time] = await all(redis, [["TIME"]]).catch(() => [undefined]);
  const answered = clock.now();
  const { klines, lastClosed, others } = await readKeys(redis);
  const findings = [
    good("redis", `reached: Redis ${version}`),
    klines.length > 0
      ? good("keys", `${klines.length} series of candles, ${lastClosed.length} last closes, ${others} other keys`)
      : wrong("keys", `no key klines:SYMBOL:INTERVAL among ${others + lastClosed.length}`, "the collector's database"),
  ];
  if (Array.isArray(time)) {
    const theirs = Number(time[0]) * 1_000 + Number(time[1]) / 1_000;
    // What the way there and back took is nobody's fault.
    const off = Math.max(0, theirs - answered, asked - theirs);
    findings.push(clockFinding("redis clock", off));
  }
  return findings;
}

async function serverFinding({ server }: Sides): Promise<CheckFinding[]> {
  const [health, ready] = await Promise.all([server.health(), server.ready()]);
  const { version, source, status, coverage } = health;
  return [
    good(
      "server",
      `reached: Vyx ${version}, market ${source}, ${coverage.complete} of ${coverage.total} series complete`,
    ),
    ready.ready
      ? good("ready", `the server is ready, and its health is ${status}`)
      : wrong(
          "ready",
          ready.reasons.join("; "),
          "a server that is ready: wait for its warm-up, or see docs/runbook.md",
        ),
  ];
}

async function seriesFindings(sides: Sides, options: CheckOptions): Promise<CheckFinding[]> {
  const { both, redisOnly, serverOnly } = await readSeriesOfBoth(sides, options);
  const symbols = new Set(both.map(({ symbol }) => symbol));
  const intervals = INTERVALS.filter((interval) => both.some((name) => name.interval === interval));
  const findings = [
    both.length > 0
      ? good("series", `on both sides: ${both.length}, of ${symbols.size} symbols in ${intervals.join(", ")}`)
      : wrong("series", "no series is on both sides", "the same symbols and intervals"),
    redisOnly.length === 0
      ? good("readers", "the server has every series that Redis has")
      : wrong(
          "readers",
          `Redis has ${redisOnly.length} series that the server doesn't have: ${listed(redisOnly)}`,
          "a server with these in --symbols and --intervals, or --symbols and --intervals here, if nobody reads these series",
        ),
  ];
  if (serverOnly.length > 0) {
    findings.push(
      good("rollback", `Redis doesn't have ${serverOnly.length} series of the server: ${listed(serverOnly)}`),
    );
  }
  return [...findings, ...(await closeFindings(sides, both, intervals))];
}

/** How far the markets of both sides are: a candle of difference is one that is on its way. */
async function closeFindings(
  { redis, server }: Sides,
  both: readonly SeriesName[],
  intervals: readonly Interval[],
): Promise<CheckFinding[]> {
  const [theirs, ours] = await Promise.all([readLastCloses(redis, both), server.closes()]);
  const shortest = intervals[0];
  if (shortest === undefined) return [];
  const newest = theirs.filter(({ name }) => name.interval === shortest).map(({ closeTime }) => closeTime);
  const here = ours.intervals[shortest]?.closeTime;
  const there = newest.length === 0 ? undefined : (Math.max(...newest) as UnixMs);
  if (here === undefined || there === undefined) {
    const side = here === undefined ? "the server" : "Redis";
    return [wrong("market time", `${side} has no last close of ${shortest}`, "a market that moves on both sides")];
  }
  const candle = nextOpenTime(shortest, openTimeOf(shortest, here)) - openTimeOf(shortest, here);
  const off = here - there;
  const text = `last close of ${shortest}: ${at(there)} in Redis, ${at(here)} on the server`;
  if (Math.abs(off) <= candle) return [good("market time", text)];
  const late = off > 0 ? "a collector that keeps up" : "a server that keeps up";
  return [wrong("market time", text, late)];
}

function clockFinding(check: string, offMs: number): CheckFinding {
  const text = `${Math.round(offMs)} ms from this machine's`;
  return offMs <= MAX_CLOCK_DIFFERENCE_MS
    ? good(check, text)
    : wrong(check, text, `at most ${MAX_CLOCK_DIFFERENCE_MS} ms: set the clock by NTP`);
}

async function tried(look: () => Promise<CheckFinding[]>): Promise<{ found?: CheckFinding[]; why: string }> {
  try {
    return { found: await look(), why: "" };
  } catch (cause) {
    if (!(cause instanceof VyxError)) throw cause;
    return { why: cause.message };
  }
}

function missed(check: string, why: string): CheckFinding {
  return wrong(
    check,
    why,
    check === "redis" ? "--redis or --upstash that can be reached" : "--url that can be reached",
  );
}

function good(check: string, found: string): CheckFinding {
  return { check, ok: true, found, expected: "" };
}

function wrong(check: string, found: string, expected: string): CheckFinding {
  return { check, ok: false, found, expected };
}

function listed(names: readonly SeriesName[]): string {
  const rest = names.length - NAMES_LISTED;
  const some = names.slice(0, NAMES_LISTED).map(({ symbol, interval }) => `${symbol} ${interval}`);
  return `${some.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function at(moment: number): string {
  return new Date(moment).toISOString();
}

import { ATTACKS } from "./attacks.ts";
import { Metrics, mainThreadMsOf, mainThreadWaitMsOf, memoryOf, percentile } from "./figures.ts";
import { HealthyUser, type Seen } from "./healthy.ts";
import type { Outcomes } from "./lanes.ts";
import { StartedAttack } from "./started-attack.ts";
import { type MarketSize, startTarget, type Target } from "./target.ts";

/** How long and how large a run is. */
export interface RunSize extends MarketSize {
  readonly quietSeconds: number;
  /** Of each attack. */
  readonly attackSeconds: number;
  /** Names of attacks; all unless given. */
  readonly only?: readonly string[];
}

/** What a healthy user saw during one attack, or before the first. */
export interface Period {
  readonly name: string;
  readonly healthP99Ms: number;
  readonly healthWorstMs: number;
  /** See {@link Seen.workedWorstMs}. */
  readonly workedWorstMs: number;
  readonly healthFailures: number;
  /** Of the user's own small screens. */
  readonly screenP50Ms: number;
  readonly screenWorstMs: number;
  readonly screenFailures: number;
  /** Threads of screens that were ended meanwhile. */
  readonly threadsEnded: number;
  readonly loopLagP99Ms: number;
  /** Shares of the time in which the server's main thread worked, and in which it had work and no core: not 0 on a machine that is full. */
  readonly workedPercent: number;
  readonly waitedPercent: number;
  /** Closes that were announced, those without a stored signal, and those with more than one. */
  readonly closes: number;
  readonly lost: number;
  readonly doubled: number;
  readonly signalP50Ms: number;
  readonly signalWorstMs: number;
  /** Connections to the exchange that were lost meanwhile. */
  readonly feedLosses: number;
  readonly memoryMb: number;
  readonly outcomes: Outcomes;
}

/** Runs the attacks one after another against one server, and watches what a healthy user sees of each. */
export async function runAttacks(size: RunSize, tell: (period: Period) => void): Promise<Period[]> {
  const target = await startTarget(
    size,
    ATTACKS.flatMap(({ name, accomplices = [] }) => [name, ...accomplices]),
  );
  try {
    const user = await HealthyUser.begin(target);
    const periods: Period[] = [];
    const watch = async (name: string, seconds: number): Promise<void> => {
      const period = await watched(target, user, name, seconds);
      periods.push(period);
      tell(period);
    };
    await watch("quiet", size.quietSeconds);
    for (const { name } of ATTACKS) if (size.only?.includes(name) ?? true) await watch(name, size.attackSeconds);
    await user.end();
    return periods;
  } finally {
    await target.stop();
  }
}

async function watched(target: Target, user: HealthyUser, name: string, seconds: number): Promise<Period> {
  const before = await Metrics.of(target);
  const [startedAt, worked, waited] = [performance.now(), mainThreadMsOf(target.pid), mainThreadWaitMsOf(target.pid)];
  const attack = name === "quiet" ? undefined : await StartedAttack.start(name, target.url, seconds);
  const seen = await user.watch(seconds * 1_000);
  const percent = (ms = 0, since = 0): number => (100 * (ms - since)) / (performance.now() - startedAt);
  const workedPercent = percent(mainThreadMsOf(target.pid), worked);
  const waitedPercent = percent(mainThreadWaitMsOf(target.pid), waited);
  const outcomes = (await attack?.outcomes()) ?? {};
  const after = await Metrics.of(target);
  const delays = [...seen.signalDelays.values()];
  const since = (metric: string, labels?: string): number => after.value(metric, labels) - before.value(metric, labels);
  return {
    name,
    healthP99Ms: percentile(seen.latencies, 99),
    healthWorstMs: percentile(seen.latencies, 100),
    workedWorstMs: seen.workedWorstMs,
    healthFailures: seen.failures,
    screenP50Ms: percentile(seen.screenLatencies, 50),
    screenWorstMs: percentile(seen.screenLatencies, 100),
    screenFailures: seen.screenFailures,
    threadsEnded: since("vyx_screen_threads_ended_total"),
    loopLagP99Ms: 1_000 * after.value("vyx_event_loop_lag_p99_seconds"),
    workedPercent,
    waitedPercent,
    closes: seen.closes.length,
    ...countsOf(seen),
    signalP50Ms: percentile(delays, 50),
    signalWorstMs: percentile(delays, 100),
    feedLosses: since("vyx_feed_connection_events_total", 'event="lost"'),
    memoryMb: memoryOf(target.pid) / 2 ** 20,
    outcomes,
  };
}

function countsOf({ closes, stored }: Seen): { lost: number; doubled: number } {
  const counts = closes.map((closeTime) => stored.get(closeTime) ?? 0);
  return { lost: counts.filter((count) => count === 0).length, doubled: counts.filter((count) => count > 1).length };
}

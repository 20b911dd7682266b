import { systemClock } from "../../../src/cli/clock.ts";
import { infoOf } from "../../../src/cluster/nats/streams.ts";
import { type Kline, openTimeOf, seededRandom, type UnixMs } from "../../../src/core/mod.ts";
import { createExchange, type Exchange, parseFaults } from "../../../src/exchange/mod.ts";
import { messagesOf, natsAccess, type RunningNats, startNats, startNatsCluster } from "../../helpers/nats.ts";
import { until } from "../../helpers/until.ts";
import { closedKlines, overRange } from "../chain.ts";
import { INTERVALS, nodeFlags, ready } from "../nats-cluster.ts";
import { type NodeProcess, startNodeProcess } from "./node-process.ts";
import { type Arrival, Subscriber } from "./subscribers.ts";

/** What a run does. */
export interface RunPlan {
  readonly seed: number;
  readonly symbols: number;
  /** Market seconds per second. */
  readonly speed: number;
  readonly marketMinutes: number;
  readonly ingest: number;
  readonly serve: number;
  /** One, or three as a cluster. */
  readonly natsServers: 1 | 3;
  readonly subscribers: number;
  /** From the end of one kill's repair to the next kill, in milliseconds of this machine. */
  readonly killEveryMs: number;
  readonly kinds: readonly KillKind[];
}

/** What is killed: a process, or the stream of finals, which is deleted; or any process that is frozen for a while. */
export type KillKind = "ingest" | "serve" | "nats" | "stream" | "freeze";

/** Each {@link KillKind}. */
export const KILL_KINDS: readonly KillKind[] = ["ingest", "serve", "nats", "stream", "freeze"];

/** What came of a run. Zeros where all is well, but for the counts of what was done. */
export interface RunResult {
  readonly kills: Readonly<Record<KillKind, number>>;
  readonly candles: number;
  /** Of all nodes together, against what the exchange has. */
  readonly lost: number;
  readonly invented: number;
  readonly differing: number;
  /** Messages of the stream that have the id of another one. */
  readonly doubled: number;
  /** Sequences of subscribers: holes, doubles and gaps that were told. */
  readonly faults: readonly string[];
  readonly received: number;
  readonly reconnects: number;
  /** How late closes came to subscribers, in milliseconds: all, and the latest one of each kill. */
  readonly late: readonly number[];
  readonly failover: readonly number[];
}

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const STREAM = "vyx-kline-binance";

/** A kill's closes are those that came so long after it, in milliseconds. */
const FAILOVER_WITHIN_MS = 8_000;

/** How long a process is frozen, in milliseconds: shorter and longer than what counts as lost. */
const FREEZE_LEAST_MS = 1_000;
const FREEZE_MORE_MS = 14_000;

/** Nodes, NATS, an exchange with faults and subscribers; things are killed in turn by the seed, and at the end all is compared. */
export async function runCluster(plan: RunPlan, log: (line: string) => void): Promise<RunResult> {
  const random = seededRandom(plan.seed);
  const stops: (() => Promise<unknown> | unknown)[] = [];
  try {
    const nats = plan.natsServers === 3 ? await startNatsCluster() : [await startNats()];
    stops.push(() => Promise.all(nats.map((server) => server.stop())));
    const exchange = createExchange({
      ...{ symbols: plan.symbols, seed: plan.seed, start: START, speed: plan.speed, port: 0, clock: systemClock },
      faults: parseFaults("disconnect=6/h,no-close=0.01,drop=0.001,restate=0.005"),
    });
    stops.push(() => exchange.stop());
    const nodes = await startNodes(plan, nats, exchange);
    stops.push(() => Promise.all(nodes.map((node) => node.kill())));
    for (const { url } of nodes) await ready(url);
    const serving = nodes.filter(({ role }) => role === "serve").map(({ url }) => url);
    const lateness = (closeTime: UnixMs): number => (exchange.now() - closeTime) / plan.speed;
    const subscribers = Array.from(
      { length: plan.subscribers },
      (_, index) => new Subscriber(serving, index, exchange.symbols[index % exchange.symbols.length] ?? "", lateness),
    );
    stops.push(() => Promise.all(subscribers.map((one) => one.stop())));
    log(`${nodes.length} nodes are ready, and ${subscribers.length} subscribers connect`);

    const kills: Record<KillKind, number> = { ingest: 0, serve: 0, nats: 0, stream: 0, freeze: 0 };
    const killedAt: number[] = [];
    const end = exchange.now() + plan.marketMinutes * 60_000;
    // On a busy machine all kinds take longer than the minutes do.
    for (let turn = 0; exchange.now() < end || turn < plan.kinds.length; turn += 1) {
      await Bun.sleep(plan.killEveryMs * (0.5 + random()));
      const kind = plan.kinds[turn % plan.kinds.length];
      if (kind === undefined) continue;
      kills[kind] += 1;
      killedAt.push(performance.now());
      log(`kill: ${await kill(kind, nodes, nats, random)}`);
    }
    exchange.calm();
    for (const { url } of nodes) await ready(url);
    const compared = await compareAll(nodes, exchange);
    const newest = openTimeOf("1m", exchange.now()) - 60_000;
    await until(() => subscribers.every(({ last }) => last >= newest - 60_000));
    const access = await natsAccess(nats);
    stops.push(() => access.connection.close());
    const ids = (await messagesOf(access, STREAM)).map(({ id }) => id);
    const arrivals = subscribers.flatMap((one) => one.arrivals);
    return {
      ...{ kills, ...compared, doubled: ids.length - new Set(ids).size },
      faults: subscribers.flatMap(({ faults }) => faults),
      received: subscribers.reduce((sum, { candles }) => sum + candles, 0),
      reconnects: subscribers.reduce((sum, { connected }) => sum + connected - 1, 0),
      late: arrivals.map(({ lateMs }) => lateMs),
      failover: killedAt.flatMap((at) => latestAfter(arrivals, at)),
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function startNodes(plan: RunPlan, nats: readonly RunningNats[], exchange: Exchange): Promise<NodeProcess[]> {
  const start = (role: "ingest" | "serve", count: number): Promise<NodeProcess>[] =>
    Array.from({ length: count }, (_, index) =>
      startNodeProcess(`${role}-${index + 1}`, role, nodeFlags(role, nats, exchange, plan.speed)),
    );
  return await Promise.all([...start("ingest", plan.ingest), ...start("serve", plan.serve)]);
}

/** Kills something and has it back a while later. Returns what it was, in words. */
async function kill(
  kind: KillKind,
  nodes: readonly NodeProcess[],
  nats: readonly RunningNats[],
  random: () => number,
): Promise<string> {
  const awayMs = 200 + random() * 1_500;
  if (kind === "stream") {
    await deleteStream(nats);
    return "the stream is deleted";
  }
  if (kind === "freeze") {
    const all = [...nodes, ...nats];
    const frozen = all[Math.floor(random() * all.length)];
    const forMs = FREEZE_LEAST_MS + random() * FREEZE_MORE_MS;
    await frozen?.freeze(forMs);
    for (const { url } of nodes) await ready(url);
    return `${frozen !== undefined && "role" in frozen ? frozen.name : frozen?.url} is frozen for ${Math.round(forMs)} ms`;
  }
  const some = kind === "nats" ? nats : nodes.filter(({ role }) => role === kind);
  const chosen = some[Math.floor(random() * some.length)];
  if (chosen === undefined) return "nothing";
  await chosen.kill();
  await Bun.sleep(awayMs);
  await chosen.start();
  if ("role" in chosen) await ready(chosen.url);
  else for (const { url } of nodes) await ready(url);
  return `${"role" in chosen ? chosen.name : chosen.url}, away for ${Math.round(awayMs)} ms`;
}

/** Deletes the stream, and waits until a node has made it again. Servers that elect a leader don't answer for a while. */
async function deleteStream(nats: readonly RunningNats[]): Promise<void> {
  const access = await natsAccess(nats);
  const created = async (): Promise<string | undefined> => {
    for (;;) {
      try {
        return (await infoOf(access.manager, STREAM))?.created;
      } catch {
        await Bun.sleep(100);
      }
    }
  };
  const before = await created();
  await until(async () => {
    await access.manager.streams.delete(STREAM).catch(() => {});
    return (await created()) !== before;
  });
  await until(async () => (await created()) !== undefined);
  await access.connection.close();
}

/** How late the latest close was that came soon after a moment. */
function latestAfter(arrivals: readonly Arrival[], moment: number): number[] {
  const soon = arrivals
    .filter(({ at }) => at >= moment && at < moment + FAILOVER_WITHIN_MS)
    .map(({ lateMs }) => lateMs);
  return soon.length === 0 ? [] : [soon.reduce((most, one) => Math.max(most, one), 0)];
}

/** Compares all closed klines that nodes have with the exchange's. What was restated last may take a moment to be told. */
async function compareAll(
  nodes: readonly NodeProcess[],
  exchange: Exchange,
): Promise<Pick<RunResult, "candles" | "lost" | "invented" | "differing">> {
  const sum = { candles: 0, lost: 0, invented: 0, differing: 0 };
  for (const { url } of nodes) {
    for (const symbol of exchange.symbols) {
      for (const interval of INTERVALS) {
        const range = overRange(
          exchange,
          interval,
          Math.max(START - 20 * 60_000, exchange.now() - 150 * 60_000) as UnixMs,
        );
        let [truth, has]: [readonly Kline[], readonly Kline[]] = [[], []];
        const until = performance.now() + 15_000;
        do {
          truth = exchange.truth(symbol, range.from, range.to, interval);
          has = (await closedKlines(url, symbol, interval, range)) ?? [];
        } while (!Bun.deepEquals(has, truth) && performance.now() < until && (await Bun.sleep(20)) === undefined);
        const real = new Map(truth.map((kline) => [kline.openTime, kline]));
        const held = new Map(has.map((kline) => [kline.openTime, kline]));
        sum.candles += truth.length;
        sum.lost += truth.filter(({ openTime }) => !held.has(openTime)).length;
        sum.invented += has.filter(({ openTime }) => !real.has(openTime)).length;
        sum.differing += has.filter(
          (kline) => real.has(kline.openTime) && !Bun.deepEquals(kline, real.get(kline.openTime)),
        ).length;
      }
    }
  }
  return sum;
}

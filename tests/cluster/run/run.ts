import { systemClock } from "../../../src/cli/clock.ts";
import { infoOf } from "../../../src/cluster/nats/streams.ts";
import { type Kline, openTimeOf, seededRandom, type UnixMs } from "../../../src/core/mod.ts";
import { createExchange, type Exchange, parseFaults } from "../../../src/exchange/mod.ts";
import { freePort } from "../../helpers/free-port.ts";
import { messagesOf, natsAccess, type RunningNats, startNats, startNatsCluster } from "../../helpers/nats.ts";
import { until } from "../../helpers/until.ts";
import { closedKlines, overRange } from "../chain.ts";
import { INTERVALS, nodeFlags, ready } from "../nats-cluster.ts";
import { Links, type LinkTrouble } from "./links.ts";
import { type NodeProcess, startNodeProcess, type WrongClock } from "./node-process.ts";
import { Subscriber } from "./subscribers.ts";
import { publishTwice } from "./twice.ts";

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
  /** The longest that a process is frozen or a link in trouble, in milliseconds; longer than what counts as lost unless said. */
  readonly troubleMs?: number;
  /** Whether every final kline is published again, with its id and without. */
  readonly isTwice?: boolean;
  /** Whether the nodes' clocks differ: by three seconds, by drift, and by steps. */
  readonly isApart?: boolean;
}

/**
 * What is killed: a process, or the stream of finals, which is deleted; or any process that is frozen for a while; or links that are cut, slow or
 * stalled for a while.
 */
export type KillKind = "ingest" | "serve" | "nats" | "stream" | "freeze" | LinkTrouble;

/** Each {@link LinkTrouble}. */
const LINK_TROUBLES: readonly LinkTrouble[] = ["partition", "slow", "stall"];

/** Each {@link KillKind}. */
export const KILL_KINDS: readonly KillKind[] = ["ingest", "serve", "nats", "stream", "freeze", ...LINK_TROUBLES];

/** The clocks of nodes, in their order; ingest nodes come first. */
const CLOCKS_APART: readonly WrongClock[] = [
  { shiftMs: 3_000 },
  { shiftMs: -3_000 },
  { shiftMs: 0, drift: 0.02 },
  { shiftMs: 3_000, stepEveryMs: 7_000 },
  { shiftMs: -3_000, drift: -0.01 },
];

/** What came of a run. Zeros where all is well, but for the counts of what was done. */
export interface RunResult {
  readonly kills: Readonly<Partial<Record<KillKind, number>>>;
  readonly candles: number;
  /** Of all nodes together, against what the exchange has. */
  readonly lost: number;
  readonly invented: number;
  readonly differing: number;
  /** Messages of the stream that have the id of another one. */
  readonly doubled: number;
  /** Messages that were published again on purpose: with the id of the first, and without an id. */
  readonly again: { readonly same: number; readonly without: number };
  /** Sequences of subscribers: holes, doubles and gaps that were told. */
  readonly faults: readonly string[];
  readonly received: number;
  readonly reconnects: number;
  /** How late closes came to subscribers, in milliseconds. */
  readonly late: readonly number[];
  readonly failover: readonly Failover[];
}

/** What subscribers had of a kill. */
export interface Failover {
  readonly kind: KillKind;
  /** How late closes came that came from its beginning until some seconds after its end, in milliseconds. */
  readonly late: readonly number[];
}

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const STREAM = "vyx-kline-binance";

/** A kill's closes are those that came until so long after its end, in milliseconds. */
const FAILOVER_WITHIN_MS = 3_000;

/** How long a process is frozen or a link in trouble, in milliseconds: at least, and at most, which is longer than what counts as lost. */
const LEAST_TROUBLE_MS = 1_000;
const MOST_TROUBLE_MS = 15_000;

/** Nodes, NATS, an exchange with faults and subscribers; things are killed in turn by the seed, and at the end all is compared. */
export async function runCluster(plan: RunPlan, log: (line: string) => void): Promise<RunResult> {
  const random = seededRandom(plan.seed);
  // At the speed of time it is now, so that clocks that are wrong differ from the exchange's by as much.
  const start = plan.speed === 1 ? systemClock.now() : START;
  const stops: (() => Promise<unknown> | unknown)[] = [];
  try {
    const isLinked = plan.kinds.some(isLinkTrouble);
    const links = isLinked ? await Links.start(plan.natsServers) : undefined;
    const nats = links?.servers ?? (plan.natsServers === 3 ? await startNatsCluster() : [await startNats()]);
    stops.push(() => links?.stop() ?? Promise.all(nats.map((server) => server.stop())));
    const exchange = createExchange({
      ...{ symbols: plan.symbols, seed: plan.seed, start, speed: plan.speed, port: 0, clock: systemClock },
      faults: parseFaults("disconnect=6/h,no-close=0.01,drop=0.001,restate=0.005"),
    });
    stops.push(() => exchange.stop());
    const nodes = await startNodes(plan, nats, exchange, links);
    stops.push(() => Promise.all(nodes.map((node) => node.kill())));
    for (const { url } of nodes) await ready(url);
    const twice = plan.isTwice === true ? await publishTwice(nats, random) : undefined;
    stops.push(() => twice?.stop());
    const serving = nodes.filter(({ role }) => role === "serve").map(({ url }) => url);
    const lateness = (closeTime: UnixMs): number => (exchange.now() - closeTime) / plan.speed;
    const subscribers = Array.from(
      { length: plan.subscribers },
      (_, index) => new Subscriber(serving, index, exchange.symbols[index % exchange.symbols.length] ?? "", lateness),
    );
    stops.push(() => Promise.all(subscribers.map((one) => one.stop())));
    log(`${nodes.length} nodes are ready, and ${subscribers.length} subscribers connect`);

    const moreMs = (plan.troubleMs ?? MOST_TROUBLE_MS) - LEAST_TROUBLE_MS;
    const kills: Partial<Record<KillKind, number>> = {};
    const spans: { readonly kind: KillKind; readonly from: number; readonly to: number }[] = [];
    const end = exchange.now() + plan.marketMinutes * 60_000;
    // On a busy machine all kinds take longer than the minutes do.
    for (let turn = 0; exchange.now() < end || turn < plan.kinds.length; turn += 1) {
      await Bun.sleep(plan.killEveryMs * (0.5 + random()));
      const kind = plan.kinds[turn % plan.kinds.length];
      if (kind === undefined) continue;
      kills[kind] = (kills[kind] ?? 0) + 1;
      const from = performance.now();
      log(
        `${kind}: ${await kill(kind, { nodes, nats, links, troubleMs: () => LEAST_TROUBLE_MS + random() * moreMs }, random)}`,
      );
      spans.push({ kind, from, to: performance.now() + FAILOVER_WITHIN_MS });
    }
    exchange.calm();
    for (const { url } of nodes) await ready(url);
    const compared = await compareAll(nodes, exchange, start);
    const newest = openTimeOf("1m", exchange.now()) - 60_000;
    await until(() => subscribers.every(({ last }) => last >= newest - 60_000));
    const access = await natsAccess(nats);
    stops.push(() => access.connection.close());
    const messages = await messagesOf(access, STREAM);
    const ids = messages.flatMap(({ id }) => (id === "" ? [] : id));
    const arrivals = subscribers.flatMap((one) => one.arrivals);
    return {
      ...{ kills, ...compared, doubled: ids.length - new Set(ids).size },
      again: twice?.counts ?? { same: 0, without: 0 },
      faults: subscribers.flatMap(({ faults }) => faults),
      received: subscribers.reduce((sum, { candles }) => sum + candles, 0),
      reconnects: subscribers.reduce((sum, { connected }) => sum + connected - 1, 0),
      late: arrivals.map(({ lateMs }) => lateMs),
      failover: spans.map(({ kind, from, to }) => ({
        kind,
        late: arrivals.filter(({ at }) => at >= from && at < to).map(({ lateMs }) => lateMs),
      })),
    };
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function startNodes(
  plan: RunPlan,
  nats: readonly RunningNats[],
  exchange: Exchange & { readonly url: URL | string },
  links: Links | undefined,
): Promise<NodeProcess[]> {
  const start = async (role: "ingest" | "serve", index: number): Promise<NodeProcess> => {
    const [name, port] = [`${role}-${index + 1}`, freePort()];
    const nth = role === "ingest" ? index : plan.ingest + index;
    const clock = plan.isApart === true ? CLOCKS_APART[nth % CLOCKS_APART.length] : undefined;
    if (links === undefined)
      return await startNodeProcess(name, role, nodeFlags(role, nats, exchange, plan.speed), { port, clock });
    const own = await links.add(name, port, role === "ingest" ? Number(new URL(exchange.url).port) : undefined);
    const near = own.nats.map(({ port: at }) => ({ url: `nats://127.0.0.1:${at}` }));
    const flags = nodeFlags(role, near, { url: `http://127.0.0.1:${own.exchange?.port}` }, plan.speed);
    return await startNodeProcess(
      name,
      role,
      { ...flags, peerUrl: `http://127.0.0.1:${own.peers.port}` },
      { port, clock },
    );
  };
  const nodes = (role: "ingest" | "serve", count: number): Promise<NodeProcess>[] =>
    Array.from({ length: count }, (_, index) => start(role, index));
  return await Promise.all([...nodes("ingest", plan.ingest), ...nodes("serve", plan.serve)]);
}

function isLinkTrouble(kind: KillKind): kind is LinkTrouble {
  return (LINK_TROUBLES as readonly KillKind[]).includes(kind);
}

/** What a kill chooses from. */
interface Running {
  readonly nodes: readonly NodeProcess[];
  readonly nats: readonly RunningNats[];
  readonly links: Links | undefined;
  /** How long the next trouble lasts. */
  troubleMs(): number;
}

/** Kills something and has it back a while later. Returns what it was, in words. */
async function kill(kind: KillKind, { nodes, nats, links, troubleMs }: Running, random: () => number): Promise<string> {
  const awayMs = 200 + random() * 1_500;
  if (kind === "stream") {
    await deleteStream(nats);
    return "the stream is deleted";
  }
  if (isLinkTrouble(kind)) {
    const trouble = links?.choose(kind, random);
    const forMs = troubleMs();
    trouble?.begin();
    await Bun.sleep(forMs);
    trouble?.heal();
    for (const { url } of nodes) await ready(url);
    return `${trouble?.what} for ${Math.round(forMs)} ms`;
  }
  if (kind === "freeze") {
    const all = [...nodes, ...nats];
    const frozen = all[Math.floor(random() * all.length)];
    const forMs = troubleMs();
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

/** Compares all closed klines that nodes have with the exchange's. What was restated last may take a moment to be told. */
async function compareAll(
  nodes: readonly NodeProcess[],
  exchange: Exchange,
  start: UnixMs,
): Promise<Pick<RunResult, "candles" | "lost" | "invented" | "differing">> {
  const sum = { candles: 0, lost: 0, invented: 0, differing: 0 };
  for (const { url } of nodes) {
    for (const symbol of exchange.symbols) {
      for (const interval of INTERVALS) {
        const range = overRange(
          exchange,
          interval,
          Math.max(start - 20 * 60_000, exchange.now() - 150 * 60_000) as UnixMs,
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

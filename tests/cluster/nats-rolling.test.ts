import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import { openTimeOf, reasonOf, type UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import type { KlinesAnswer } from "../../src/wire/mod.ts";
import { hasCaddy, startCaddy } from "../deploy/proxies.ts";
import { hasNats, messagesOf, natsAccess, startNatsCluster, untilReplicated } from "../helpers/nats.ts";
import { hasPostgres, startPostgres } from "../helpers/postgres.ts";
import { startOn } from "../helpers/running-vyx.ts";
import { sized } from "../helpers/size.ts";
import { until } from "../helpers/until.ts";
import { runVyx } from "../helpers/vyx-command.ts";
import { countedSignals, createTraders, isDone, signalsOf } from "./counted-signals.ts";
import { INTERVALS, nodeFlags, ready, sameAsTruth } from "./nats-cluster.ts";
import { type NodeProcess, startNodeProcess } from "./run/node-process.ts";
import { Subscriber } from "./run/subscribers.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
/** A node that starts again lacks candles for a second or two: at this speed that is less than traders wait for them. */
const SPEED = sized(10, 20);
/** Twice the klines that filters read. */
const TRADERS_CAPACITY = "500";
/** ROLL_ROUNDS=5 restarts all nodes so often, ROLL_READERS=500 has more subscribers. */
const ROUNDS = Number(process.env.ROLL_ROUNDS ?? 1);
const READERS = Number(process.env.ROLL_READERS ?? sized(8, 16));
const ASKING = 2;
/** As in deploy/compose-cluster.yaml: the proxy looks each second. */
const DRAIN_SECONDS = "4";

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!hasNats || !hasCaddy || !hasPostgres)(
  "a cluster behind Caddy whose nodes and NATS servers are restarted in turn",
  () => {
    test("fails no request, no subscriber sees a hole or a double, and its traders store the signals of a server alone", async () => {
      const exchange = createExchange({
        symbols: sized(2, 4),
        seed: 5,
        start: START,
        speed: SPEED,
        port: 0,
        clock: systemClock,
      });
      stops.push(() => exchange.stop());
      const [database, nats] = await Promise.all([startPostgres(), startNatsCluster()]);
      stops.push(() => Promise.all([database, ...nats].map((one) => one.stop())));
      const [alone, shared] = [await countedSignals(database), await countedSignals(database)];
      stops.push(() => Promise.all([alone, shared].map(({ sql }) => sql.end())));
      const single = await startOn(exchange, {
        ...{ intervals: INTERVALS.join(), capacity: TRADERS_CAPACITY, exchangeSpeed: String(SPEED) },
        databaseUrl: alone.databaseUrl,
      });
      stops.push(single.stop);
      const node = async (role: "ingest" | "serve", name: string): Promise<NodeProcess> => {
        const flags = { ...nodeFlags(role, nats, exchange, SPEED), capacity: TRADERS_CAPACITY };
        const traders = role === "serve" ? { databaseUrl: shared.databaseUrl, drain: DRAIN_SECONDS } : {};
        const open = { maxSockets: "10000", socketsPerCaller: "10000", addressRate: "10000/s" };
        const started = await startNodeProcess(name, role, { ...flags, ...traders, ...open });
        stops.push(() => started.kill());
        return started;
      };
      const nodes = await Promise.all([
        node("ingest", "in-1"),
        node("ingest", "in-2"),
        node("serve", "out-1"),
        node("serve", "out-2"),
      ]);
      for (const { url } of [single, ...nodes]) await ready(url);
      await createTraders([alone, shared], (openTimeOf("1m", exchange.now()) - 1) as UnixMs);
      const addresses = nats.map(({ url }) => url).join();
      const isListed = async (name: string): Promise<boolean> => {
        const { out } = await runVyx(["cluster", "status", "--json", "--nats", addresses]);
        return out.includes(`"name":"${name}"`) || out.includes(`"name": "${name}"`);
      };
      const proxy = await startCaddy(nodes.filter(({ role }) => role === "serve").map(({ url }) => url));
      stops.push(proxy.stop);
      const readers = Array.from(
        { length: READERS },
        (_, index) => new Subscriber([proxy.url], 0, exchange.symbols[index % exchange.symbols.length] ?? "", () => 0),
      );
      stops.push(() => Promise.all(readers.map((reader) => reader.stop())));
      const requests = startAsking(proxy.url, exchange.symbols);
      stops.push(requests.stop);
      await until(() => readers.every(({ connected }) => connected > 0));

      const codes: (number | null)[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const each of nodes) {
          // A node says each two seconds that it is there.
          await until(() => isListed(each.name));
          const { out, err } = await runVyx(["cluster", "drain", each.name, "--nats", addresses]);
          expect([out, err]).toEqual([`${each.name} has left\n`, ""]);
          codes.push(await each.ended());
          await each.start();
          await ready(each.url);
          if (each.role === "serve") await until(() => isAsked(each.url));
        }
        for (const server of nats) {
          await server.kill();
          await server.start();
          await untilReplicated(nats);
          for (const { url } of nodes) await ready(url);
        }
      }
      const end = openTimeOf("1m", exchange.now()) - 60_000;
      await until(() => readers.every(({ last, faults }) => last >= end || faults.length > 0));
      await requests.stop();
      expect(readers.flatMap(({ faults }) => faults)).toEqual([]);
      expect(requests.failures).toEqual([]);
      expect(requests.answered).toBeGreaterThan(100);
      expect(codes).toEqual(codes.map(() => 0));
      const reconnects = readers.reduce((sum, { connected }) => sum + connected - 1, 0);
      expect(reconnects).toBeGreaterThanOrEqual(READERS);
      for (const { url } of nodes) await sameAsTruth(url, exchange, (START - 20 * 60_000) as UnixMs);
      const lastClose = (openTimeOf("1m", exchange.now()) - 1) as UnixMs;
      for (const { sql } of [alone, shared]) await until(() => isDone(sql, lastClose));
      const [expected, stored] = [await signalsOf(alone.sql, lastClose), await signalsOf(shared.sql, lastClose)];
      expect(stored).toEqual(expected);
      expect(new Set(stored).size).toBe(stored.length);
      expect(stored.length).toBeGreaterThan(5);
      const access = await natsAccess(nats);
      stops.push(() => access.connection.close());
      const ids = (await messagesOf(access, "vyx-kline-binance")).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      if (process.env.ROLL_ROUNDS !== undefined) {
        const candles = readers.reduce((sum, reader) => sum + reader.candles, 0);
        console.log(
          `${codes.length} restarts, ${requests.answered} answers, ${requests.failures.length} failed, ${READERS} subscribers, ` +
            `${candles} closed klines, ${reconnects} reconnects, ${ids.length} messages in the stream, ${ROUNDS * nats.length} restarts of NATS servers, ${stored.length} signals`,
        );
      }
    });
  },
);

/** Programs that ask for klines one after another, a connection each, without a second try. An answer with a hole counts as failed. */
function startAsking(
  url: string,
  symbols: readonly string[],
): { readonly answered: number; readonly failures: string[]; stop(): Promise<void> } {
  const failures: string[] = [];
  let [answered, isOver] = [0, false];
  const ask = async (symbol: string): Promise<void> => {
    const answer = await fetch(`${url}/klines/${symbol}/1m?limit=100`, { keepalive: false });
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
    const { klines } = (await answer.json()) as KlinesAnswer;
    const holes = klines.filter(({ openTime }, at) => at > 0 && openTime !== (klines[at - 1]?.openTime ?? 0) + 60_000);
    if (klines.length !== 100 || holes.length > 0) throw new Error(`${klines.length} klines, ${holes.length} holes`);
    answered += 1;
  };
  const asking = Array.from({ length: ASKING }, async (_, index) => {
    for (let turn = index; !isOver; turn += 1) {
      await ask(symbols[turn % symbols.length] ?? "").catch((cause) => failures.push(reasonOf(cause)));
      await Bun.sleep(50);
    }
  });
  return {
    get answered() {
      return answered;
    },
    failures,
    stop: async () => {
      isOver = true;
      await Promise.all(asking);
    },
  };
}

/** Whether the proxy has passed a request to a node since it started. */
async function isAsked(url: string): Promise<boolean> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  await Bun.sleep(100);
  return /^vyx_requests_total\{.*route="\/klines.*\} [1-9]/m.test(metrics);
}

// Question: how many answers a second do three serve nodes give, against one?
// Input:    the made-up market of `vyx exchange`, 50 symbols, minutes only; an ingest node, NATS and three serve nodes, each a process; requests
//           for 500 klines of one series and for 100 klines of series drawn at random, by `wrk`, to one of the nodes or to all three.
// Rivals:   the first serve node, alone under load.
// Budget:   three nodes give 2.7 times the answers where each has a core of its own. Fewer cores than processes can't show that, so the
//           processor time of an answer is measured: what a node gives on a core of its own follows from it.
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/cli/clock.ts";
import type { UnixMs } from "../src/core/mod.ts";
import { createExchange } from "../src/exchange/mod.ts";
import { startNats } from "../tests/helpers/nats.ts";
import { listening, startVyxProcess, type VyxProcess } from "../tests/helpers/vyx-process.ts";
import { drawnFrom } from "./lib/load.ts";
import { processorSeconds } from "./lib/processor-seconds.ts";
import { sized } from "./lib/quick.ts";
import { hasPrograms, machine, machineLoad, writeResult } from "./lib/results.ts";

const SYMBOLS = 50;
const NODES = 3;
const ROUNDS: number = sized(12, 1);
const SECONDS: number = sized(2, 1);
const CONNECTIONS = 16;
const START = Date.UTC(2026, 1, 10, 12) as UnixMs;

/** What a set of nodes did under load. */
interface Round {
  /** Of all of them. */
  readonly perSecond: number;
  /** Answers a second that each would give with a core of its own. */
  readonly alone: readonly number[];
  /** Of each, in microseconds. */
  readonly processorUs: readonly number[];
}

if (hasPrograms("cluster-answers", ["nats-server", "wrk"], "nats-server wrk")) {
  const exchange = createExchange({ symbols: SYMBOLS, seed: 1, start: START, speed: 1, port: 0, clock: systemClock });
  const nats = await startNats();
  const servers: VyxProcess[] = [];
  const script = join(tmpdir(), `vyx-bench-cluster-${process.pid}.lua`);
  try {
    const url = String(exchange.url).replace(/\/$/, "");
    const followed = ["--symbols", "*", "--exchange-rest", url, "--exchange-ws", url.replace("http", "ws")];
    await started(servers, nats.url, "ingest", ...followed);
    const nodes: { readonly url: string; readonly pid: number; idle: number }[] = [];
    for (let node = 0; node < NODES; node += 1) {
      const address = await started(servers, nats.url, "serve");
      nodes.push({ url: address, pid: servers.at(-1)?.pid ?? 0, idle: 0 });
    }
    const before = nodes.map(({ pid }) => processorSeconds(pid));
    await Bun.sleep(SECONDS * 2_000);
    for (const [at, node] of nodes.entries())
      node.idle = (processorSeconds(node.pid) - (before[at] ?? 0)) / (SECONDS * 2);
    writeFileSync(script, drawnFrom(exchange.symbols.map((symbol) => `/klines/${symbol}/1m?limit=100`)));
    const rows: string[] = [];
    for (const [what, path, drawn] of [
      ["500 klines of one series", "/klines/BTCUSDT/1m?limit=500", undefined],
      ["100 klines of series at random", "/", script],
    ] as const) {
      const [one, three]: [Round[], Round[]] = [[], []];
      for (let round = 0; round < ROUNDS; round += 1) {
        one.push(await loaded(nodes.slice(0, 1), path, drawn));
        three.push(await loaded(nodes, path, drawn));
      }
      // What else the machine does only ever adds to an answer's time: the least of all rounds is the nodes' own.
      const most = (figures: readonly number[]): number => figures.toSorted((a, b) => b - a)[0] ?? Number.NaN;
      const figures = (rounds: readonly Round[]): [number, number, number] => {
        const least = rounds.map(
          ({ processorUs }) => -processorUs.reduce((sum, each) => sum + each, 0) / processorUs.length,
        );
        return [
          most(rounds.map(({ perSecond }) => perSecond)),
          -most(least),
          most(rounds.map(({ alone }) => alone.reduce((sum, each) => sum + each, 0))),
        ];
      };
      const [[rateOne, usOne, ownOne], [rateThree, usThree, ownThree]] = [figures(one), figures(three)];
      const whole = (figure: number): string => figure.toFixed(0);
      const sizes = `${usOne.toFixed(1)} µs | ${usThree.toFixed(1)} µs | ${whole(ownOne)} | ${whole(ownThree)}`;
      rows.push(
        `| ${what} | ${whole(rateOne)} | ${whole(rateThree)} | ${sizes} | ${(ownThree / ownOne).toFixed(2)} × |`,
      );
    }
    const idle = nodes.map((node) => `${(node.idle * 100).toFixed(1)} %`).join(", ");
    writeResult(
      "cluster-answers",
      `One serve node under load against three at once, ${CONNECTIONS} connections to each, the best of ${ROUNDS} rounds of ${SECONDS} s, one and three in turn. Nodes, NATS, the exchange and \`wrk\` share
the cores, so the rates here are bounded by these. What an answer takes of a processor, and what following the market takes of a core
(${idle}), say what a node gives with a core of its own. Three nodes that share cores take each other's place in the caches, so an answer
takes longer than it would with a core for each: the factor is a lower bound, and 3 the upper one.

| | answers/s here, one | three | processor time of an answer, one | three | answers/s with a core each, one | three | factor |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

${machine()}. ${machineLoad()}`,
    );
  } finally {
    for (const server of servers) {
      server.kill("SIGKILL");
      await server.exited;
    }
    rmSync(script, { force: true });
    await nats.stop();
    await exchange.stop();
  }
}

/** Starts a node, and waits until it is ready. Returns its address. */
async function started(servers: VyxProcess[], nats: string, role: string, ...more: readonly string[]): Promise<string> {
  const kept = ["--intervals", "1m", "--data-dir", "none", "--log-level", "error", "--address-rate", "1000000/s"];
  const server = startVyxProcess(["serve", "--port", "0", "--role", role, "--nats", nats, ...kept, ...more]);
  servers.push(server);
  const url = await listening(server);
  while (!(await fetch(`${url}/ready`)).ok) await Bun.sleep(100);
  return url;
}

/** Loads nodes at once, each by a `wrk` of its own. */
async function loaded(
  nodes: readonly { readonly url: string; readonly pid: number; readonly idle: number }[],
  path: string,
  script: string | undefined,
): Promise<Round> {
  const before = nodes.map(({ pid }) => processorSeconds(pid));
  const answers = await Promise.all(nodes.map(({ url }) => answered(`${url}${path}`, script)));
  const used = nodes.map(({ pid, idle }, at) => processorSeconds(pid) - (before[at] ?? 0) - idle * SECONDS);
  const perAnswer = used.map((seconds, at) => seconds / (answers[at] ?? 0));
  return {
    perSecond: answers.reduce((sum, count) => sum + count, 0) / SECONDS,
    alone: perAnswer.map((seconds, at) => (1 - (nodes[at]?.idle ?? 0)) / seconds),
    processorUs: perAnswer.map((seconds) => seconds * 1e6),
  };
}

/** Answers that `wrk` got. Rejects where one wasn't good. */
async function answered(url: string, script: string | undefined): Promise<number> {
  const says = script === undefined ? [] : ["-s", script];
  const command = ["wrk", "-t1", `-c${CONNECTIONS}`, `-d${SECONDS}s`, ...says, url];
  const text = await new Response(Bun.spawn(command).stdout).text();
  const count = /(\d+) requests in/.exec(text)?.[1];
  if (count === undefined || text.includes("Non-2xx"))
    throw new Error(`wrk said nothing to use about ${url}:\n${text}`);
  return Number(count);
}

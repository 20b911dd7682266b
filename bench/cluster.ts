// Question: what does the way over NATS cost: how much later does an open kline come to a reader, how many updates a second pass, and how
//           much processor time do the nodes take?
// Input:    the made-up market of `vyx exchange`, minutes only, at its own speed and faster; a server alone, an ingest node, a serve node and
//           nats-server, each a process, with one reader of `kline:*:1m` on each server. A state is compared with the same one at another
//           server, by the clock of the one process that reads all.
// Rivals:   the server alone, on the same market at the same time.
// Budget:   none: docs/scaling.md plans with these figures.
import { systemClock } from "../src/cli/clock.ts";
import type { UnixMs } from "../src/core/mod.ts";
import { createExchange } from "../src/exchange/mod.ts";
import { natsAccess, type RunningNats, startNats } from "../tests/helpers/nats.ts";
import { listening, startVyxProcess, type VyxProcess } from "../tests/helpers/vyx-process.ts";
import { processorSeconds } from "./lib/processor-seconds.ts";
import { sized } from "./lib/quick.ts";
import { hasPrograms, machine, machineLoad, quantile, writeResult } from "./lib/results.ts";

const SYMBOLS: number = sized(200, 10);
const SPEEDS: readonly number[] = sized([1, 10], [1]);
const WATCH_MS: number = sized(10_000, 2_000);
/** Between two looks whether the stream still grows. */
const LOOK_EVERY_MS = 2_000;
/** For states that are under way when the watch ends. */
const OVER_MS = 1_000;

const rows: string[] = [];
if (hasPrograms("cluster", ["nats-server"], "nats-server")) {
  for (const speed of SPEEDS) rows.push(await measure(speed));
  writeResult(
    "cluster",
    `${SYMBOLS} symbols, minutes only, ${WATCH_MS / 1_000} s each. Added is from when a state came to the ingest node's reader until it came to the serve node's; processor
time is a share of one core, for 1,000 symbols in proportion. One reader on each server.

| speed | updates/s, alone | over NATS | missing | added, p50 | p99 | processor: alone | ingest | serve | nats-server |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

Missing are states that the ingest node's reader got and the serve node's didn't: nodes send the newest state of each 20 ms. ${machine()}. ${machineLoad()}`,
  );
}

/** A row of the table. */
async function measure(speed: number): Promise<string> {
  const start = Date.UTC(2026, 1, 10, 12) as UnixMs;
  const exchange = createExchange({ symbols: SYMBOLS, seed: 1, start, speed, port: 0, clock: systemClock });
  const nats = await startNats();
  const servers: VyxProcess[] = [];
  try {
    const address = String(exchange.url).replace(/\/$/, "");
    const followed = ["--symbols", "*", "--exchange-rest", address, "--exchange-ws", address.replace("http", "ws")];
    const serve = async (...more: readonly string[]): Promise<Reader> => {
      const kept = ["--intervals", "1m", "--data-dir", "none", "--log-level", "error", "--exchange-speed", `${speed}`];
      const server = startVyxProcess(["serve", "--port", "0", ...kept, ...more]);
      servers.push(server);
      const url = await listening(server);
      while (!(await fetch(`${url}/ready`)).ok) await Bun.sleep(100);
      return await readerOf(url);
    };
    const alone = await serve(...followed);
    const ingest = await serve("--role", "ingest", "--nats", nats.url, ...followed);
    const served = await serve("--role", "serve", "--nats", nats.url);
    const readers = [alone, ingest, served];
    await filled(nats);
    const pids = [...servers.map(({ pid }) => pid), nats.pid()];
    for (const { came } of readers) came.clear();
    const before = pids.map(processorSeconds);
    await Bun.sleep(WATCH_MS);
    const shares = pids.map((pid, at) => (processorSeconds(pid) - (before[at] ?? 0)) / (WATCH_MS / 1_000));
    const counts = readers.map(({ came }) => came.size / (WATCH_MS / 1_000));
    const sent = [...ingest.came];
    await Bun.sleep(OVER_MS);
    const added = sent.flatMap(([state, at]) => {
      const later = served.came.get(state);
      return later === undefined ? [] : [later - at];
    });
    for (const { socket } of readers) socket.close();
    const inMs = (share: number): string => `${quantile(added, share).toFixed(1)} ms`;
    const [one, other] = [counts[0] ?? 0, counts[2] ?? 0].map((count) => count.toFixed(0));
    const per1000 = shares.map((share) => `${((share * 100 * 1_000) / SYMBOLS).toFixed(1)} %`);
    return `| ${[speed, one, other, sent.length - added.length, inMs(0.5), inMs(0.99), ...per1000].join(" | ")} |`;
  } finally {
    for (const server of servers) {
      server.kill("SIGKILL");
      await server.exited;
    }
    await nats.stop();
    await exchange.stop();
  }
}

/** Resolves once the ingest node has put its history into the stream: from then on a look finds no more than the closes of a minute or so. */
async function filled(nats: RunningNats): Promise<void> {
  const { manager, connection } = await natsAccess([nats]);
  let [before, messages] = [Number.NEGATIVE_INFINITY, 0];
  while (messages === 0 || messages - before > SYMBOLS) {
    before = messages;
    await Bun.sleep(LOOK_EVERY_MS);
    messages = (await manager.streams.info("vyx-kline-binance")).state.messages;
  }
  await connection.close();
}

/** A reader of all open minutes: when each state came, by its text without what servers add. */
interface Reader {
  readonly socket: WebSocket;
  readonly came: Map<string, number>;
}

async function readerOf(url: string): Promise<Reader> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  const came = new Map<string, number>();
  await new Promise<void>((resolve) => {
    socket.onopen = () => socket.send(JSON.stringify({ op: "subscribe", channels: ["kline:*:1m"] }));
    socket.onmessage = ({ data }) => {
      const text = String(data);
      if (text.startsWith('{"type":"kline"')) came.set(text, came.get(text) ?? performance.now());
      else if (text.includes('"ack"')) resolve();
    };
  });
  return { socket, came };
}

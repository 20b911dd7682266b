// Question: how long does a server without data take until it is ready, where it follows other servers and not the exchange?
// Input:    the made-up market of `vyx exchange`, 500 symbols × 6 intervals × 500 klines; an ingest node that has all of it; then a serve node
//           over NATS, and a follower by `--upstream`, each a process with an empty memory, several times. Bytes are counted on the way.
// Rivals:   the ingest node, which reads the same from the exchange.
// Budget:   none for time: docs/scaling.md tells it. The exchange's request weight must be 0.
import { systemClock } from "../src/cli/clock.ts";
import type { UnixMs } from "../src/core/mod.ts";
import { createExchange } from "../src/exchange/mod.ts";
import { LinkRelay } from "../tests/helpers/link-relay.ts";
import { natsAccess, startNats } from "../tests/helpers/nats.ts";
import { listening, startVyxProcess, type VyxProcess } from "../tests/helpers/vyx-process.ts";
import { processorSeconds } from "./lib/processor-seconds.ts";
import { sized } from "./lib/quick.ts";
import { hasPrograms, machine, machineLoad, median, writeResult } from "./lib/results.ts";

const SYMBOLS: number = sized(500, 20);
const INTERVALS = ["1m", "5m", "15m", "1h", "4h", "1d"] as const;
const CAPACITY: number = sized(500, 100);
const ROUNDS: number = sized(5, 1);
/** Between two looks whether a server is ready, and whether the stream still grows. */
const LOOK_EVERY_MS = 20;
const GROWS_EVERY_MS = 2_000;
const START = Date.UTC(2026, 1, 10, 12) as UnixMs;

/** A server that was started. */
interface Started {
  readonly server: VyxProcess;
  readonly url: string;
  readonly readyMs: number;
  readonly processorSeconds: number;
}

if (hasPrograms("cold-start", ["nats-server"], "nats-server")) {
  const exchange = createExchange({ symbols: SYMBOLS, seed: 1, start: START, speed: 1, port: 0, clock: systemClock });
  const nats = await startNats();
  const servers: VyxProcess[] = [];
  const relays: LinkRelay[] = [];
  try {
    const url = String(exchange.url).replace(/\/$/, "");
    const near = { natsRelay: await LinkRelay.start(Number(new URL(nats.url).port)), ingest: await peerRelay(relays) };
    relays.push(near.natsRelay);
    const followed = [
      "--symbols",
      "*",
      "--quote",
      "any",
      "--exchange-rest",
      url,
      "--exchange-ws",
      url.replace("http", "ws"),
    ];
    const ingest = await start(servers, [
      ...[
        "--role",
        "ingest",
        "--nats",
        nats.url,
        "--port",
        String(near.ingest.port),
        "--weight-share",
        "100",
        "--audit-every",
        "3600",
      ],
      ...["--peer-url", `http://127.0.0.1:${near.ingest.relay.port}`, ...followed],
    ]);
    await filled(nats.url);
    const before = await weight(ingest.url);
    const rows = [row("ingest node, from the exchange", [ingest], [Number.NaN], `${before}`)];
    for (const [what, flags] of [
      ["serve node, over NATS", ["--role", "serve", "--nats", `nats://127.0.0.1:${near.natsRelay.port}`]],
      ["follower, by --upstream", ["--upstream", `http://127.0.0.1:${near.ingest.relay.port}`]],
    ] as const) {
      const [starts, bytes]: [Started[], number[]] = [[], []];
      const weightBefore = await weight(ingest.url);
      for (let round = 0; round < ROUNDS; round += 1) {
        const passed = near.ingest.relay.downBytes + near.natsRelay.downBytes;
        const started = await start(servers, flags);
        bytes.push(near.ingest.relay.downBytes + near.natsRelay.downBytes - passed);
        await checkWhole(started.url, ingest.url);
        starts.push(started);
        started.server.kill("SIGTERM");
        await started.server.exited;
      }
      rows.push(row(what, starts, bytes, `${(await weight(ingest.url)) - weightBefore}`));
    }
    writeResult(
      "cold-start",
      `${SYMBOLS} symbols × ${INTERVALS.length} intervals × ${CAPACITY} klines. From the start of the process until \`/ready\` says yes, medians of ${ROUNDS} starts (the ingest node: one). Processor time is
of all threads until then; bytes came from the other node and NATS. Each had as many klines as the ingest node at the end.

| | ready after | processor time | bytes | request weight spent meanwhile |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

The ingest node waits for the exchange's limit of 6,000 a minute. ${machine()}. ${machineLoad()}`,
    );
  } finally {
    for (const server of servers) {
      server.kill("SIGKILL");
      await server.exited;
    }
    for (const relay of relays) await relay.stop();
    await nats.stop();
    await exchange.stop();
  }
}

function row(what: string, starts: readonly Started[], bytes: readonly number[], spent: string): string {
  const ready = median(starts.map(({ readyMs }) => readyMs / 1_000)).toFixed(1);
  const processor = median(starts.map((one) => one.processorSeconds)).toFixed(1);
  const megabytes = median(bytes) / 1e6;
  return `| ${what} | ${ready} s | ${processor} s | ${Number.isNaN(megabytes) ? "not counted" : `${megabytes.toFixed(0)} MB`} | ${spent} |`;
}

/** A port for the ingest node's HTTP, and a relay before it. */
async function peerRelay(relays: LinkRelay[]): Promise<{ readonly port: number; readonly relay: LinkRelay }> {
  const probe = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
  const { port } = probe;
  probe.stop(true);
  const relay = await LinkRelay.start(port);
  relays.push(relay);
  return { port, relay };
}

async function start(servers: VyxProcess[], more: readonly string[]): Promise<Started> {
  const began = performance.now();
  const port = more.includes("--port") ? [] : ["--port", "0"];
  const kept = ["--intervals", INTERVALS.join(), "--capacity", String(CAPACITY), "--data-dir", "none"];
  const server = startVyxProcess([
    "serve",
    ...port,
    ...kept,
    "--log-level",
    "error",
    "--address-rate",
    "100000/s",
    ...more,
  ]);
  servers.push(server);
  const url = await listening(server);
  while (!(await fetch(`${url}/ready`)).ok) await Bun.sleep(LOOK_EVERY_MS);
  return { server, url, readyMs: performance.now() - began, processorSeconds: processorSeconds(server.pid) };
}

/** Resolves once the ingest node has put its history into the stream. */
async function filled(url: string): Promise<void> {
  const { manager, connection } = await natsAccess([{ url }]);
  let [before, messages] = [Number.NEGATIVE_INFINITY, 0];
  while (messages === 0 || messages - before > SYMBOLS) {
    before = messages;
    await Bun.sleep(GROWS_EVERY_MS);
    messages = (await manager.streams.info("vyx-kline-binance")).state.messages;
  }
  await connection.close();
}

/** Request weight that the ingest node has spent: the others have no exchange's address. */
async function weight(ingest: string): Promise<number> {
  return await figureOf(ingest, "vyx_rest_weight_total");
}

/** A figure of the one market of a server. */
async function figureOf(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{.*\\} (\\d+)$`, "m").exec(text)?.[1]);
}

/** Rejects unless a server has as many klines as another one. */
async function checkWhole(url: string, other: string): Promise<void> {
  const [here, there] = [await figureOf(url, "vyx_klines"), await figureOf(other, "vyx_klines")];
  // A minute may close between the two answers.
  if (Math.abs(here - there) > SYMBOLS * INTERVALS.length)
    throw new Error(`it has ${here} klines, and the other one ${there}`);
}

// Question: what do 5,000 connections that never finish a request cost a client that does?
// Input:    from another process 2,500 connections that say nothing at all and 2,500 that send one more byte of a header
//           every second; whatever the server closes is opened again within five seconds, for as long as the round lasts.
//           The client keeps its connections, as programs do.
// Rival:    the same client in the same run, before the attack.
// Budget:   the p99 of a 100-kline answer at most twice of before.
import { connect } from "node:net";
import { seededRandom } from "../src/core/mod.ts";
import { serveMarket } from "../tests/helpers/served-market.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { machine, median, quantile, writeResult } from "./lib/results.ts";

const CONNECTIONS: number = sized(5_000, 500);
const ROUNDS: number = sized(3, 1);
const SECONDS: number = sized(14, 2);
const REQUESTS_PER_SECOND = 200;
const LANES = 4;
/** A connection that was cut comes back after this at most, in milliseconds. */
const BACK_WITHIN_MS = 5_000;
const SERVER_CORE = 0;
const ATTACK_CORE = 1;

const [role, target = ""] = process.argv.slice(2);
if (role === "--serve") serve();
else if (role === "--attack") await attack(new URL(target));
else await compare();

function serve(): void {
  const market = serveMarket({ with: { stopwatch: () => performance.now() } });
  console.log(market.server.url);
  setInterval(() => market.stream({ ...(market.minutes[300] as never as object), closed: false } as never), 500);
}

/** Opens the connections, tells when they are there, and keeps them so. */
async function attack(url: URL): Promise<void> {
  const random = seededRandom(1);
  let open = 0;
  let closed = 0;
  const begin = (isSilent: boolean): void => {
    const socket = connect(Number(url.port), url.hostname);
    let drip: ReturnType<typeof setInterval> | undefined;
    socket.on("connect", () => {
      open += 1;
      if (isSilent) return;
      socket.write("GET /klines/BTCUSDT/1m HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
      drip = setInterval(() => socket.write("a"), 900 + 200 * random());
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(drip);
      closed += 1;
      setTimeout(() => begin(isSilent), BACK_WITHIN_MS * random());
    });
  };
  for (let index = 0; index < CONNECTIONS; index += 1) {
    begin(index % 2 === 0);
    if (index % 50 === 49) await Bun.sleep(20);
  }
  while (open < CONNECTIONS) await Bun.sleep(50);
  console.log(JSON.stringify({ open }));
  setInterval(() => console.log(JSON.stringify({ open, closed })), 1_000);
}

async function compare(): Promise<void> {
  const server = pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve"]);
  try {
    const url = await firstLine(server.process.stdout);
    await latencies(url, 2);
    const rounds: { before: number; during: number; medianBefore: number; medianDuring: number }[] = [];
    let cut = 0;
    for (let round = 1; round <= ROUNDS; round += 1) {
      const before = await latencies(url, SECONDS);
      const attacker = pinned(ATTACK_CORE, [process.execPath, import.meta.path, "--attack", url]);
      const told = lastTold(attacker.process.stdout);
      await told.first;
      const during = await latencies(url, SECONDS);
      cut += told.last().closed ?? 0;
      await attacker.stop();
      rounds.push({
        before: quantile(before, 0.99),
        during: quantile(during, 0.99),
        medianBefore: quantile(before, 0.5),
        medianDuring: quantile(during, 0.5),
      });
      const [a, b] = [quantile(before, 0.99), quantile(during, 0.99)];
      console.log(
        `round ${round}: p99 ${a.toFixed(2)} ms before, ${b.toFixed(2)} ms during, ratio ${(b / a).toFixed(2)}`,
      );
    }
    report(rounds, cut);
  } finally {
    await server.stop();
  }
}

/** What the attacker printed: when its connections stand, and its last word. */
function lastTold(stdout: ReadableStream<Uint8Array>): { first: Promise<void>; last: () => { closed?: number } } {
  let last: { closed?: number } = {};
  const first = new Promise<void>((resolve) => {
    void (async () => {
      let text = "";
      for await (const bytes of stdout) {
        text += new TextDecoder().decode(bytes);
        const lines = text.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) last = JSON.parse(line) as { closed?: number };
        resolve();
      }
    })();
  });
  return { first, last: () => last };
}

/** Milliseconds from when each request was due, at an even pace, to its answer's last byte. */
async function latencies(url: string, seconds: number): Promise<number[]> {
  const measured: number[] = [];
  const start = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < seconds * REQUESTS_PER_SECOND) {
      const due = start + (next * 1_000) / REQUESTS_PER_SECOND;
      next += 1;
      const wait = due - performance.now();
      if (wait > 0) await Bun.sleep(wait);
      const response = await fetch(`${url}/klines/BTCUSDT/1m?limit=100`);
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      measured.push(performance.now() - due);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return measured;
}

function report(
  rounds: readonly { before: number; during: number; medianBefore: number; medianDuring: number }[],
  cut: number,
): void {
  const of = (name: "before" | "during" | "medianBefore" | "medianDuring"): number =>
    median(rounds.map((round) => round[name]));
  writeResult(
    "slow-loris",
    `${CONNECTIONS} connections from another process that never finish a request, half of them silent, half sending a byte of a header a
second, opened again when they are closed; ${REQUESTS_PER_SECOND} requests a second of 100 klines beside them; medians of ${ROUNDS} rounds of ${SECONDS} s.

| | p50, ms | p99, ms | ratio of p99 |
| --- | --- | --- | --- |
| before | ${of("medianBefore").toFixed(2)} | ${of("before").toFixed(2)} | 1 |
| during | ${of("medianDuring").toFixed(2)} | ${of("during").toFixed(2)} | ${median(rounds.map((round) => round.during / round.before)).toFixed(2)} |

The server cut ${cut} of them off meanwhile. ${machine()}.`,
    [
      {
        row: "p99 while 5,000 connections never finish a request",
        figure: median(rounds.map((round) => round.during / round.before)),
        rival: `before: ${of("before").toFixed(2)} ms`,
      },
    ],
  );
}

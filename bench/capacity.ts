// Question: what memory, processor and bandwidth does a server need for so many symbols in so many intervals?
// Input:    the made-up market of `vyx exchange`, which tells each symbol's minute about as often as the exchange does, over real
//           sockets through a counter; 500 klines a series.
// Rivals:   none: what counts is how the figures grow from one size to the next.
// Budget:   none: docs/capacity.md plans with these figures.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { firstLine } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { machine, writeResult } from "./lib/results.ts";

const SIX = ["1m", "5m", "15m", "1h", "4h", "1d"];
const ALL_ROLLED_UP = ["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"];
const SIZES: readonly { readonly symbols: number; readonly intervals: readonly string[] }[] = sized(
  [
    { symbols: 50, intervals: SIX },
    { symbols: 50, intervals: ALL_ROLLED_UP },
    { symbols: 200, intervals: SIX },
    // Of which those in USDT are followed, as the table says.
    { symbols: 500, intervals: SIX },
  ],
  [{ symbols: 10, intervals: SIX }],
);
const KLINES = 500;
/** One close of a minute is in each of the two watches. */
const WATCH_MS: number = sized(60_000, 1_000);
/** What readers follow, each on a socket of its own. */
const CHANNELS = ["kline:*:1m", "closed:*:1m", "tickers"];

const MAIN = join(import.meta.dir, "../src/cli/main.ts");

interface Measured {
  readonly symbols: number;
  readonly intervals: number;
  readonly warmUpSeconds: number;
  readonly warmUpBytes: number;
  readonly residentMb: number;
  readonly peakMb: number;
  readonly checkpointBytes: number;
  /** Of one core, while nobody asks. */
  readonly idleShare: number;
  /** With a reader on each of the channels. */
  readonly followedShare: number;
  readonly inBytesPerSecond: number;
  /** By channel, to one reader, as text. */
  readonly outBytesPerSecond: readonly number[];
}

const measured: Measured[] = [];
for (const size of SIZES) {
  measured.push(await measure(size));
  console.log(JSON.stringify(measured.at(-1)));
  // After each: the largest takes longest, and whoever interrupts it keeps the others.
  tell();
}

function tell(): void {
  writeResult(
    "capacity",
    `The made-up market, ${KLINES} klines a series, a server whole and then watched for ${WATCH_MS / 1_000} s without readers and as long with one
reader each on ${CHANNELS.map((channel) => `\`${channel}\``).join(", ")}. Processor time is a share of one core; load of the machine meanwhile:
${loadavg()[0]?.toFixed(1)} processes for ${cpus().length} cores.

| symbols × intervals | series | resident, MB | at most, MB | checkpoint, MB | processor, nobody asks | with three readers |
| --- | --- | --- | --- | --- | --- | --- |
${measured
  .map((one) =>
    row(
      `${one.symbols} × ${one.intervals}`,
      one.symbols * one.intervals,
      one.residentMb.toFixed(0),
      one.peakMb.toFixed(0),
      (one.checkpointBytes / 1e6).toFixed(1),
      percent(one.idleShare),
      percent(one.followedShare),
    ),
  )
  .join("\n")}

Bandwidth, in kB a second:

| symbols × intervals | from the exchange | ${CHANNELS.map((channel) => `\`${channel}\``).join(" | ")} | history once, MB | whole after, s |
| --- | --- | ${CHANNELS.map(() => "---").join(" | ")} | --- | --- |
${measured
  .map((one) =>
    row(
      `${one.symbols} × ${one.intervals}`,
      kilobytes(one.inBytesPerSecond),
      ...one.outBytesPerSecond.map(kilobytes),
      (one.warmUpBytes / 1e6).toFixed(1),
      one.warmUpSeconds.toFixed(0),
    ),
  )
  .join("\n")}

${machine()}.`,
  );
}

async function measure({ symbols, intervals }: (typeof SIZES)[number]): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "vyx-bench-"));
  const exchange = Bun.spawn([process.execPath, MAIN, "exchange", "--port", "0", "--symbols", String(symbols)], {
    stdout: "pipe",
    stderr: "ignore",
  });
  const { listening } = JSON.parse(await firstLine(exchange.stdout)) as { listening: string };
  const counter = await countingProxy(Number(new URL(listening).port));
  const flags = {
    port: "0",
    symbols: "*",
    quote: "USDT",
    intervals: intervals.join(),
    capacity: String(KLINES),
    "data-dir": folder,
    "weight-share": "100",
    "exchange-rest": `http://127.0.0.1:${counter.port}`,
    "exchange-ws": `ws://127.0.0.1:${counter.port}`,
  };
  const began = performance.now();
  const server = Bun.spawn(
    [process.execPath, MAIN, "serve", ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])],
    { stdin: "ignore", stdout: "pipe", stderr: "ignore" },
  );
  try {
    const { listening: url } = JSON.parse(await firstLine(server.stdout)) as { listening: string };
    const health = async (): Promise<{ status: string; symbols: number }> =>
      (await (await fetch(`${url}/health`)).json()) as { status: string; symbols: number };
    while ((await health()).status !== "ok") await Bun.sleep(100);
    const warmUpSeconds = (performance.now() - began) / 1_000;
    const warmUpBytes = counter.take();
    const idle = await watch(server.pid);
    const inBytesPerSecond = counter.take() / (WATCH_MS / 1_000);
    const readers = await Promise.all(CHANNELS.map((channel) => follow(url, channel)));
    const followed = await watch(server.pid);
    const outBytesPerSecond = readers.map(({ bytes }) => bytes() / (WATCH_MS / 1_000));
    for (const { close } of readers) close();
    const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
    const followedSymbols = (await health()).symbols;
    server.kill("SIGTERM");
    await server.exited;
    return {
      symbols: followedSymbols,
      intervals: intervals.length,
      warmUpSeconds,
      warmUpBytes,
      residentMb: megabytesIn(status, "VmRSS"),
      peakMb: megabytesIn(status, "VmHWM"),
      checkpointBytes: newestBytes(folder),
      idleShare: idle,
      followedShare: followed,
      inBytesPerSecond,
      outBytesPerSecond,
    };
  } finally {
    for (const process of [server, exchange]) process.kill("SIGKILL");
    await Promise.all([server.exited, exchange.exited]);
    counter.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What share of a core a process uses over the time that is watched. */
async function watch(pid: number): Promise<number> {
  const [before, began] = [processorMs(pid), performance.now()];
  await Bun.sleep(WATCH_MS);
  return (processorMs(pid) - before) / (performance.now() - began);
}

/** A reader that counts; from the moment on when its snapshot, if any, has come. */
async function follow(url: string, channel: string): Promise<{ bytes(): number; close(): void }> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`);
  let bytes = 0;
  await new Promise<void>((resolve, reject) => {
    socket.onerror = () => reject(new Error(`no socket for ${channel}`));
    socket.onopen = () => socket.send(JSON.stringify({ op: "subscribe", channels: [channel] }));
    socket.onmessage = ({ data }) => {
      bytes += Buffer.byteLength(String(data));
      if (String(data).includes('"type":"ack"')) setTimeout(resolve, 1_000);
    };
  });
  bytes = 0;
  return { bytes: () => bytes, close: () => socket.close() };
}

/** Passes bytes on to a port of this machine, and counts those that come back. */
async function countingProxy(target: number): Promise<{ port: number; take(): number; stop(): void }> {
  let bytes = 0;
  const proxy = createServer((socket) => {
    const onward = connect({ host: "127.0.0.1", port: target });
    onward.on("data", (piece) => {
      bytes += piece.length;
    });
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) {
      end.on("error", () => {});
      end.on("close", () => [socket, onward].map((one) => one.destroy()));
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: (proxy.address() as { port: number }).port,
    take: () => {
      const taken = bytes;
      bytes = 0;
      return taken;
    },
    stop: () => proxy.close(),
  };
}

/** What a process has used of the processor so far, in milliseconds: ticks of 10 ms, in user and in system mode. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

function megabytesIn(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1_024;
}

function newestBytes(folder: string): number {
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith(".vyx"))
    .sort()
    .at(-1);
  return newest === undefined ? Number.NaN : statSync(join(folder, newest)).size;
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function kilobytes(bytes: number): string {
  return (bytes / 1_000).toFixed(1);
}

// Question: how many bytes does `kline:*:1m` of 500 symbols take with format=packed beside JSON, and what does it cost server and reader?
// Input:    recorded minutes (see lib/klines.ts), another part of them for each symbol; a symbol moves every two seconds.
// Rivals:   JSON, from the same server to the same number of readers, in turns.
// Budget:   a quarter of the bytes of JSON.
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { type KlineMessage, klineOf, PackedFrame, PackedReader, readMessage } from "../src/wire/mod.ts";
import { someMinutes } from "./lib/klines.ts";
import { movingMarket } from "./lib/moving-market.ts";
import { firstLine } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { READ_KEY, serveReads } from "./lib/read-server.ts";
import { machine, median, writeResult } from "./lib/results.ts";

const SYMBOLS = 500;
const MOVES_PER_SECOND = 250;
const CHANNEL = "kline:*:1m";
/** Together they are sent less than a caller may be without conflation. */
const READERS = 20;
const ROUNDS: number = sized(5, 1);
const SECONDS: number = sized(8, 2);
const WARM_UP_MS = 2_000;
/** A clock tick of the kernel's processor times (proc(5)). */
const TICK_MS = 10;

/** The formats that are compared. */
type ComparedFormat = "json" | "packed";

/** What a format took in one round. Times are of the processor. */
interface Round {
  readonly bytesPerKline: number;
  readonly framesPerSecond: number;
  readonly idsBytes: number;
  /** Of all readers together, less what the server takes without readers. */
  readonly serverMsPerSecond: number;
  readonly readerUsPerKline: number;
}

if (process.argv[2] === "--serve") serveReads(movingMarket(SYMBOLS, MOVES_PER_SECOND));
else await compare();

async function compare(): Promise<void> {
  const server = Bun.spawn([process.execPath, import.meta.path, "--serve"], { stdout: "pipe", stderr: "inherit" });
  const rounds: Record<ComparedFormat, Round[]> = { json: [], packed: [] };
  const klines: KlineMessage[] = [];
  try {
    const url = `${(await firstLine(server.stdout)).replace("http", "ws")}/ws`;
    for (const format of ["json", "packed"] as const) await measure(server.pid, url, format, 0, []);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const idle = await processorMs(server.pid, SECONDS * 1_000);
      for (const format of ["json", "packed"] as const) {
        rounds[format].push(await measure(server.pid, url, format, idle, klines));
        console.log(`round ${round} of ${ROUNDS}, ${format}: ${JSON.stringify(rounds[format].at(-1))}`);
      }
    }
  } finally {
    server.kill();
    await server.exited;
  }
  report(rounds, aloneBytes(klines));
}

/** Follows the channel with all readers for a while. Adds some of the klines that the first reader got. */
async function measure(
  pid: number,
  url: string,
  format: ComparedFormat,
  idleMsPerSecond: number,
  sample: KlineMessage[],
): Promise<Round> {
  const sum = { klines: 0, bytes: 0, frames: 0, ids: 0 };
  const sockets = Array.from({ length: READERS }, (_, index) => {
    const reader = new PackedReader();
    const socket = new WebSocket(`${url}?format=${format}`, { headers: { "x-api-key": READ_KEY } } as never);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => socket.send(JSON.stringify({ op: "subscribe", channels: [CHANNEL] }));
    socket.onmessage = ({ data }: { data: string | ArrayBuffer }) => {
      const messages = typeof data === "string" ? textMessages(data, reader) : frameMessages(data, reader);
      if (typeof data === "string" && data.startsWith('{"type":"ids"')) sum.ids = Buffer.byteLength(data);
      if (messages.length === 0) return;
      sum.klines += messages.length;
      sum.frames += 1;
      sum.bytes += typeof data === "string" ? Buffer.byteLength(data) : data.byteLength;
      if (index === 0 && sample.length < SYMBOLS) sample.push(...messages);
    };
    return socket;
  });
  await Bun.sleep(WARM_UP_MS);
  Object.assign(sum, { klines: 0, bytes: 0, frames: 0 });
  const own = process.cpuUsage();
  const serverMs = await processorMs(pid, SECONDS * 1_000);
  const { user, system } = process.cpuUsage(own);
  for (const socket of sockets) socket.close();
  if (sum.klines < (READERS * MOVES_PER_SECOND * SECONDS) / 2) throw new Error(`only ${sum.klines} klines came`);
  return {
    bytesPerKline: sum.bytes / sum.klines,
    framesPerSecond: sum.frames / SECONDS / READERS,
    idsBytes: sum.ids,
    serverMsPerSecond: serverMs - idleMsPerSecond,
    readerUsPerKline: (user + system) / sum.klines,
  };
}

function textMessages(text: string, reader: PackedReader): readonly KlineMessage[] {
  const read = readMessage(text);
  if (!("message" in read)) throw new Error(JSON.stringify(read));
  if (read.message.type === "ids") reader.learn(read.message);
  return read.message.type === "kline" ? [read.message] : [];
}

function frameMessages(frame: ArrayBuffer, reader: PackedReader): readonly KlineMessage[] {
  const read = reader.read(new Uint8Array(frame));
  if ("fault" in read) throw new Error(read.fault);
  return read.messages;
}

/** Processor time that a process takes meanwhile, in milliseconds a second. */
async function processorMs(pid: number, spanMs: number): Promise<number> {
  const before = ticksOf(pid);
  await Bun.sleep(spanMs);
  return ((ticksOf(pid) - before) * TICK_MS * 1_000) / spanMs;
}

function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** How many bytes a kline takes in a frame of its own. */
function aloneBytes(messages: readonly KlineMessage[]): number {
  const sizes = messages.map(({ kline }, id) => {
    const frame = new PackedFrame({ kind: "kline", interval: "1m", isClosed: kline.closed });
    frame.add(id, klineOf(kline));
    return frame.bytes().byteLength;
  });
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}

function report({ json, packed }: Record<ComparedFormat, readonly Round[]>, alone: number): void {
  const row = (title: string, of: (round: Round) => number, digits: number): string => {
    const [one, other] = [median(json.map(of)), median(packed.map(of))];
    return `| ${title} | ${one.toFixed(digits)} | ${other.toFixed(digits)} | ${(other / one).toFixed(2)} |`;
  };
  const { origin } = someMinutes(1);
  const jsonBytes = median(json.map(({ bytesPerKline }) => bytesPerKline));
  writeResult(
    "packed",
    `\`${CHANNEL}\` of ${SYMBOLS} symbols (${origin}) with ${MOVES_PER_SECOND} changes a second, to ${READERS} readers; medians of ${ROUNDS} rounds of ${SECONDS} s a
format, in turns. The server's processor time is for all readers together, less what it takes without any; a reader checks each message
as the SDK does. Five symbols change at once, so that JSON's five messages share a write to the socket, as a frame's klines do.

| | JSON | packed | ratio |
| --- | --- | --- | --- |
${row("bytes a kline", ({ bytesPerKline }) => bytesPerKline, 1)}
${row("frames a second, to each reader", ({ framesPerSecond }) => framesPerSecond, 0)}
${row("processor time of the server, ms a second", ({ serverMsPerSecond }) => serverMsPerSecond, 1)}
${row("processor time of a reader, µs a kline", ({ readerUsPerKline }) => readerUsPerKline, 1)}

A kline in a frame of its own takes ${alone.toFixed(1)} bytes, ${(alone / jsonBytes).toFixed(2)} of JSON. The ids of all symbols take ${median(packed.map(({ idsBytes }) => idsBytes))} bytes, once a
connection. Bytes are those of the messages, without WebSocket and TCP.

Budget: 0.25 of the bytes. Load of the machine meanwhile: ${loadavg()[0]?.toFixed(1)}; the times count beside each other only. ${machine()}.`,
    [
      {
        row: "bytes to a reader of 500 × kline:*:1m, compact",
        figure: (100 * median(packed.map(({ bytesPerKline }) => bytesPerKline))) / jsonBytes,
        rival: `JSON: ${jsonBytes.toFixed(0)} bytes a kline`,
      },
    ],
  );
}

// Question: how many messages a second does one core deliver to 1,000 WebSocket clients, when frames come one by one; and how long is
//           it from a frame to the last client that has its message? And when some of the clients take nothing?
// Input:    frames as Binance's combined streams send them, of 500 symbols (see lib/frame-market.ts), sent at an even pace, each by
//           itself; every client listens to `kline:*:1m`. The clients are in one process with the feed, and count frames.
// Rivals:   the npm package ws in Node, and Debian's nats-server with its own WebSocket, each on one core, in turns. Both are handed
//           the ready message, where Vyx reads the frame, updates six intervals and encodes.
// Budget:   1,000,000 messages a second; at 500,000 a second p99 of 10 ms from the frame to the last client.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { klineText } from "../src/wire/mod.ts";
import { freePort } from "../tests/helpers/free-port.ts";
import { type Delivered, FAN_OUT_SYMBOLS, type FanOut, fanOutLoad, type Written } from "./lib/fan-out-load.ts";
import { frameMarket, statesOf } from "./lib/frame-market.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { READ_KEY, startReads } from "./lib/read-server.ts";
import { hasPrograms, machine, machineLoad, median, missingPrograms, quantile, writeResult } from "./lib/results.ts";

const CLIENTS: number = sized(1_000, 100);
const RATES: readonly number[] = sized([250_000, 500_000, 1_000_000, 2_000_000], [50_000]);
/** The rate whose latency has a budget, and at which some clients take nothing. */
const HALF_MILLION: number = sized(500_000, 50_000);
/** Until the runtime has compiled what is hot. */
const WARM_UP_RATE: number = sized(60_000, 20_000);
const STUCK: number = sized(10, 1);
const SECONDS: number = sized(3, 1);
const ROUNDS: number = sized(5, 1);
const SERVER_CORE = 0;
const LOAD_CORE = 1;

/** A server to be fed, and how it wants to be asked. */
interface Started extends Pick<FanOut, "url" | "greeting" | "feed" | "written"> {
  stop(): Promise<void>;
}

/** One that fans out: its name, and how it is started anew for each round. */
interface Server {
  readonly name: string;
  start(): Promise<Started>;
}

/** What rivals are handed for each frame; all of the same length, so that NATS' can be counted without a look into them. */
const MESSAGE = messageOf();
const SUBJECT = "m";

if (process.argv[2] === "--serve") serve();
else await compare();

/** Reads frames from a connection, each behind the moment at which it was sent, a line each, and tells those who listen. */
function serve(): void {
  const { store, read } = frameMarket(FAN_OUT_SYMBOLS);
  let [sentAt, waited, rest]: [number[], number[], string] = [[], [], ""];
  /** The runtime writes what was published at the end of a turn of its loop: the next turn but one finds it written. */
  const isWritten = (): void => {
    const now = performance.timeOrigin + performance.now();
    for (const at of sentAt) waited.push(now - at);
    sentAt = [];
  };
  const times = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => {
      const written: Written = { p50: quantile(waited, 0.5), p99: quantile(waited, 0.99) };
      waited = [];
      return Response.json(written);
    },
  });
  const feed = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (_, bytes) => {
        const lines = (rest + bytes.toString("latin1")).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const space = line.indexOf(" ");
          read(line.slice(space + 1));
          sentAt.push(Number(line.slice(0, space)));
        }
        setImmediate(() => setImmediate(isWritten));
      },
    },
  });
  console.log(`${startReads([store]).url} ${feed.port} ${times.url.href}`);
}

async function compare(): Promise<void> {
  if (!hasPrograms("fan-out", ["node", "taskset"], "nodejs util-linux")) return;
  const hasNats = missingPrograms(["nats-server"]).length === 0;
  const servers: Server[] = [
    { name: "Vyx", start: startVyx },
    { name: "npm ws", start: startWs },
    ...(hasNats ? [{ name: "nats-server", start: startNats }] : []),
  ];
  const measured = new Map<string, Delivered[][]>(servers.map(({ name }) => [name, []]));
  const stuck = new Map<string, Delivered[]>(servers.map(({ name }) => [name, []]));
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const server of servers) {
      const all = await measure(server, RATES, 0);
      const [withStuck] = await measure(server, [HALF_MILLION], STUCK);
      measured.get(server.name)?.push(all);
      if (withStuck !== undefined) stuck.get(server.name)?.push(withStuck);
      const shown = [...all, withStuck].map((one) => `${inThousands(one?.perSecond)} (p99 ${one?.p99.toFixed(1)} ms)`);
      console.log(`round ${round} of ${ROUNDS}, ${server.name}: ${shown.join(", ")}`);
    }
  }
  report(measured, stuck, hasNats);
}

async function measure(server: Server, rates: readonly number[], stuck: number): Promise<Delivered[]> {
  const { stop, ...started } = await server.start();
  try {
    const all = [WARM_UP_RATE, ...rates];
    return await fanOutLoad(LOAD_CORE, { ...started, listeners: CLIENTS, stuck, rates: all, seconds: SECONDS });
  } finally {
    await stop();
  }
}

async function startVyx(): Promise<Started> {
  const vyx = pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve"]);
  const [url = "", port, written] = (await firstLine(vyx.process.stdout)).split(" ");
  const channels = ["kline:*:1m"];
  return {
    url,
    greeting: {
      path: "/ws",
      headers: { "X-API-Key": READ_KEY },
      subscribe: { type: "text", text: JSON.stringify({ op: "subscribe", channels }) },
      ready: '"ack"',
      messageBytes: undefined,
    },
    feed: { port: Number(port), sends: "frames", first: "" },
    written,
    stop: vyx.stop,
  };
}

async function startWs(): Promise<Started> {
  const ws = pinned(SERVER_CORE, ["node", join(import.meta.dir, "lib/ws-broadcast.mjs")]);
  const [url = "", port] = (await firstLine(ws.process.stdout)).split(" ");
  return {
    url,
    greeting: { path: "/", headers: {}, subscribe: undefined, ready: undefined, messageBytes: undefined },
    feed: { port: Number(port), sends: { message: `${MESSAGE}\n` }, first: "" },
    written: undefined,
    stop: ws.stop,
  };
}

async function startNats(): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "vyx-bench-"));
  const [port, webPort] = [freePort(), freePort()];
  const settings = `listen: "127.0.0.1:${port}"\nwebsocket { listen: "127.0.0.1:${webPort}", no_tls: true }\n`;
  writeFileSync(join(folder, "nats.conf"), settings);
  const nats = pinned(SERVER_CORE, ["nats-server", "-c", join(folder, "nats.conf"), "-l", join(folder, "log")]);
  const url = `http://127.0.0.1:${webPort}`;
  while (!(await fetch(url).then(Boolean, () => false))) await Bun.sleep(20);
  const connected = 'CONNECT {"verbose":false,"pedantic":false}\r\n';
  return {
    url,
    greeting: {
      path: "/",
      headers: {},
      subscribe: { type: "binary", text: `${connected}SUB ${SUBJECT} 1\r\nPING\r\n` },
      ready: "PONG",
      messageBytes: Buffer.byteLength(`MSG ${SUBJECT} 1 ${Buffer.byteLength(MESSAGE)}\r\n${MESSAGE}\r\n`),
    },
    feed: {
      port,
      sends: { message: `PUB ${SUBJECT} ${Buffer.byteLength(MESSAGE)}\r\n${MESSAGE}\r\n` },
      first: connected,
    },
    written: undefined,
    stop: async () => {
      await nats.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A message as Vyx sends it. */
function messageOf(): string {
  const state = statesOf(FAN_OUT_SYMBOLS, 1, 60).next().value;
  if (state === undefined) throw new Error("no state to tell");
  return klineText(`kline:${state.symbol}:1m`, state.kline, false);
}

function report(
  measured: ReadonlyMap<string, readonly (readonly Delivered[])[]>,
  stuck: ReadonlyMap<string, readonly Delivered[]>,
  hasNats: boolean,
): void {
  const at = (name: string, rate: number): Delivered | undefined =>
    middle(measured.get(name) ?? [], RATES.indexOf(rate));
  const best = (name: string): number =>
    median((measured.get(name) ?? []).map((round) => Math.max(...round.map(({ perSecond }) => perSecond))));
  const cellsOf = (one: Delivered | undefined): string =>
    one === undefined
      ? "not tried | | | "
      : `${inThousands(one.perSecond)}${one.isWhole ? "" : ", not all"} | ${one.written?.p99.toFixed(1) ?? ""} | ${one.p50.toFixed(1)} | ${one.p99.toFixed(1)}`;
  const names = [...measured.keys()];
  const rows = names.flatMap((name) => [
    ...RATES.map((rate) => `| ${name} | ${inThousands(rate)} | ${cellsOf(at(name, rate))} |`),
    `| ${name}, ${STUCK} of the clients take nothing | ${inThousands(HALF_MILLION)} | ${cellsOf(
      middle(
        [stuck.get(name) ?? []].flatMap((rounds) => rounds.map((one) => [one])),
        0,
      ),
    )} |`,
  ]);
  const rivals = names.filter((name) => name !== "Vyx");
  const others = (of: (name: string) => string): string => rivals.map((name) => `${name}: ${of(name)}`).join(", ");
  const half = at("Vyx", HALF_MILLION);
  writeResult(
    "fan-out",
    `${CLIENTS} clients of \`kline:*:1m\`, ${Buffer.byteLength(MESSAGE)} bytes a message; frames of ${FAN_OUT_SYMBOLS} symbols one by one, at an even pace; medians of ${ROUNDS} rounds of ${SECONDS} s,
each with a server of its own on one core, all clients and the feed on the other. Milliseconds from when a frame was sent
until the server had written to its last client, as it saw that itself, and until the last client had received it: the time of the clients,
which share a core, is in that. Where a server falls behind by 300 frames, the feed waits; one that delivers less than 70 % isn't offered more.

| | messages/s offered | delivered | written, p99 | received, p50 | p99 |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

${hasNats ? "" : "Not installed, so not measured: nats-server (Debian: apt-get install nats-server). "}${machine()}. ${machineLoad()}`,
    [
      {
        row: "fan-out to 1,000 clients, single frames",
        figure: best("Vyx"),
        rival: others((name) => `${inThousands(best(name))}/s`),
      },
      ...(half?.written === undefined
        ? []
        : ([
            {
              row: "fan-out at 500,000 messages/s, frame to last client, p99",
              figure: half.written.p99,
              rival: `received: ${half.p99.toFixed(1)} ms, ${others((name) => `${at(name, HALF_MILLION)?.p99.toFixed(1) ?? "–"} ms`)}`,
            },
          ] as const)),
    ],
  );
}

/** The medians of what was delivered at one rate. Rounds that didn't get that far count as none. */
function middle(rounds: readonly (readonly Delivered[])[], index: number): Delivered | undefined {
  const all = rounds.flatMap((round) => round[index] ?? []);
  if (all.length === 0) return undefined;
  const of = (figure: "perSecond" | "p50" | "p99"): number => median(all.map((one) => one[figure]));
  const written = all.flatMap((one) => one.written ?? []);
  return {
    ...{ perSecond: of("perSecond"), p50: of("p50"), p99: of("p99"), isWhole: all.every(({ isWhole }) => isWhole) },
    written:
      written.length === 0
        ? undefined
        : { p50: median(written.map(({ p50 }) => p50)), p99: median(written.map(({ p99 }) => p99)) },
  };
}

function inThousands(figure = Number.NaN): string {
  return `${Math.round(figure / 1_000)}k`;
}

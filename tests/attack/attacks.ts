import { connect, type Socket } from "node:net";
import { ACCOMPLICES, abandonedCalls } from "./abandoned-calls.ts";
import { type Aim, traderCount } from "./aim.ts";
import { BAD_FILTERS, NESTED_FILTER, unlike } from "./bad-filters.ts";
import { headersOf } from "./keys.ts";
import { ended, lanes, note, type Outcomes } from "./lanes.ts";
import { pipelined, wrongBodies } from "./request-attacks.ts";
import { channelChurn, manyNames, pingFlood, signalFlood } from "./socket-attacks.ts";
import { attackWithTraders, SPENDING_FILTER } from "./trader-attacks.ts";

const INTERVALS = ["1m", "5m", "15m", "1h", "4h", "1d"];

/** One attack: what it does until it is told to stop. Gives back what it saw, by outcome. */
export interface Attack {
  readonly name: string;
  readonly says: string;
  /** Names of further attackers, each with a key of its own. */
  readonly accomplices?: readonly string[];
  run(aim: Aim): Promise<Outcomes>;
}

/** All attacks, each a kind of work that once stopped the service for everybody. */
export const ATTACKS: readonly Attack[] = [
  {
    name: "screens",
    says: "filters that outlive their bounds, eight at a time, each one new",
    run: (aim) => lanes(8, aim.until, (turn) => post(aim, "/screen", screen(badFilter(turn), turn))),
  },
  {
    name: "previews",
    says: "sixteen previews that keep every bound",
    run: (aim) => {
      return lanes(16, aim.until, (turn) => post(aim, "/preview", { ...screen(SPENDING_FILTER, turn), closes: 500 }));
    },
  },
  {
    name: "traders",
    says: "four traders whose filters outlive their bounds",
    run: (aim) => attackWithTraders(aim, [0, 1, 2, 3].map(badFilter)),
  },
  {
    name: "spenders",
    says: "thirty traders whose filters spend all that they may",
    run: (aim) =>
      attackWithTraders(
        aim,
        Array.from({ length: traderCount(aim) }, () => SPENDING_FILTER),
      ),
  },
  {
    name: "signals",
    says: "thirty traders that match everything with large facts, and fifty sockets that want the signals",
    run: signalFlood,
  },
  {
    name: "churn",
    says: "twenty sockets with 800 channels each that begin and end the channels of the whole market, 20 times a second",
    run: (aim) => channelChurn(aim, INTERVALS),
  },
  {
    name: "snapshots",
    says: "one socket that asks for the whole market's closes a hundred times, again and again",
    run: (aim) => lanes(1, aim.until, () => askForSnapshots(aim, 100)),
  },
  ...(["br", "gzip", "zstd", "identity"] as const).map((encoding) => ({
    name: `batches-${encoding}`,
    says: `twelve of the largest batches at once, ${encoding}`,
    run: (aim: Aim) => lanes(12, aim.until, (turn) => batch(aim, encoding, turn)),
  })),
  {
    name: "conditional",
    says: "the largest batches for whoever hasn't their tag, 64 at once, each with another limit than those before",
    run: (aim) => lanes(64, aim.until, (turn) => batch(aim, "br", turn, { "if-none-match": '"another"' }, 20)),
  },
  {
    name: "slow-readers",
    says: "forty connections that read the largest answer at 2 kB/s",
    run: (aim) => slowReaders(aim, 40),
  },
  {
    name: "stalled-sockets",
    says: "thirty sockets that ask for the market's closes, ping, and read nothing",
    run: (aim) => stalledSockets(aim, 30),
  },
  {
    name: "validate",
    says: "large filters that are only read, each one new",
    run: (aim) => lanes(4, aim.until, (turn) => validate(aim, turn)),
  },
  {
    name: "pings",
    says: "a socket that sends pings as fast as they are taken, and reads no pong",
    run: pingFlood,
  },
  {
    name: "nested",
    says: "filters of averages of averages, 280 deep, that are only read, each one new",
    run: (aim) =>
      lanes(8, aim.until, (turn) => post(aim, "/functions/v1/traders/validate", screen(NESTED_FILTER, turn))),
  },
  {
    name: "pipelined",
    says: "hundreds of requests on one connection, none of which waits for an answer",
    run: (aim) =>
      pipelined(aim, [
        `/klines?symbols=*&intervals=${INTERVALS.slice(0, 5).join()}&limit=1`,
        ...["BTCUSDT", "ETHUSDT"].map((symbol) => `/klines/${symbol}/1m?limit=500`),
      ]),
  },
  {
    name: "bodies",
    says: "sixteen at once of the largest bodies, full of items that are wrong",
    run: wrongBodies,
  },
  {
    name: "names",
    says: "twenty sockets that end a thousand channels that they don't have, and begin a thousand",
    run: manyNames,
  },
  {
    name: "functions",
    says: "four callers whose clients hang up on lists of traders and signals, on changes and on deletions",
    accomplices: ACCOMPLICES,
    run: abandonedCalls,
  },
];

/** Filters to be read only, as large as they may be. */
export async function validate(aim: Aim, turn: number): Promise<string> {
  const code = `return true;${";".repeat(32_700)}//${turn}`;
  return await post(aim, "/functions/v1/traders/validate", { code, timeframes: ["1m"] });
}

/** Connections that ask for the largest answers and read a few bytes a second. Past the bounds they are cut or refused. */
export async function slowReaders({ url, key, until }: Aim, count: number): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: count }, (_, index) => {
    const socket = connect({ host: hostname, port: Number(port), onread: undefined });
    const path = `/klines?symbols=*&intervals=${INTERVALS.join()}&limit=${100 - (index % 3)}`;
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${key}\r\n\r\n`);
    socket.on("error", () => {});
    socket.on("close", () => note(outcomes, "closed"));
    socket.once("data", (bytes) => note(outcomes, bytes.toString("latin1").split(" ")[1] ?? "?"));
    return socket;
  });
  drip(sockets, until);
  await ended(until);
  for (const socket of sockets) socket.destroy();
  return outcomes;
}

/** Sockets that ask for everything, go on pinging, and read nothing. */
export async function stalledSockets({ url, key: apiKey, until }: Aim, count: number): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: count }, () => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.pause();
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nX-API-Key: ${apiKey}\r\n\r\n`,
    );
    socket.write(frame(subscription(INTERVALS.slice(0, 4))));
    socket.on("error", () => {});
    socket.on("close", () => note(outcomes, "closed"));
    return socket;
  });
  const pings = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write(frame('{"op":"ping"}'));
  }, 5_000);
  await ended(until);
  clearInterval(pings);
  for (const socket of sockets) socket.destroy();
  return outcomes;
}

async function askForSnapshots({ url, key, until }: Aim, frames: number): Promise<string> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, { headers: headersOf(key) } as never);
  return await new Promise<string>((resolve) => {
    const end = (outcome: string): void => {
      socket.close();
      resolve(outcome);
    };
    socket.onopen = () => {
      for (let index = 0; index < frames; index += 1) socket.send(subscription(INTERVALS, index));
    };
    socket.onclose = ({ code }) => end(`closed ${code}`);
    socket.onerror = () => end("error");
    until.addEventListener("abort", () => end("open to the end"));
  });
}

/** `limits`: so many different ones take turns. */
async function batch(
  { url, key, until }: Aim,
  encoding: string,
  turn: number,
  headers: Record<string, string> = {},
  limits = 3,
): Promise<string> {
  const response = await fetch(`${url}/klines?symbols=*&intervals=${INTERVALS.join()}&limit=${100 - (turn % limits)}`, {
    headers: { ...headersOf(key), "accept-encoding": encoding, ...headers },
    signal: until,
  });
  for await (const _ of response.body ?? []) if (until.aborted) break;
  return await afterRefusal(response, until);
}

async function post({ url, key, until }: Aim, path: string, body: unknown): Promise<string> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: headersOf(key),
    body: JSON.stringify(body),
    signal: until,
  });
  await response.arrayBuffer();
  return await afterRefusal(response, until);
}

/** Whoever is refused tries again soon, whatever the server says: that is what attackers do, within reason. */
async function afterRefusal({ status }: Response, until: AbortSignal): Promise<string> {
  if (status === 429 || status === 503) await Promise.race([Bun.sleep(100), ended(until)]);
  return String(status);
}

function screen(code: string, turn: number): object {
  return { code: unlike(code, turn * 1_000 + (Date.now() % 1_000)), timeframes: ["1m"] };
}

function badFilter(turn: number): string {
  const all = Object.values(BAD_FILTERS);
  return all[turn % all.length] as string;
}

function subscription(intervals: readonly string[], id = 0): string {
  const channels = intervals.map((interval) => `closed:*:${interval}`);
  return JSON.stringify({ op: "subscribe", id, channels, since: Object.fromEntries(channels.map((one) => [one, 0])) });
}

/** A masked text frame of a WebSocket client (RFC 6455, 5.2). */
function frame(text: string): Buffer {
  const bytes = Buffer.from(text);
  const mask = crypto.getRandomValues(new Uint8Array(4));
  const head =
    bytes.length < 126 ? [0x81, 0x80 | bytes.length] : [0x81, 0x80 | 126, bytes.length >> 8, bytes.length & 0xff];
  return Buffer.concat([Buffer.from(head), mask, bytes.map((byte, at) => byte ^ (mask[at % 4] as number))]);
}

/** Reads some bytes of each socket every second. */
function drip(sockets: readonly Socket[], until: AbortSignal): void {
  for (const socket of sockets) socket.pause();
  const timer = setInterval(() => {
    if (until.aborted) clearInterval(timer);
    for (const socket of sockets) socket.read(2_048);
  }, 1_000);
}

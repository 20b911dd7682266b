import { firstLine, pinned } from "./pinned.ts";
import { quantile } from "./results.ts";

/** What is asked, and how fast. */
export interface Pace {
  readonly url: string;
  /** Drawn at random, each as likely as another. */
  readonly paths: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Milliseconds from when a request was due to its answer's last byte. */
export interface PacedLoad {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly answers: number;
}

/** What is asked before the latencies count: as a share of the time. */
const WARM_UP = 0.1;

/**
 * Asks at an even pace from one core, whether or not answers come. A request that has to wait for a connection, as all of them wait
 * for answers, has been due meanwhile: a server that stands still for a second is charged with all that was due in it.
 */
export async function pacedLoad(core: number, pace: Pace): Promise<PacedLoad> {
  const client = pinned(core, [process.execPath, import.meta.path, JSON.stringify(pace)]);
  try {
    return JSON.parse(await firstLine(client.process.stdout)) as PacedLoad;
  } finally {
    await client.stop();
  }
}

if (import.meta.main) console.log(JSON.stringify(await ask(JSON.parse(process.argv[2] ?? "") as Pace)));

/** One kept connection, with one request at a time. */
interface Connection {
  ask(path: string, dueAt: number): void;
}

async function ask(pace: Pace): Promise<PacedLoad> {
  const { paths, connections, perSecond, seconds } = pace;
  const latencies: number[] = [];
  const free: Connection[] = [];
  const count = Math.floor(perSecond * seconds);
  let [answers, failed] = [0, ""];
  const onAnswer = (connection: Connection, dueAt: number): void => {
    free.push(connection);
    answers += 1;
    if (answers > WARM_UP * count) latencies.push(performance.now() - dueAt);
  };
  const onFault = (fault: string): void => {
    failed = fault;
  };
  for (let index = 0; index < connections; index += 1) free.push(await connect(pace, onAnswer, onFault));
  const began = performance.now();
  let asked = 0;
  // As fast as the loop turns: a timer would be late by a millisecond.
  while (answers < count) {
    if (failed !== "") throw new Error(failed);
    for (let connection = free.at(-1); connection !== undefined; connection = free.at(-1)) {
      const dueAt = began + (asked * 1_000) / perSecond;
      if (asked >= count || dueAt > performance.now()) break;
      free.pop();
      asked += 1;
      connection.ask(paths[Math.floor(Math.random() * paths.length)] as string, dueAt);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [p50, p99, worst] = [0.5, 0.99, 1].map((share) => quantile(latencies, share)) as [number, number, number];
  return { p50, p99, worst, answers };
}

async function connect(
  { url, headers }: Pace,
  onAnswer: (connection: Connection, dueAt: number) => void,
  onFault: (fault: string) => void,
): Promise<Connection> {
  const { hostname, port, host } = new URL(url);
  const said = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  /** What is still to come of an answer; undefined before its head has come. */
  let left: number | undefined;
  let head: Uint8Array = new Uint8Array();
  let due = 0;
  const take = (bytes: Uint8Array): void => {
    if (left === undefined) {
      const all = Buffer.concat([head, bytes]);
      head = all;
      const end = all.indexOf("\r\n\r\n");
      if (end < 0) return;
      const text = all.toString("latin1", 0, end);
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      if (!text.startsWith("HTTP/1.1 200") || length === undefined) {
        onFault(`not an answer of known length: ${text}`);
        return;
      }
      left = Number(length) - (all.byteLength - end - 4);
    } else left -= bytes.byteLength;
    if (left > 0) return;
    [left, head] = [undefined, new Uint8Array()];
    onAnswer(connection, due);
  };
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_, bytes) => take(bytes),
      close: () => onFault("the server closed a connection"),
    },
  });
  const connection: Connection = {
    ask: (path, dueAt) => {
      due = dueAt;
      socket.write(`GET ${path} HTTP/1.1\r\n${said.join("")}\r\n`);
    },
  };
  return connection;
}

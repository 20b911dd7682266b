// Generated requests and frames against a running server, over HTTP and WebSocket:
//   npm run fuzz -- 1000000 [seed]
// Prints its seed, and ends with an error when there was a 5xx that the contract doesn't have, an answer without a request
// id, a failure inside, or memory that didn't come back.
import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { type Kline, type Random, seededRandom } from "../../src/core/mod.ts";
import { KeyRing } from "../../src/server/mod.ts";
import { keyAccess, keyRecord } from "../helpers/keys.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";
import { until } from "../helpers/until.ts";

/** Requests that are under way at once, on as many kept connections. */
const LANES = 8;

/** Inputs that fast-check makes at a time. */
const BATCH = 500;

/** How often the byte mutator breaks each of them, besides its being sent as it is. */
const MUTATIONS = 4;

/** Answers that a server which is well never gives. 503 is the contract's word for "not yet", 505 the runtime's for a broken version. */
const isBroken = (status: number): boolean => status >= 500 && status !== 503 && status !== 505;

/** What a run found. */
export interface FuzzResult {
  readonly seed: number;
  readonly requests: number;
  readonly frames: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly closes: Readonly<Record<string, number>>;
  /** What must not be, in words; the first of each kind with its input. */
  readonly faults: readonly string[];
  /** Heap in use, before and after, in bytes. */
  readonly heap: { readonly before: number; readonly after: number };
}

/** Half requests, half frames: `total` in all. */
export async function fuzz(total: number, seed: number): Promise<FuzzResult> {
  const random = seededRandom(seed);
  const faults = new Map<string, string>();
  const fault = (kind: string, detail: string): void => {
    if (!faults.has(kind)) faults.set(kind, `${kind}: ${detail}`);
  };
  const rejected = (reason: unknown): void => fault("unhandled rejection", String(reason));
  process.on("unhandledRejection", rejected);
  const ring = new KeyRing([keyRecord("good", { scopes: ["read", "stream", "admin", "metrics"] })]);
  const market = serveMarket({
    with: {
      access: keyAccess(ring),
      log: { level: () => "info", setLevel: () => {} },
      onError: (id, cause) => fault("failed inside", `${id} ${cause instanceof Error ? cause.stack : cause}`),
    },
  });
  const statuses: Record<string, number> = {};
  const closes: Record<string, number> = {};
  try {
    const run = async (requests: number, frames: number): Promise<void> => {
      await fuzzHttp(market, requests, random, statuses, fault);
      await fuzzFrames(market, frames, random, closes, fault);
      await until(() => market.server.hub.sockets === 0);
    };
    // Caches fill up to their bounds in the first stretch; what is held after it may not grow any more.
    const warm = Math.min(Math.floor(total / 5), 50_000);
    await run(warm / 2, warm / 2);
    await dropKeptAnswers(market);
    const before = heapInUse();
    await run((total - warm) / 2, (total - warm) / 2);
    await dropKeptAnswers(market);
    const after = heapInUse();
    if (after > before * 1.1) fault("memory", `${before} bytes before, ${after} after`);
    const health = await market.get("/health");
    if (health.status !== 200) fault("health", String(health.status));
    const heap = { before, after };
    return { seed, requests: total / 2, frames: total / 2, statuses, closes, faults: [...faults.values()], heap };
  } finally {
    process.off("unhandledRejection", rejected);
    await market.server.stop();
  }
}

/** Answers are kept until their series moves, up to 64 MB, and this market stands still: it moves for once. */
async function dropKeptAnswers(market: ServedMarket): Promise<void> {
  moves += 1;
  for (const { symbol } of market.store.symbols()) {
    market.stream({ ...(market.minutes[300] as Kline), trades: moves, closed: false }, symbol);
    for (const interval of market.store.served) {
      const path = `/klines/${encodeURIComponent(symbol)}/${interval}?limit=1`;
      await (await market.get(path, { "x-api-key": "good" })).arrayBuffer();
    }
  }
}

let moves = 0;

type Fault = (kind: string, detail: string) => void;

/** Pieces of the contract, which generated requests are put together from, right ones and wrong ones. */
const word = fc.oneof(
  fc.constantFrom(
    "klines",
    "tickers",
    "ticker",
    "symbols",
    "closes",
    "coverage",
    "health",
    "ready",
    "ws",
    "tickets",
    "page-settings",
  ),
  fc.constantFrom(
    "BTCUSDT",
    "btcusdt",
    "1m",
    "1M",
    "5m",
    "1h",
    "log-level",
    "openapi.json",
    "*",
    "..",
    "%2e%2e",
    "%ff",
  ),
  fc.string({ unit: "binary", maxLength: 30 }).map(encoded),
);
const value = fc.oneof(
  fc.constantFrom("1", "500", "501", "0", "-1", "1e9", "true", "false", "*", "BTCUSDT", "1m,5m", "1760000000000", ""),
  fc.nat().map(String),
  fc.string({ unit: "binary", maxLength: 20 }).map(encoded),
);
const name = fc.oneof(
  fc.constantFrom("limit", "startTime", "endTime", "closed", "symbols", "intervals", "ticket", "limt", "__proto__"),
  fc.string({ maxLength: 8 }).map(encoded),
);
/** Addresses that are right but for what is drawn into them. */
const route = fc
  .tuple(fc.constantFrom("BTCUSDT", "btcusdt", "NOPE"), fc.constantFrom("1m", "5m", "1h", "7m"), fc.nat(600))
  .chain(([symbol, interval, number]) =>
    fc.constantFrom(
      `/klines/${symbol}/${interval}?limit=${number}`,
      `/klines/${symbol}/${interval}?startTime=${1_770_681_600_000 + number * 60_000}&closed=true`,
      `/klines?symbols=*&intervals=${interval}&limit=${number}`,
      `/ticker/${symbol}`,
      `/coverage/${symbol}/${interval}`,
      "/tickers?symbols=BTCUSDT",
      "/closes",
      "/symbols",
      "/metrics",
      "/health",
      "/openapi.json",
    ),
  );
const address = fc.oneof(route, anyAddress());

function anyAddress(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.array(word, { maxLength: 4 }), fc.array(fc.tuple(name, value), { maxLength: 4 }))
    .map(
      ([words, query]) =>
        `/${words.join("/")}${query.length > 0 ? `?${query.map((pair) => pair.join("=")).join("&")}` : ""}`,
    );
}
const header = fc.oneof(
  fc.constant("X-API-Key: good"),
  fc.constantFrom(
    "X-API-Key: bad",
    "Authorization: Bearer good",
    "Authorization: x",
    "Accept-Encoding: gzip;q=x, br",
    'If-None-Match: W/"x", *',
    "Accept: application/vnd.apache.arrow.stream",
    "Origin: https://page.example",
    "X-Request-Id: a b",
    "X-Forwarded-For: 1.2.3.4, x",
    "Upgrade: websocket",
    "Sec-WebSocket-Key: x",
    "Expect: 100-continue",
    "Range: bytes=0-1",
  ),
  fc.tuple(fc.stringMatching(/^[A-Za-z-]{1,12}$/), fc.stringMatching(/^[ -~]{0,40}$/)).map((pair) => pair.join(": ")),
);
const method = fc.constantFrom("GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW");
const body = fc.oneof(fc.json(), fc.string({ unit: "binary", maxLength: 200 }), fc.constant('{"level":"info"}'));
const request = fc.record({ method, address, headers: fc.array(header, { maxLength: 4 }), body }).map((parts) => {
  const takesBody = parts.method === "POST" || parts.method === "PUT" || parts.method === "PATCH";
  const text = takesBody ? parts.body : "";
  const length = takesBody ? [`Content-Length: ${Buffer.byteLength(text)}`] : [];
  const lines = [`${parts.method} ${parts.address} HTTP/1.1`, "Host: localhost", ...parts.headers, ...length];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${text}`);
});

const channel = fc.oneof(
  fc.constantFrom("kline:BTCUSDT:1m", "closed:*:5m", "kline:*:1m", "ticker:BTCUSDT", "tickers", "close:1m", "signals"),
  fc.string({ unit: "binary", maxLength: 30 }),
);
const frame: fc.Arbitrary<string> = fc.oneof(
  fc.json(),
  fc
    .record(
      {
        op: fc.oneof(fc.constantFrom("subscribe", "unsubscribe", "ping"), fc.string()),
        id: fc.oneof(fc.integer(), fc.string(), fc.constant(null)),
        channels: fc.oneof(fc.array(channel, { maxLength: 5 }), fc.anything()),
        since: fc.oneof(fc.dictionary(channel, fc.oneof(fc.integer(), fc.maxSafeNat())), fc.anything()),
      },
      { requiredKeys: ["op"] },
    )
    .map((value) => safeJson(value)),
  fc.string({ unit: "binary", maxLength: 100 }),
);

async function fuzzHttp(
  market: ServedMarket,
  count: number,
  random: Random,
  statuses: Record<string, number>,
  fault: Fault,
): Promise<void> {
  let left = count;
  let ready: Buffer[] = [];
  const next = (): Buffer => {
    if (ready.length === 0) ready = withMutations(batchOf(request, random), random);
    return ready.pop() ?? Buffer.alloc(0);
  };
  const lane = async (): Promise<void> => {
    let line: HttpLine | undefined;
    while (left > 0) {
      left -= 1;
      const input = next();
      line ??= await HttpLine.open(market.server.url);
      const answer = await line.ask(input);
      const status = answer === undefined ? "closed" : String(answer.status);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (answer !== undefined && isBroken(answer.status))
        fault(`status ${answer.status}`, JSON.stringify(input.toString("latin1")));
      if (answer?.isOurs === true && answer.requestId === undefined) {
        fault("no request id", JSON.stringify(input.toString("latin1")));
      }
      if (line.isSpent) {
        line.end();
        line = undefined;
      }
    }
    line?.end();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function fuzzFrames(
  market: ServedMarket,
  count: number,
  random: Random,
  closes: Record<string, number>,
  fault: Fault,
): Promise<void> {
  let left = count;
  let ready: Buffer[] = [];
  const next = (): Buffer => {
    if (ready.length === 0) {
      const frames = batchOf(frame, random).map((text) => Buffer.from(text));
      ready = withMutations(frames, random);
    }
    return ready.pop() ?? Buffer.alloc(0);
  };
  const lane = async (): Promise<void> => {
    while (left > 0) {
      const socket = new WebSocket(`${market.server.url.replace("http", "ws")}/ws`, {
        headers: { "x-api-key": "good" },
      } as never);
      let heard = 0;
      socket.onmessage = () => {
        heard += 1;
      };
      const closed = new Promise<number>((resolve) => {
        socket.onclose = ({ code }) => resolve(code);
      });
      await Promise.race([until(() => heard > 0), closed]);
      // A socket's own rate is for people; here it is refilled by a clock that stands still, so each gets its fill.
      for (let sent = 0; sent < 90 && left > 0 && socket.readyState === WebSocket.OPEN; sent += 1) {
        left -= 1;
        const input = next();
        if (random() < 0.95) socket.send(input.toString());
        else socket.send(new Uint8Array(input));
        if (sent % 10 === 9) await new Promise((resolve) => setImmediate(resolve));
      }
      const before = heard;
      if (socket.readyState === WebSocket.OPEN) {
        socket.send('{"op":"ping"}');
        await Promise.race([until(() => heard > before), closed]);
        socket.close();
      }
      const code = await closed;
      closes[code] = (closes[code] ?? 0) + 1;
      if (![1000, 1005, 4501, 4502, 4009].includes(code)) fault(`close ${code}`, "of a socket");
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** What came back on a raw connection. */
interface RawAnswer {
  readonly status: number;
  readonly requestId: string | undefined;
  /** Whether it is the server's and not the runtime's, which answers what isn't HTTP by itself. */
  readonly isOurs: boolean;
}

/** A kept connection that bytes are written to as they are. Whatever isn't one well-formed request ends it. */
class HttpLine {
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #wake: () => void = () => {};
  /** Whether it can't take another request. */
  isSpent = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes as Buffer]);
      this.#wake();
    });
    for (const event of ["close", "error", "end"]) {
      socket.on(event, () => {
        this.isSpent = true;
        this.#wake();
      });
    }
  }

  static async open(url: string): Promise<HttpLine> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new HttpLine(socket);
  }

  /** The first answer to the bytes, or undefined when there was none and the connection is over. */
  async ask(input: Buffer): Promise<RawAnswer | undefined> {
    this.#bytes = Buffer.alloc(0);
    // Half-closed behind the bytes: whoever waits for more of a broken request learns that nothing comes.
    const isPlain = isWellFormed(input);
    if (isPlain) this.#socket.write(input);
    else this.#socket.end(input);
    if (!isPlain) this.isSpent = true;
    for (;;) {
      const answer = this.#answer(input);
      if (answer !== undefined) return answer;
      if (this.#socket.destroyed || this.#socket.readableEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  end(): void {
    this.#socket.destroy();
  }

  #answer(input: Buffer): RawAnswer | undefined {
    const end = this.#bytes.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const head = this.#bytes.subarray(0, end).toString("latin1");
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? "0");
    const requestId = /^x-request-id: (\S+)$/im.exec(head)?.[1];
    const isHead = input.subarray(0, 5).toString() === "HEAD ";
    const length =
      isHead || status === 304 || status === 204 ? 0 : Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? "0");
    if (status === 100 || status === 101) {
      this.isSpent = true;
      return { status, requestId, isOurs: false };
    }
    if (this.#bytes.length < end + 4 + length) return undefined;
    if (/^connection: close$/im.test(head)) this.isSpent = true;
    const isOurs = /^(content-type|etag|allow|x-request-id):/im.test(head);
    return { status, requestId, isOurs };
  }
}

/** A request that is surely one, so that the connection can be kept behind it. */
function isWellFormed(input: Buffer): boolean {
  const text = input.toString("latin1");
  const [, verb = "", rest = ""] =
    /^([A-Z]{3,7}) \/[!-~]* HTTP\/1\.1\r\nHost: localhost\r\n((?:[A-Za-z-]+: [ -~]*\r\n)*)\r\n/.exec(text) ?? [];
  if (verb === "" || /^(expect|upgrade|connection|transfer-encoding|content-length|host):/im.test(rest)) return false;
  return text.endsWith("\r\n\r\n") && ["GET", "HEAD", "DELETE", "OPTIONS"].includes(verb);
}

/** Each input as it is and broken several times, well mixed. */
function withMutations(inputs: readonly Buffer[], random: Random): Buffer[] {
  const all = inputs.flatMap((input) => [input, ...Array.from({ length: MUTATIONS }, () => mutated(input, random))]);
  return all
    .map((input) => ({ input, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ input }) => input);
}

/** Flips, drops, doubles, inserts and cuts bytes, a few times. */
function mutated(input: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(input);
  const times = 1 + Math.floor(random() * 4);
  for (let time = 0; time < times && bytes.length > 0; time += 1) {
    const at = Math.floor(random() * bytes.length);
    const kind = Math.floor(random() * 5);
    if (kind === 0) bytes[at] = Math.floor(random() * 256);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + 40), bytes.subarray(at)]);
    else if (kind === 3) {
      const inserted = Buffer.from(Array.from({ length: 8 }, () => Math.floor(random() * 256)));
      bytes = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
    } else bytes = bytes.subarray(0, at);
  }
  return bytes;
}

function batchOf<T>(arbitrary: fc.Arbitrary<T>, random: Random): T[] {
  return fc.sample(arbitrary, { numRuns: BATCH, seed: Math.floor(random() * 2 ** 31) });
}

function heapInUse(): number {
  Bun.gc(true);
  Bun.gc(true);
  return process.memoryUsage().heapUsed;
}

function encoded(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return "%00";
  }
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "null";
  } catch {
    return "null";
  }
}

if (import.meta.main) {
  const total = Number(process.argv[2] ?? "1000000");
  const seed = Number(process.argv[3] ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  console.log(`${total} requests and frames, seed ${seed}`);
  const result = await fuzz(total, seed);
  console.log(JSON.stringify(result, null, 2));
  process.exit(result.faults.length === 0 ? 0 : 1);
}

import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";

/** How a request fails. */
export type Fault =
  /** The connection is cut before any answer. */
  | "reset"
  /** The connection is cut in the middle of the body. */
  | "cut"
  /** No answer ever comes. */
  | "silence"
  /** The answer begins, and never ends. */
  | "slow"
  /** An answer as it is written. */
  | { readonly answer: string };

/** Answers by name, as they travel. */
const answer = (status: string, body: string, ...headers: string[]): Fault => ({
  answer: [
    `HTTP/1.1 ${status}`,
    "Content-Type: text/html",
    "Connection: close",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    "",
    body,
  ].join("\r\n"),
});

/** What a path may ask for. */
const FAULTS: Readonly<Record<string, Fault>> = {
  none: answer("200 OK", ""),
  reset: "reset",
  cut: "cut",
  silence: "silence",
  slow: "slow",
  "429-seconds": answer("429 Too Many Requests", "slow down", "Retry-After: 1"),
  "429-date": answer(
    "429 Too Many Requests",
    "slow down",
    "Date: Tue, 10 Feb 2026 00:00:00 GMT",
    "Retry-After: Tue, 10 Feb 2026 00:00:01 GMT",
  ),
  "429-hour": answer("429 Too Many Requests", "slow down", "Retry-After: 3600"),
  "500": answer("500 Internal Server Error", "<h1>oops</h1>", "X-Request-Id: of-the-proxy"),
  "502": answer("502 Bad Gateway", ""),
  "503": answer("503 Service Unavailable", ""),
  "504": answer("504 Gateway Timeout", ""),
  garbage: answer("200 OK", '{"symbol":"BTCUSDT","klines":[{'),
  schema: answer("200 OK", '{"symbol":"BTCUSDT","interval":"1m","count":"two","complete":true,"klines":[]}'),
};

/**
 * Stands between clients and a server, on bare TCP. A request to `/{key}/{fault}/{times}/…` fails so many times, counted
 * by key, and is then passed on without these three.
 */
export class FaultProxy {
  readonly url: string;
  readonly #target: URL;
  readonly #server: Server;
  readonly #requests: Map<string, number> = new Map();
  readonly #sockets: Set<Socket> = new Set();

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = new URL(target);
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket) => this.#accept(socket));
  }

  static async start(target: string): Promise<FaultProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new FaultProxy(server, target);
  }

  /** How many requests came with the key. */
  requests(key: string): number {
    return this.#requests.get(key) ?? 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.#keep(socket);
    let head = "";
    const onData = (bytes: Buffer): void => {
      head += bytes.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", onData);
      this.#take(socket, head);
    };
    socket.on("data", onData);
  }

  #take(socket: Socket, head: string): void {
    const [, method, key = "", name = "", times = "", path] =
      /^(\w+) \/([^/]+)\/([^/]+)\/(\d+)(\/\S*)/.exec(head) ?? [];
    const seen = this.requests(key) + 1;
    this.#requests.set(key, seen);
    const fault = FAULTS[name];
    if (fault === undefined) throw new Error(`no such fault: ${head.split("\r\n")[0]}`);
    if (seen > Number(times)) this.#pass(socket, head.replace(/^.*\r\n/, `${method} ${path} HTTP/1.1\r\n`));
    else fail(socket, fault);
  }

  #pass(socket: Socket, head: string): void {
    const upstream = connect(Number(this.#target.port), this.#target.hostname);
    this.#keep(upstream);
    upstream.write(head.replace(/\r\nconnection: [^\r]*/i, "").replace("\r\n", "\r\nConnection: close\r\n"), "latin1");
    socket.pipe(upstream);
    // One request a connection, and the client must know, or it sends the next one into a connection that ends.
    upstream.once("data", (bytes: Buffer) => {
      socket.write(bytes.toString("latin1").replace("\r\n", "\r\nConnection: close\r\n"), "latin1");
      upstream.pipe(socket);
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

/** A port on which nobody listens. */
export async function refusingUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

function fail(socket: Socket, fault: Fault): void {
  if (typeof fault === "object") {
    socket.end(fault.answer);
    return;
  }
  switch (fault) {
    case "reset":
      socket.resetAndDestroy();
      break;
    case "cut":
    case "slow":
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"symbol":');
      if (fault === "cut") setTimeout(() => socket.destroy(), 50);
      break;
    case "silence":
      break;
  }
}

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A client's connection, and the one to the server that it goes on in. */
type Pair = readonly [Socket, Socket];

/** Stands between clients and a server, on bare TCP, and can fail as networks do. */
export class CuttableProxy {
  readonly url: string;
  readonly #target: URL;
  readonly #server: Server;
  readonly #pairs: Set<Pair> = new Set();
  readonly #speaking: Set<Pair> = new Set();
  readonly #silent: Set<Pair> = new Set();
  #isRefusing = false;

  private constructor(server: Server, target: string) {
    this.#server = server;
    this.#target = new URL(target);
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket) => this.#accept(socket));
  }

  static async start(target: string): Promise<CuttableProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new CuttableProxy(server, target);
  }

  /** How many WebSockets go through whose client has said something after the handshake: it has heard the server. */
  get sockets(): number {
    return this.#speaking.size;
  }

  /** Resets every connection. */
  drop(): void {
    for (const [socket, upstream] of this.#pairs) {
      socket.resetAndDestroy();
      upstream.destroy();
    }
  }

  /** Every connection stays up, and not a byte goes through any more, as when a cable is pulled. New ones are well. */
  silence(): void {
    for (const pair of this.#pairs) {
      const [socket, upstream] = pair;
      socket.unpipe(upstream).resume();
      upstream.unpipe(socket).resume();
      this.#silent.add(pair);
    }
    this.#pairs.clear();
    this.#speaking.clear();
  }

  /** From now on new connections are cut at once, or let through again. */
  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
  }

  async stop(): Promise<void> {
    this.refuse(true);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const pair of [...this.#pairs, ...this.#silent]) for (const socket of pair) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    socket.on("error", () => {});
    if (this.#isRefusing) {
      socket.resetAndDestroy();
      return;
    }
    const upstream = connect(Number(this.#target.port), this.#target.hostname);
    upstream.on("error", () => {});
    const pair: Pair = [socket, upstream];
    this.#pairs.add(pair);
    socket.once("data", (head: Buffer) => {
      if (!head.toString("latin1").startsWith("GET /ws")) return;
      socket.once("data", () => {
        if (this.#pairs.has(pair)) this.#speaking.add(pair);
      });
    });
    socket.pipe(upstream);
    upstream.pipe(socket);
    // Not `close` alone: a pipe passes an end on, but neither a reset nor a destroyed socket.
    for (const [one, other] of [pair, [upstream, socket] as const]) {
      one.on("close", () => {
        other.destroy();
        this.#pairs.delete(pair);
        this.#silent.delete(pair);
        this.#speaking.delete(pair);
      });
    }
  }
}

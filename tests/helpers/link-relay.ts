import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Bytes that wait for their time, at most, of each way of a connection: past it the sender isn't read, as with a full send buffer. */
const MAX_WAITING_BYTES = 1_048_576;

/** Which way bytes go: `up` to the server, `down` to the client. */
export type Way = "up" | "down";

/** How slow a link is. */
export interface Slowness {
  /** One way. */
  readonly delayMs: number;
  /** Of each connection, each way. */
  readonly bytesPerSecond: number;
}

/** How the link is now. */
interface LinkState {
  isStalled(): boolean;
  slowness(): Slowness | undefined;
}

/** A piece of one way; undefined: its end. */
interface Piece {
  readonly bytes: Buffer | undefined;
  readonly due: number;
}

/**
 * A link between a client and a server, as TCP on a network: it can be cut, so that connections stay up and nothing passes until it is healed, it can
 * stall one way, and it can be slow. What was under way during a cut arrives afterwards, as it does where TCP sends again.
 */
export class LinkRelay {
  readonly port: number;
  readonly #server: Server;
  readonly #ways: Set<OneWay> = new Set();
  readonly #sockets: Set<Socket> = new Set();
  readonly #stalled: Set<Way> = new Set();
  #slowness: Slowness | undefined;
  /** Bytes that have come from the server so far. */
  downBytes = 0;

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket) => this.#accept(socket, target));
  }

  /** Listens on a port of its own. */
  static async start(port: number, host = "127.0.0.1"): Promise<LinkRelay> {
    const server = createServer({ allowHalfOpen: true });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new LinkRelay(server, { host, port });
  }

  /** From now on nothing passes, in neither direction or in one. New connections are accepted, and nothing comes over them. */
  cut(...ways: readonly Way[]): void {
    for (const way of ways.length === 0 ? (["up", "down"] as const) : ways) this.#stalled.add(way);
  }

  /** From now on everything takes longer. */
  slow(slowness: Slowness): void {
    this.#slowness = slowness;
  }

  /** All passes again at once, what was held first. */
  heal(): void {
    this.#stalled.clear();
    this.#slowness = undefined;
    for (const way of this.#ways) way.flush();
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    for (const way of this.#ways) way.stop();
    await closed;
  }

  #accept(client: Socket, target: { readonly host: string; readonly port: number }): void {
    const server = connect({ ...target, allowHalfOpen: true });
    const add = (way: Way, from: Socket, to: Socket): void => {
      const one = new OneWay(from, to, {
        isStalled: () => this.#stalled.has(way),
        slowness: () => this.#slowness,
      });
      this.#ways.add(one);
      const ended = (): void => one.end(() => this.#ways.delete(one));
      from.on("end", ended).on("close", ended);
    };
    add("up", client, server);
    add("down", server, client);
    server.on("data", (bytes: Buffer) => {
      this.downBytes += bytes.length;
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => this.#sockets.delete(socket));
    }
  }
}

/** One way of one connection: pieces in their order, each at its time. */
class OneWay {
  readonly #to: Socket;
  readonly #from: Socket;
  readonly #link: LinkState;
  readonly #pieces: Piece[] = [];
  #bytes = 0;
  /** When the last byte has been sent, where the link bounds bytes per second. */
  #freeAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended: (() => void) | undefined;

  constructor(from: Socket, to: Socket, link: LinkState) {
    [this.#from, this.#to, this.#link] = [from, to, link];
    from.on("data", (bytes: Buffer) => this.#put(bytes));
  }

  /** The sender is gone: so is the receiver's connection, once it has had everything. */
  end(done: () => void): void {
    if (this.#ended !== undefined) return;
    this.#ended = done;
    this.#put(undefined);
  }

  /** Sends all that waits, unless the link is stalled. */
  flush(): void {
    this.#freeAt = 0;
    this.#send(Number.POSITIVE_INFINITY);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #put(bytes: Buffer | undefined): void {
    const now = performance.now();
    const { delayMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY } = this.#link.slowness() ?? {};
    this.#freeAt = Math.max(now, this.#freeAt) + ((bytes?.length ?? 0) / bytesPerSecond) * 1_000;
    // Never before what came earlier.
    const due = Math.max(this.#freeAt + delayMs, this.#pieces.at(-1)?.due ?? 0);
    this.#pieces.push({ bytes, due });
    this.#bytes += bytes?.length ?? 0;
    if (this.#bytes >= MAX_WAITING_BYTES) this.#from.pause();
    this.#send(now);
  }

  #send(now: number): void {
    clearTimeout(this.#timer);
    if (this.#link.isStalled()) return;
    for (let first = this.#pieces[0]; first !== undefined && first.due <= now; first = this.#pieces[0]) {
      this.#pieces.shift();
      this.#bytes -= first.bytes?.length ?? 0;
      if (first.bytes !== undefined) this.#to.write(first.bytes);
      else {
        this.#to.destroySoon();
        this.#ended?.();
      }
    }
    if (this.#bytes < MAX_WAITING_BYTES) this.#from.resume();
    const next = this.#pieces[0];
    if (next !== undefined)
      this.#timer = setTimeout(() => this.#send(performance.now()), Math.max(1, next.due - performance.now()));
  }
}

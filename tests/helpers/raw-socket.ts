import { connect, type Socket } from "node:net";

const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** A WebSocket client over a bare TCP socket that can stop reading and never answers a ping, as no well-made client does. */
export class RawSocket {
  readonly messages: Record<string, unknown>[] = [];
  /** The code that the server closed with. */
  closed: number | undefined;
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #shaken = false;
  /** How many pings came. */
  pings = 0;
  /** How many pongs came. */
  pongs = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#take(bytes as Buffer));
    socket.on("error", () => {});
  }

  static async open(url: string): Promise<RawSocket> {
    const { hostname, port, pathname } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    const client = new RawSocket(socket);
    const key = Buffer.from("0123456789abcdef").toString("base64");
    const headers = `Host: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}`;
    socket.write(`GET ${pathname} HTTP/1.1\r\n${headers}\r\nSec-WebSocket-Version: 13\r\n\r\n`);
    return client;
  }

  /** Whether the server took the connection over. */
  get open(): boolean {
    return this.#shaken;
  }

  send(message: unknown): void {
    const text = Buffer.from(JSON.stringify(message));
    const head =
      text.length < 126 ? [0x80 | TEXT, 0x80 | text.length] : [0x80 | TEXT, 0xfe, text.length >> 8, text.length & 0xff];
    // A mask of zeros leaves the text as it is.
    this.#socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), text]));
  }

  /** Sends so many empty pings or pongs in one go. */
  control(type: "ping" | "pong", count: number): void {
    const frame = Buffer.from([0x80 | (type === "ping" ? PING : PONG), 0x80, 0, 0, 0, 0]);
    this.#socket.write(Buffer.alloc(count * frame.length, frame));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    if (!this.#shaken) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.#shaken = true;
      this.#buffer = this.#buffer.subarray(end + 4);
    }
    for (let frame = this.#frame(); frame !== undefined; frame = this.#frame()) {
      if (frame.type === TEXT) this.messages.push(JSON.parse(frame.payload.toString()));
      if (frame.type === PING) this.pings += 1;
      if (frame.type === PONG) this.pongs += 1;
      if (frame.type === CLOSE) this.closed = frame.payload.readUInt16BE(0);
    }
  }

  #frame(): { type: number; payload: Buffer } | undefined {
    const bytes = this.#buffer;
    if (bytes.length < 2) return undefined;
    const short = (bytes[1] as number) & 0x7f;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < head) return undefined;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < head + length) return undefined;
    this.#buffer = bytes.subarray(head + length);
    return { type: (bytes[0] as number) & 0x0f, payload: bytes.subarray(head, head + length) };
  }
}

const TEXT = 1;
const BINARY = 2;
const PING = 9;
const PONG = 10;

const NOTHING = new Uint8Array();

/** What a kind of server wants of its listeners, and how it tells them that they are there. */
export interface Greeting {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as a frame of this type when the connection stands; nothing where it isn't asked for. */
  readonly subscribe: { readonly type: "text" | "binary"; readonly text: string } | undefined;
  /** Stands in the last frame before the messages; undefined where none comes before them. */
  readonly ready: string | undefined;
  /** Where frames hold several messages: what each takes in them, in bytes. Else a frame is a message. */
  readonly messageBytes: number | undefined;
}

/** Called with the number of messages that one listener has had, and how many of them came just now. */
type OnMessages = (total: number, fresh: number) => void;

/** A WebSocket over a bare connection, which counts messages and looks into none of them: as cheap as a client can be. */
export class Listener {
  readonly #greeting: Greeting;
  readonly #onMessages: OnMessages;
  readonly #onReady: () => void;
  #socket: Bun.Socket | undefined;
  #rest: Uint8Array = NOTHING;
  #isUpgraded = false;
  #isReady = false;
  /** What is still to come of the present frame. */
  #skip = 0;
  #frames = 0;
  #bytes = 0;
  #told = 0;

  private constructor(greeting: Greeting, onMessages: OnMessages, onReady: () => void) {
    this.#greeting = greeting;
    this.#onMessages = onMessages;
    this.#onReady = onReady;
  }

  /** Resolves when the server has said that it listens. */
  static async open(url: string, greeting: Greeting, onMessages: OnMessages): Promise<Listener> {
    const { hostname, port, host } = new URL(url);
    const ready = Promise.withResolvers<void>();
    const listener = new Listener(greeting, onMessages, ready.resolve);
    const socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        data: (_, bytes) => listener.#take(bytes),
        close: () => ready.reject(new Error(`${url} closed a connection that was being opened`)),
      },
    });
    listener.#socket = socket;
    const said = Object.entries({ Host: host, ...greeting.headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    const upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13";
    const key = Buffer.from("0123456789abcdef").toString("base64");
    socket.write(`GET ${greeting.path} HTTP/1.1\r\n${said.join("")}${upgrade}\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
    await ready.promise;
    return listener;
  }

  /** Takes nothing from now on. */
  pause(): void {
    this.#socket?.pause();
  }

  end(): void {
    this.#socket?.terminate();
  }

  #take(fresh: Uint8Array): void {
    const bytes = this.#rest.byteLength === 0 ? fresh : Buffer.concat([this.#rest, fresh]);
    this.#rest = NOTHING;
    let at = this.#isUpgraded ? 0 : this.#upgraded(bytes);
    while (at < bytes.byteLength) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, bytes.byteLength - at);
        this.#skip -= step;
        at += step;
        if (this.#skip === 0) this.#frames += 1;
        continue;
      }
      const [head, length] = headOf(bytes, at);
      // Frames before the messages are looked into, so they have to be here whole.
      if (head === 0 || (!this.#isReady && bytes.byteLength < at + head + length)) break;
      const type = (bytes[at] as number) & 0x0f;
      at += head;
      if (type === PING) this.#socket?.write(masked(PONG, ""));
      if (type === TEXT || type === BINARY) {
        if (this.#isReady) {
          this.#bytes += length;
          this.#skip = length;
          continue;
        }
        this.#look(bytes.subarray(at, at + length));
      }
      at += length;
    }
    if (at < bytes.byteLength) this.#rest = bytes.slice(at);
    this.#tell();
  }

  /** Where the frames begin. */
  #upgraded(bytes: Uint8Array): number {
    const end = Buffer.from(bytes).indexOf("\r\n\r\n");
    if (end < 0) return 0;
    this.#isUpgraded = true;
    const { subscribe, ready } = this.#greeting;
    if (subscribe !== undefined) this.#socket?.write(masked(subscribe.type === "text" ? TEXT : BINARY, subscribe.text));
    if (ready === undefined) this.#begin();
    return end + 4;
  }

  #look(payload: Uint8Array): void {
    if (this.#greeting.ready !== undefined && Buffer.from(payload).includes(this.#greeting.ready)) this.#begin();
  }

  #begin(): void {
    this.#isReady = true;
    this.#onReady();
  }

  #tell(): void {
    const { messageBytes } = this.#greeting;
    const total = messageBytes === undefined ? this.#frames : Math.floor((this.#bytes - this.#skip) / messageBytes);
    if (total === this.#told) return;
    const fresh = total - this.#told;
    this.#told = total;
    this.#onMessages(total, fresh);
  }
}

/** How long a frame's head is, and how much comes after it; nothing where the head isn't here whole. */
function headOf(bytes: Uint8Array, at: number): readonly [head: number, length: number] {
  const left = bytes.byteLength - at;
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  const head = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (left < head) return [0, 0];
  if (short < 126) return [head, short];
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  return [head, short === 126 ? view.getUint16(2) : Number(view.getBigUint64(2))];
}

/** A short frame, masked with zeros, which leave the text as it is. */
function masked(type: number, text: string): Uint8Array {
  const payload = Buffer.from(text);
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0xfe, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | type, ...size, 0, 0, 0, 0]), payload]);
}

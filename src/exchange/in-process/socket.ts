import type { Connection, Peer } from "../connection.ts";
import type { Wire } from "./wire.ts";

/** The codes of a close that carried none, and of a connection that broke. Source: RFC 6455, 7.4.1. */
const NO_STATUS = 1005;
const BROKEN = 1006;

/** Connects a socket's far end; undefined when nobody is there. */
export type Dial = (peer: Peer) => Connection | undefined;

/** The two directions of a connection. */
export interface Wires {
  readonly toClient: Wire;
  readonly toServer: Wire;
}

/**
 * What a client uses of a WebSocket, without a network. Events come when the clock is turned, never from within a call.
 * Like the real one, it delivers nothing after its close was asked for, but the close.
 */
export class InProcessSocket {
  readonly url: string;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  readonly #wires: Wires;
  #connection: Connection | undefined;
  #state: number = WebSocket.CONNECTING;

  constructor(url: string, wires: Wires, dial: Dial) {
    this.url = url;
    this.#wires = wires;
    wires.toServer.send(() => this.#arrive(dial));
  }

  get readyState(): number {
    return this.#state;
  }

  send(text: string): void {
    if (this.#state === WebSocket.CONNECTING) {
      throw new DOMException("the connection isn't open yet", "InvalidStateError");
    }
    if (this.#state === WebSocket.OPEN) this.#wires.toServer.send(() => this.#connection?.take(text));
  }

  close(code: number = NO_STATUS, reason = ""): void {
    if (this.#state >= WebSocket.CLOSING) return;
    const wasOpen = this.#state === WebSocket.OPEN;
    this.#state = WebSocket.CLOSING;
    this.#wires.toServer.send(() => {
      this.#connection?.end();
      this.#wires.toClient.send(() => this.#closed(wasOpen ? code : BROKEN, reason, wasOpen));
    });
  }

  /** The call reaches the exchange. */
  #arrive(dial: Dial): void {
    if (this.#state !== WebSocket.CONNECTING) return;
    const { toClient, toServer } = this.#wires;
    const connection = dial({
      send: (frame) => toClient.send(() => this.#heard(frame)),
      // A client's library answers pings by itself.
      ping: () => toClient.send(() => toServer.send(() => connection?.pong())),
      close: (code, reason) => toClient.send(() => this.#closed(code, reason, true)),
      terminate: () => toClient.send(() => this.#closed(BROKEN, "", false)),
    });
    toClient.send(() => (connection === undefined ? this.#refused() : this.#opened()));
    this.#connection = connection;
    connection?.begin();
  }

  #refused(): void {
    this.onerror?.(new Event("error"));
    this.#closed(BROKEN, "", false);
  }

  #opened(): void {
    if (this.#state !== WebSocket.CONNECTING) return;
    this.#state = WebSocket.OPEN;
    this.onopen?.(new Event("open"));
  }

  #heard(data: string | Uint8Array): void {
    if (this.#state === WebSocket.OPEN) this.onmessage?.(new MessageEvent("message", { data }));
  }

  #closed(code: number, reason: string, wasClean: boolean): void {
    if (this.#state === WebSocket.CLOSED) return;
    this.#state = WebSocket.CLOSED;
    this.onclose?.(new CloseEvent("close", { code, reason, wasClean }));
  }
}

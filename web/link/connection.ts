import type { ServerMessage } from "../../src/wire/mod.ts";
import { backOffMs } from "./back-off.ts";
import type { ConnectionState } from "./connection-state.ts";
import { goodbyeOf } from "./goodbye.ts";
import type { Timers } from "./timers.ts";

/** The protocol that this page speaks. */
const PROTOCOL = 1;
/** A socket that doesn't say hello for this long is given up, in milliseconds. */
const HELLO_WITHIN_MS = 10_000;
/** After so much silence the server is asked for a sign of life; after as much again the connection counts as lost. */
const SILENCE_MS = 8_000;
/** Only a connection that held for this long starts the back-off anew: one that dies at once mustn't be retried at once. */
const PROVEN_AFTER_MS = 5_000;

/** What the connection needs of a WebSocket. */
export type Socket = Pick<WebSocket, "send" | "close" | "onmessage" | "onclose">;

/** What a connection is made of. */
export interface ConnectionParts {
  readonly open: () => Socket;
  readonly timers: Timers;
  /** A number in [0, 1). */
  readonly luck: () => number;
  readonly onState: (state: ConnectionState) => void;
  readonly onMessage: (message: ServerMessage) => void;
  /** The server refused a channel, in its words. */
  readonly onRefused: (channel: string, detail: string) => void;
}

/** Tells, when a channel is subscribed to, the open time of the last closed kline that we have of it. */
export type Since = () => number | undefined;

/** A WebSocket that comes back, for ever, and takes its channels with it. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #channels: Map<string, Since> = new Map();
  readonly #asked: Map<number, string> = new Map();
  #socket: Socket | undefined;
  #isUp = false;
  #attempt = 0;
  #lastId = 0;
  #cancel: () => void = () => {};
  #proven: () => void = () => {};

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** Connects now: at the start, or when there is reason to believe that waiting longer is pointless. */
  connect(): void {
    if (this.#socket !== undefined) return;
    this.#parts.onState({ kind: "connecting" });
    const socket = this.#parts.open();
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#take(data);
    };
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#down(code, reason);
    };
    this.#wait(HELLO_WITHIN_MS, () => this.#down(0, "the server doesn't answer"));
  }

  subscribe(channel: string, since: Since = () => undefined): void {
    this.#channels.set(channel, since);
    if (this.#isUp) this.#ask(channel, since);
  }

  unsubscribe(channel: string): void {
    if (this.#channels.delete(channel) && this.#isUp) this.#send({ op: "unsubscribe", channels: [channel] });
  }

  #take(data: unknown): void {
    const message = JSON.parse(String(data)) as ServerMessage;
    if (this.#isUp) this.#listen();
    switch (message.type) {
      case "hello":
        this.#up(message.protocol);
        break;
      case "error":
        this.#refused(message.id, message.detail);
        break;
      case "ack":
        this.#asked.delete(Number(message.id));
        break;
    }
    this.#parts.onMessage(message);
  }

  #up(protocol: number): void {
    if (protocol !== PROTOCOL) {
      this.#end();
      this.#parts.onState({ kind: "lost", reason: "the server speaks another protocol than this page: reload it" });
      return;
    }
    this.#isUp = true;
    this.#proven = this.#parts.timers.after(PROVEN_AFTER_MS, () => {
      this.#attempt = 0;
    });
    this.#listen();
    this.#parts.onState({ kind: "connected" });
    for (const [channel, since] of this.#channels) this.#ask(channel, since);
  }

  /** Each channel on its own: a request with one wrong channel in it is refused as a whole. */
  #ask(channel: string, since: Since): void {
    this.#lastId += 1;
    this.#asked.set(this.#lastId, channel);
    const from = since();
    const resume = from === undefined ? {} : { since: { [channel]: from } };
    this.#send({ id: this.#lastId, op: "subscribe", channels: [channel], ...resume });
  }

  #refused(id: number | string | null, detail: string): void {
    const channel = this.#asked.get(Number(id));
    if (channel === undefined) return;
    this.#asked.delete(Number(id));
    this.#channels.delete(channel);
    this.#parts.onRefused(channel, detail);
  }

  #listen(): void {
    this.#wait(SILENCE_MS, () => {
      this.#send({ op: "ping" });
      this.#wait(SILENCE_MS, () => this.#down(0, "the server has gone silent"));
    });
  }

  #down(code: number, reason: string): void {
    this.#end();
    const goodbye = goodbyeOf(code, reason);
    if (!goodbye.comeBack) {
      this.#parts.onState({ kind: "lost", reason: goodbye.says });
      return;
    }
    const delay = backOffMs(this.#attempt, this.#parts.luck());
    this.#attempt += 1;
    this.#wait(delay, () => this.connect());
    this.#parts.onState({ kind: "waiting", until: this.#parts.timers.now() + delay, reason: goodbye.says });
  }

  #end(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isUp = false;
    this.#asked.clear();
    this.#cancel();
    this.#proven();
    socket?.close();
  }

  /** There is one thing at a time that the connection waits for. */
  #wait(delayMs: number, then: () => void): void {
    this.#cancel();
    this.#cancel = this.#parts.timers.after(delayMs, then);
  }

  #send(request: object): void {
    this.#socket?.send(JSON.stringify(request));
  }
}

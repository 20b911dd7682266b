import { type Clock, millis, oneLine, reasonOf } from "../../core/mod.ts";

/** How long opening may take. */
const OPEN_WITHIN_MS = 10_000;

/** A connection that brings nothing of the market for this long is replaced: sockets die without a word. */
const SILENT_AFTER_MS = 10_000;

/** How often a connection's silence is looked at. */
const LOOK_EVERY_MS = 1_000;

/** Between two messages of ours. The exchange allows 5 incoming messages a second, pongs among them (2026-07). */
const MESSAGE_EVERY_MS = 500;

/** Messages of ours that wait on one connection at most; more are given up, as what they would ask is asked again later. */
const MAX_WAITING_MESSAGES = 20;

/** What we need of a WebSocket, so that a test can hand in its own. */
export type SocketFactory = (url: string) => WebSocket;

/** What a session tells while it lives. Handlers must not throw. */
export interface SessionHandlers {
  up(session: Session): void;
  text(session: Session, frame: string): void;
  /** Nothing of the market has come over it for {@link SILENT_AFTER_MS}, and again each second while that is so. */
  silent(session: Session, quietMs: number): void;
  /** Once, at the end, whoever ended it; `wasUp` tells whether it had ever been connected. */
  down(session: Session, reason: string, wasUp: boolean): void;
}

/**
 * One socket to a stream URL, from opening to its end; it never comes back. The streams stand in the URL: nothing has to
 * be said, and nothing acknowledged, before data flows. Local time decides what took too long and what is silent.
 */
export class Session {
  /** Counts up: a younger session replaces older ones, never the other way. */
  readonly number: number;
  readonly name: string;
  /** The streams that it carries for us now; the pool moves them. */
  readonly streams: Set<string>;
  /** Streams that have to speak here before this session takes them over from another one. */
  readonly unproven: Set<string> = new Set();
  /** Streams that spoke here, of those that it was opened with. */
  readonly heard: Set<string> = new Set();
  readonly openedAt: number;
  readonly #clock: Clock;
  readonly #handlers: SessionHandlers;
  readonly #ending: AbortController = new AbortController();
  readonly #messages: string[] = [];
  #socket: WebSocket | undefined;
  #state: "opening" | "up" | "ended" = "opening";
  /** Local time at which something of the market came; frames as such prove nothing. */
  #heardAt: number;
  #upAt: number | undefined;
  #talking = false;

  constructor(
    number: number,
    streams: Iterable<string>,
    url: string,
    clock: Clock,
    handlers: SessionHandlers,
    open: SocketFactory,
  ) {
    this.number = number;
    this.name = `stream-${number}`;
    this.streams = new Set(streams);
    this.#clock = clock;
    this.#handlers = handlers;
    this.openedAt = clock.now();
    this.#heardAt = this.openedAt;
    try {
      this.#listen(open(url));
    } catch (cause) {
      // Told later, as every other end is: the caller doesn't know this session yet.
      queueMicrotask(() => this.end(reasonOf(cause)));
      return;
    }
    void this.#watch();
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** Local time since which it is connected; undefined before. */
  get upAt(): number | undefined {
    return this.#upAt;
  }

  /** A kline or ticker that came over it was accepted. */
  noteData(): void {
    this.#heardAt = this.#clock.now();
  }

  /** Sends a request when its turn comes. */
  say(message: object): void {
    if (this.#messages.length >= MAX_WAITING_MESSAGES) return;
    this.#messages.push(JSON.stringify(message));
    void this.#talk();
  }

  /** Closes the socket and tells why. Nothing happens the second time. */
  end(reason: string): void {
    if (this.#state === "ended") return;
    const wasUp = this.#state === "up";
    this.#state = "ended";
    this.#ending.abort(new Error(reason));
    const socket = this.#socket;
    if (socket !== undefined) {
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
    }
    this.#handlers.down(this, reason, wasUp);
  }

  #listen(socket: WebSocket): void {
    this.#socket = socket;
    socket.onopen = () => {
      this.#state = "up";
      this.#upAt = this.#heardAt = this.#clock.now();
      this.#handlers.up(this);
    };
    socket.onmessage = (message: MessageEvent) => {
      if (typeof message.data === "string") this.#handlers.text(this, message.data);
    };
    socket.onclose = (event: CloseEvent) => this.end(oneLine(`closed with ${event.code} ${event.reason}`));
    socket.onerror = () => this.end("could not connect or the connection broke");
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
      if (signal.aborted) return;
      const quiet = Math.round(this.#clock.now() - this.#heardAt);
      if (this.#state === "opening" && quiet >= OPEN_WITHIN_MS) this.end("opening took too long");
      else if (this.#state === "up" && quiet >= SILENT_AFTER_MS) this.#handlers.silent(this, quiet);
    }
  }

  async #talk(): Promise<void> {
    if (this.#talking) return;
    this.#talking = true;
    const { signal } = this.#ending;
    for (let next = this.#messages.shift(); next !== undefined && !signal.aborted; next = this.#messages.shift()) {
      if (this.#state === "up") this.#socket?.send(next);
      await this.#clock.sleep(millis(MESSAGE_EVERY_MS), signal).catch(() => {});
    }
    this.#talking = false;
  }
}

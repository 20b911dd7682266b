import { type Clock, type Millis, millis, oneLine, reasonOf, type Stopwatch } from "../../../core/mod.ts";
import type { StreamLimits } from "../../exchange.ts";
import { connectionFault, placeOf } from "./unreachable.ts";

/** How long opening may take, unless the limits say. */
const OPEN_WITHIN_MS = 10_000;

/** How often it is checked whether a connection is silent and whether a ping is due, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/**
 * Messages of ours that wait on one connection at most, besides so many times those that begin all its streams; more are given up, as
 * what they would ask is asked again later.
 */
const MAX_WAITING_MESSAGES = 20;
const MAX_WAITING_TIMES = 3;

/** What we need of a WebSocket, so that a test can hand in its own. */
export type SocketFactory = (url: string) => WebSocket;

/** What a session reports while it lives. Handlers must not throw. */
export interface SessionHandlers {
  up(session: Session): void;
  text(session: Session, frame: string): void;
  /** Nothing of the market has come over it for {@link StreamLimits.silentAfterMs}, and again each second while that is so. */
  quiet(session: Session, quietMs: number): void;
  /** Once, at the end; `wasUp`: whether it had ever been connected. */
  down(session: Session, reason: string, wasUp: boolean): void;
}

/** What a session is made of. */
export interface SessionParts {
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  readonly handlers: SessionHandlers;
  readonly open: SocketFactory;
  /** What is sent once it is open, so that the streams begin. */
  readonly subscribe: readonly string[];
  readonly limits: Pick<StreamLimits, "openWithinMs" | "messageEveryMs" | "silentAfterMs" | "pingEveryMs">;
  /** The frame that keeps it open; its number counts up. */
  readonly ping?: ((id: number) => string) | undefined;
  /** Host and port of the proxy that `open` uses, for messages. */
  readonly proxy?: string | undefined;
}

/**
 * One socket to a stream URL, from opening to its end; it never comes back. The URL names the streams, or the first messages do; no
 * acknowledgement is waited for. The stopwatch decides what took too long and what is silent.
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
  /** Where it goes, for messages. */
  readonly #place: string;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #stopwatch: Stopwatch;
  readonly #handlers: SessionHandlers;
  readonly #subscribe: readonly string[];
  readonly #limits: SessionParts["limits"];
  readonly #messageEvery: Millis;
  readonly #ping: SessionParts["ping"];
  readonly #ending: AbortController = new AbortController();
  readonly #messages: string[] = [];
  #socket: WebSocket | undefined;
  #state: "opening" | "up" | "ended" = "opening";
  /** When something of the market came, by the stopwatch; frames as such prove nothing. */
  #heardAt: number;
  #upAt: number | undefined;
  #pings = 0;
  #pingedAt: number;
  #talking = false;

  constructor(
    number: number,
    streams: Iterable<string>,
    url: string,
    { clock, stopwatch, handlers, open, subscribe, limits, ping, proxy }: SessionParts,
  ) {
    this.number = number;
    this.name = `stream-${number}`;
    this.streams = new Set(streams);
    this.#place = placeOf(url, proxy);
    this.#clock = clock;
    this.#stopwatch = stopwatch;
    this.#handlers = handlers;
    this.#subscribe = subscribe;
    this.#limits = limits;
    this.#messageEvery = millis(limits.messageEveryMs);
    this.#ping = ping;
    this.#heardAt = this.#pingedAt = stopwatch();
    try {
      this.#listen(open(url));
    } catch (cause) {
      // Reported later, as every other end is: the caller doesn't know this session yet.
      queueMicrotask(() => this.end(`couldn't connect to ${this.#place}: ${reasonOf(cause)}`));
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

  /** Since when it is connected, by the stopwatch; undefined before. */
  get upAt(): number | undefined {
    return this.#upAt;
  }

  /** A kline or ticker that came over it was accepted. */
  noteData(): void {
    this.#heardAt = this.#stopwatch();
  }

  /** Sends the frames of a request when their turn comes: all, or none where too many wait. */
  say(frames: readonly string[]): void {
    const most = MAX_WAITING_MESSAGES + MAX_WAITING_TIMES * this.#subscribe.length;
    if (this.#messages.length + frames.length > most) return;
    this.#messages.push(...frames);
    void this.#talk();
  }

  /** Closes the socket and reports why. The second call does nothing. */
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
      this.#upAt = this.#heardAt = this.#pingedAt = this.#stopwatch();
      this.#messages.push(...this.#subscribe);
      void this.#talk();
      this.#handlers.up(this);
    };
    socket.onmessage = (message: MessageEvent) => {
      if (typeof message.data === "string") this.#handlers.text(this, message.data);
    };
    socket.onclose = (event: CloseEvent) => this.end(oneLine(`closed with ${event.code} ${event.reason}`));
    socket.onerror = (event) => {
      const what = this.isUp ? "the connection to" : "couldn't connect to";
      this.end(oneLine(`${what} ${this.#place}${this.isUp ? " broke" : ""}${causeOf(event)}`));
    };
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
      if (signal.aborted) return;
      const quiet = Math.round(this.#stopwatch() - this.#heardAt);
      const { openWithinMs = OPEN_WITHIN_MS } = this.#limits;
      if (this.#state === "opening" && quiet >= openWithinMs) {
        this.end(`couldn't connect to ${this.#place} within ${openWithinMs / 1_000} s`);
      } else if (this.#state === "up") {
        this.#pingIfDue();
        if (quiet >= this.#limits.silentAfterMs) this.#handlers.quiet(this, quiet);
      }
    }
  }

  /** A ping goes before what waits: the exchange ends connections that don't ping. */
  #pingIfDue(): void {
    const { pingEveryMs } = this.#limits;
    if (this.#ping === undefined || pingEveryMs === undefined) return;
    if (this.#stopwatch() - this.#pingedAt < pingEveryMs) return;
    this.#pingedAt = this.#stopwatch();
    this.#pings += 1;
    this.#messages.unshift(this.#ping(this.#pings));
    void this.#talk();
  }

  async #talk(): Promise<void> {
    if (this.#talking) return;
    this.#talking = true;
    const { signal } = this.#ending;
    for (let next = this.#messages.shift(); next !== undefined && !signal.aborted; next = this.#messages.shift()) {
      if (this.#state === "up") this.#socket?.send(next);
      await this.#clock.sleep(this.#messageEvery, signal).catch(() => {});
    }
    this.#talking = false;
  }
}

/** Bun's error events carry the cause; browsers' don't. */
function causeOf(event: Event): string {
  const { error, message } = event as { error?: unknown; message?: unknown };
  const cause = error ?? message;
  return cause === undefined || cause === null || cause === "" ? "" : `: ${connectionFault(cause)}`;
}

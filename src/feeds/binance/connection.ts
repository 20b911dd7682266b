import { type Clock, millis, type Random } from "../../core/mod.ts";
import { words } from "./rest.ts";

/** The first wait before connecting again, in milliseconds; it doubles up to the cap, and each wait is jittered. */
const FIRST_BACKOFF_MS = 250;

/** The longest wait before connecting again. 300 attempts in 5 minutes are allowed for one address (2026-07). */
const MAX_BACKOFF_MS = 30_000;

/** How long opening may take. */
const OPEN_TIMEOUT_MS = 10_000;

/** A connection that says nothing for this long is given up: sockets die without a word. */
const SILENCE_MS = 30_000;

/** What a connection does with what it hears. Handlers must not throw. */
export interface ConnectionHandlers {
  text(frame: string): void;
  up(): void;
  down(reason: string): void;
}

/** What we need of a WebSocket, so that a test can hand in its own. */
export type SocketFactory = (url: string) => WebSocket;

/**
 * One connection to a stream URL that is opened again for ever, with capped, jittered back-off, until its signal is
 * aborted. The streams stand in the URL: nothing has to be said, and nothing acknowledged, before data flows.
 */
export class StreamConnection {
  readonly name: string;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #handlers: ConnectionHandlers;
  readonly #open: SocketFactory;
  #failures = 0;
  #cut: ((reason: string) => void) | undefined;

  constructor(
    name: string,
    url: string,
    clock: Clock,
    random: Random,
    handlers: ConnectionHandlers,
    open: SocketFactory = (address) => new WebSocket(address),
  ) {
    this.name = name;
    this.#url = url;
    this.#clock = clock;
    this.#random = random;
    this.#handlers = handlers;
    this.#open = open;
  }

  /** Stays connected until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#session(signal);
      if (signal.aborted) return;
      const ceiling = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures);
      this.#failures += 1;
      await this.#clock.sleep(millis(ceiling * (0.5 + this.#random() / 2)), signal).catch(() => {});
    }
  }

  /** Gives the present socket up at once and connects again. */
  reconnect(reason: string): void {
    this.#cut?.(reason);
  }

  #session(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let socket: WebSocket;
      let up = false;
      let heardAt = this.#clock.now();
      const end = (reason: string): void => {
        clearInterval(watch);
        signal.removeEventListener("abort", stop);
        this.#cut = undefined;
        socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
        socket.close();
        if (up) this.#handlers.down(reason);
        resolve();
      };
      const stop = (): void => end("stopped");
      const watch = setInterval(() => {
        const quiet = this.#clock.now() - heardAt;
        if (quiet > (up ? SILENCE_MS : OPEN_TIMEOUT_MS)) end(up ? `silent for ${quiet} ms` : "opening took too long");
      }, 1_000);
      try {
        socket = this.#open(this.#url);
      } catch (cause) {
        clearInterval(watch);
        this.#handlers.down(words(cause));
        resolve();
        return;
      }
      this.#cut = end;
      signal.addEventListener("abort", stop, { once: true });
      socket.onopen = () => {
        up = true;
        heardAt = this.#clock.now();
        this.#handlers.up();
      };
      socket.onmessage = (message: MessageEvent) => {
        heardAt = this.#clock.now();
        this.#failures = 0;
        if (typeof message.data === "string") this.#handlers.text(message.data);
      };
      socket.onclose = (event: CloseEvent) => end(`closed with ${event.code}${event.reason ? ` ${event.reason}` : ""}`);
      socket.onerror = () => end("could not connect or the connection broke");
    });
  }
}

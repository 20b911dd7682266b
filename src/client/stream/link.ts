import { type HelloMessage, PROTOCOL_VERSION, readMessage, type ServerMessage } from "../../wire/mod.ts";
import { backOffMs } from "../back-off.ts";
import { ClientError } from "../client-error.ts";
import type { ClientSettings } from "../options.ts";
import { after } from "../time-limit.ts";
import { goodbyeOf } from "./goodbye.ts";
import type { BinaryFormat } from "./packed.ts";
import { leaveSocket, openSocket, type SocketEvents, type SocketLike } from "./socket.ts";

/** A server that doesn't say hello for this long is given up, in milliseconds; fetching a ticket counts. */
const HELLO_WITHIN_MS = 10_000;

/** Only a connection that held for this long starts the back-off anew: one that dies at once mustn't be retried at once. */
const PROVEN_AFTER_MS = 5_000;

const NO_MESSAGE = "the server sent what isn't a message: ";

/** What a link tells. */
export interface LinkEvents {
  onUp(hello: HelloMessage): void;
  onMessage(message: ServerMessage): void;
  /** The server doesn't answer, but may yet; and that it did. */
  onSilent(): void;
  onHeard(): void;
  /** `retryInMs` is undefined when the link was dropped, and waits to be told to come back. */
  onDown(reason: string, retryInMs: number | undefined): void;
  /** It won't come back. */
  onEnd(error: ClientError): void;
}

/** A WebSocket that comes back by itself, until it is closed or told for good. */
export class Link {
  readonly #settings: ClientSettings;
  readonly #events: LinkEvents;
  readonly #closing: AbortController = new AbortController();
  #state: "away" | "connecting" | "up" = "away";
  #socket: SocketLike | undefined;
  /** Reads the present connection's binary frames, where it has any. */
  #frames: Awaited<ReturnType<BinaryFormat["reader"]>> | undefined;
  /** Counts connections: what one of the past still has to say isn't listened to. */
  #turn = 0;
  /** Ends the time-outs of the present state. */
  #timers: AbortController = new AbortController();
  /** Ends the time-outs of listening, which begin anew more often. */
  #listening: AbortController = new AbortController();
  /** When the server last said anything, local time. */
  #heardAt = 0;
  #isSilent = false;
  #failures = 0;
  /** Whether the last connection was closed before its hello, because of its ticket. */
  #isTicketRefused = false;

  constructor(settings: ClientSettings, events: LinkEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  /**
   * Whether a refused ticket is worth another: the server that issued it accepted the key, and the one that refused it may not have had
   * the key yet, or its clock is wrong. A second refusal in a row is final.
   */
  get #mayAskForTicket(): boolean {
    return this.#settings.apiKey !== undefined && !this.#isTicketRefused;
  }

  /** Connects now: at the start, after a drop, or when there is reason to believe that waiting longer is pointless. */
  connect(): void {
    if (this.#state !== "away" || this.#closing.signal.aborted) return;
    this.#enter("connecting");
    this.#turn += 1;
    const turn = this.#turn;
    const isPresent = (): boolean => this.#turn === turn;
    this.#after(HELLO_WITHIN_MS, () => this.#down("the server doesn't answer"));
    const events = {
      onmessage: ({ data }: { data: unknown }) => {
        if (isPresent()) this.#take(data);
      },
      onclose: ({ code, reason }: { code: number; reason: string }) => {
        if (isPresent()) this.#closed(code, reason);
      },
    };
    this.#open(events, this.#timers.signal).then(
      (socket) => {
        if (isPresent()) this.#socket = socket;
        else leaveSocket(socket);
      },
      (cause: unknown) => {
        if (isPresent()) this.#notOpened(cause);
      },
    );
  }

  async #open(events: SocketEvents, signal: AbortSignal): Promise<SocketLike> {
    const { format } = this.#settings;
    if (format !== undefined) {
      this.#frames = await format.reader();
      signal.throwIfAborted();
    }
    return await openSocket(this.#settings, events, HELLO_WITHIN_MS, signal);
  }

  send(request: object): void {
    if (this.#state === "up") this.#socket?.send(JSON.stringify(request));
  }

  /** Cuts the connection and stays away until {@link connect} is called. */
  drop(reason: string): void {
    this.#leave();
    this.#events.onDown(reason, undefined);
  }

  /** Cuts the connection for good. */
  close(): void {
    this.#closing.abort();
    this.#leave();
  }

  #take(data: unknown): void {
    this.#heardAt = this.#settings.clock.now();
    if (this.#isSilent) {
      this.#isSilent = false;
      this.#events.onHeard();
      this.#listen();
    }
    if (typeof data === "string") this.#takeText(data);
    else this.#takeBytes(data);
  }

  #takeText(text: string): void {
    const read = readMessage(text);
    // A newer server may have more to say than we understand.
    if ("unknownType" in read) return;
    if ("fault" in read) {
      this.#down(`${NO_MESSAGE}${read.fault}`);
      return;
    }
    if (read.message.type === "hello") this.#greeted(read.message);
    else if (read.message.type === "ids") this.#frames?.learn(read.message);
    else if (read.message.type !== "pong") this.#events.onMessage(read.message);
  }

  #takeBytes(data: unknown): void {
    const read = data instanceof ArrayBuffer ? this.#frames?.read(new Uint8Array(data)) : undefined;
    if (read === undefined || "fault" in read) {
      this.#down(`${NO_MESSAGE}${read?.fault ?? "expected a text frame"}`);
      return;
    }
    // Each of them may be one too many to wait, and then the link is dropped: the others come again with `since`.
    const turn = this.#turn;
    for (const message of read.messages) if (this.#turn === turn) this.#events.onMessage(message);
  }

  #greeted(hello: HelloMessage): void {
    if (hello.protocol !== PROTOCOL_VERSION) {
      const words = `the server speaks protocol ${hello.protocol}, this client ${PROTOCOL_VERSION}: update the older one`;
      this.#end(new ClientError("bad_answer", words));
      return;
    }
    this.#enter("up");
    this.#isTicketRefused = false;
    this.#after(PROVEN_AFTER_MS, () => {
      this.#failures = 0;
    });
    this.#listen();
    this.#events.onUp(hello);
  }

  /** After so much silence the server is asked for a sign of life; after as much again it is told as silent. */
  #listen(): void {
    const { clock, silenceMs } = this.#settings;
    const heardAt = this.#heardAt;
    this.#listening.abort();
    this.#listening = new AbortController();
    this.#unlessHeard(heardAt, heardAt + silenceMs - clock.now(), () => {
      this.send({ op: "ping" });
      this.#unlessHeard(heardAt, silenceMs, () => this.#fallSilent(heardAt));
    });
  }

  #fallSilent(heardAt: number): void {
    const { silentPatienceMs } = this.#settings;
    if (silentPatienceMs > 0) {
      this.#isSilent = true;
      this.#events.onSilent();
    }
    this.#unlessHeard(heardAt, silentPatienceMs, () => this.#down("the server has gone silent"));
  }

  /** Runs when nothing was heard since `heardAt` after so many milliseconds; otherwise listening begins anew. */
  #unlessHeard(heardAt: number, spanMs: number, run: () => void): void {
    const check = (): void => {
      if (this.#heardAt > heardAt) this.#listen();
      else run();
    };
    if (spanMs <= 0) check();
    else after(this.#settings.clock, spanMs, this.#listening.signal, check);
  }

  #closed(code: number, said: string): void {
    const { reason, error } = goodbyeOf(code, said, this.#state === "up");
    // Whoever was let in may have a newer key by now; the ticket that it is asked for will tell.
    const mayReturn =
      error?.code === "unauthorized" && (this.#state === "up" ? this.#settings.keyChanges : this.#mayAskForTicket);
    if (this.#state !== "up") this.#isTicketRefused = error?.code === "unauthorized";
    if (error === undefined || mayReturn) this.#down(reason);
    else this.#end(error);
  }

  /** The ticket was refused, or there is no WebSocket to be had. */
  #notOpened(cause: unknown): void {
    if (cause instanceof ClientError && cause.retryable) this.#down(cause.message);
    else if (cause instanceof ClientError) this.#end(cause);
    else this.#down(`the connection can't be opened: ${cause}`);
  }

  #end(error: ClientError): void {
    this.close();
    this.#events.onEnd(error);
  }

  #down(reason: string): void {
    this.#leave();
    const { backOff, random } = this.#settings;
    this.#failures += 1;
    const delay = backOffMs(backOff, this.#failures, random);
    this.#after(delay, () => this.connect());
    this.#events.onDown(reason, delay);
  }

  #leave(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#turn += 1;
    this.#isSilent = false;
    this.#enter("away");
    if (socket !== undefined) leaveSocket(socket);
  }

  #enter(state: "away" | "connecting" | "up"): void {
    this.#state = state;
    this.#timers.abort();
    this.#listening.abort();
    this.#timers = new AbortController();
  }

  /** Unless the state changes before, or the link is closed. */
  #after(delayMs: number, run: () => void): void {
    if (!this.#closing.signal.aborted) after(this.#settings.clock, delayMs, this.#timers.signal, run);
  }
}

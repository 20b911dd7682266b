import type { Signal, SignalMessage } from "../wire/mod.ts";
import type { Caller } from "./caller.ts";
import type { LoopTurns } from "./loop-turns.ts";
import type { Socket } from "./socket.ts";

/** Signals that may wait to be sent to the sockets of one owner. Past it, these sockets are closed with 4008. */
export const MAX_WAITING_SIGNALS_PER_OWNER = 4_000;

/** Signals that may wait for all owners together, about 5 kB each. Past it, the owner with most of them is closed as above. */
export const MAX_WAITING_SIGNALS = 16_000;

/** Sockets that one job sends a signal to: less than a millisecond of work. */
const SOCKETS_PER_JOB = 32;

/** Sockets with a service key get the signals of all owners. */
const EVERYONE: unique symbol = Symbol("everyone");

type Listened = string | typeof EVERYONE;

/** What the signals are sent with. */
export interface SignalFanOutParts {
  readonly turns: LoopTurns;
  /** Sends one message to one socket, behind what waits for it already. */
  readonly send: (socket: Socket, text: string) => void;
  /** Whether a socket may still have signals. If not, its subscription is ended. */
  readonly mayHave: (socket: Socket) => boolean;
  /** Closes a socket for which too many signals wait. */
  readonly closeSlow: (socket: Socket) => void;
  /** Called with an error of this server, and the id of the request that opened the socket. */
  readonly onError: (id: string, cause: unknown) => void;
}

/** A signal on its way. All who listen share its message, which is encoded for the first of them. */
interface WaitingSignal {
  readonly signal: Signal;
  readonly owner: string;
  text: string | undefined;
}

/** The sockets that listen to one owner's signals, and the signals that wait for them. */
interface Audience {
  readonly sockets: Set<Socket>;
  readonly waiting: WaitingSignal[];
  /** The sockets that the first of the waiting signals is still to be sent to; undefined before its first job. */
  left: Socket[] | undefined;
  isScheduled: boolean;
}

/**
 * Sends stored signals to the sockets that listen, in turn with all other long work on the event loop. Signals of one owner stay
 * in order. A signal is never dropped: sockets for which too many wait are closed with 4008.
 */
export class SignalFanOut {
  readonly #parts: SignalFanOutParts;
  readonly #audiences: Map<Listened, Audience> = new Map();
  #waiting = 0;

  constructor(parts: SignalFanOutParts) {
    this.#parts = parts;
  }

  /** Signals that wait to be sent, counted once for each owner and once for all service keys. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Sockets that listen. */
  *sockets(): Iterable<Socket> {
    for (const { sockets } of this.#audiences.values()) yield* sockets;
  }

  /** A socket has subscribed: it gets the signals that are stored from now on. */
  begin(socket: Socket): void {
    const listened = listenedBy(socket.data.caller);
    const audience = this.#audiences.get(listened) ?? {
      sockets: new Set(),
      waiting: [],
      left: undefined,
      isScheduled: false,
    };
    this.#audiences.set(listened, audience);
    audience.sockets.add(socket);
  }

  /** A socket has unsubscribed or is closed. */
  end(socket: Socket): void {
    for (const [listened, audience] of this.#audiences) {
      if (!audience.sockets.delete(socket) || audience.sockets.size > 0) continue;
      this.#audiences.delete(listened);
      this.#waiting -= audience.waiting.length;
      audience.waiting.length = 0;
    }
  }

  /** A stored signal. It is sent when it is its turn. */
  add(signal: Signal, owner: string): void {
    const entry: WaitingSignal = { signal, owner, text: undefined };
    for (const listened of [owner, EVERYONE] satisfies Listened[]) {
      const audience = this.#audiences.get(listened);
      if (audience === undefined) continue;
      audience.waiting.push(entry);
      this.#waiting += 1;
      if (audience.waiting.length > MAX_WAITING_SIGNALS_PER_OWNER) this.#closeSlow(audience);
      else if (this.#waiting > MAX_WAITING_SIGNALS) this.#closeSlow(this.#longest());
      this.#schedule(audience);
    }
  }

  #schedule(audience: Audience): void {
    const [first] = audience.sockets;
    if (audience.isScheduled || audience.waiting.length === 0 || first === undefined) return;
    audience.isScheduled = true;
    const { caller, id } = first.data;
    this.#parts.turns.run(caller, () => this.#job(audience)).catch((cause: unknown) => this.#parts.onError(id, cause));
  }

  /** Sends the first of the waiting signals to the next few sockets. */
  #job(audience: Audience): void {
    audience.isScheduled = false;
    const [first] = audience.waiting;
    if (first === undefined) return;
    audience.left ??= [...audience.sockets];
    for (const socket of audience.left.splice(0, SOCKETS_PER_JOB)) this.#sendTo(socket, first);
    // The last of the sockets may have been closed or unsubscribed on the way, and the signals with it.
    if (audience.left.length === 0) {
      audience.left = undefined;
      if (audience.waiting.shift() !== undefined) this.#waiting -= 1;
    }
    this.#schedule(audience);
  }

  #sendTo(socket: Socket, entry: WaitingSignal): void {
    const { channels, caller } = socket.data;
    if (!channels.has("signals") || !this.#parts.mayHave(socket)) return;
    if (listenedBy(caller) !== EVERYONE && caller.owner !== entry.owner) return;
    entry.text ??= JSON.stringify({ type: "signal", signal: entry.signal } satisfies SignalMessage);
    this.#parts.send(socket, entry.text);
  }

  #longest(): Audience {
    return [...this.#audiences.values()].reduce((longest, one) =>
      one.waiting.length > longest.waiting.length ? one : longest,
    );
  }

  #closeSlow({ sockets }: Audience): void {
    for (const socket of [...sockets]) {
      this.end(socket);
      this.#parts.closeSlow(socket);
    }
  }
}

/** Whose signals a caller is sent. */
function listenedBy({ owner, scopes }: Caller): Listened {
  return scopes.has("admin") ? EVERYONE : owner;
}

import { type Clock, InvalidInput, type Random } from "../core/mod.ts";
import type { BackOff } from "./back-off.ts";
import { systemClock, systemRandom } from "./machine.ts";
import type { SocketConstructor } from "./stream/socket.ts";

/** What a client is told about the server and about patience. */
export interface ClientOptions {
  /** Where the server is, for example http://127.0.0.1:8080. A path in it is kept in front of all others. */
  readonly url: string | URL;
  /**
   * Sent as `Authorization: Bearer`; none where the server listens on loopback only. A function is asked for it at each try and
   * each connection, as users' tokens expire and are renewed; what it throws counts as trouble of the network.
   */
  readonly apiKey?: string | KeySource | undefined;
  /**
   * Where traders and signals are, if not on the server itself, for example https://PROJECT.supabase.co/functions/v1. They are
   * asked with the same key.
   */
  readonly functionsUrl?: string | URL | undefined;
  /** The runtime's own by default. */
  readonly fetch?: Fetch | undefined;
  /** How long one try may take, the body included, in milliseconds; 5,000 by default. */
  readonly tryTimeoutMs?: number | undefined;
  /** How long a call may take, all tries and the waits between them included, in milliseconds; 20,000 by default. */
  readonly deadlineMs?: number | undefined;
  /** How often a call is tried at most; 4 by default, and 1 is no second try. */
  readonly maxTries?: number | undefined;
  /** The waits between tries; from 200 to 5,000 ms by default. What a server asks for in `Retry-After` goes before. */
  readonly backOff?: BackOff | undefined;
  /** So many tries that fail in a row, and the server is left alone; 10 by default. */
  readonly breakAfterFailures?: number | undefined;
  /** For so long, in milliseconds; then one call tries whether it is back. 5,000 by default. */
  readonly halfOpenAfterMs?: number | undefined;
  /** The runtime's own by default; Node before 22 has none. That of the npm package `ws` fits. */
  readonly WebSocket?: SocketConstructor | undefined;
  /** A WebSocket that was silent for so long is asked for a sign of life, in milliseconds; 5,000 by default. */
  readonly silenceMs?: number | undefined;
  /**
   * One that gave none for as long again is cut, after so many milliseconds more, in which it is told as `silent`; 0 by default,
   * which tells and waits for nothing.
   */
  readonly silentPatienceMs?: number | undefined;
  /** The machine's by default. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Gives the key that is good now; undefined where there is none. */
export type KeySource = () => string | undefined | Promise<string | undefined>;

/** What we need of `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The options with nothing left open. */
export interface ClientSettings {
  readonly url: URL;
  readonly apiKey: KeySource | undefined;
  /** Whether a key that isn't good any more may be followed by one that is. */
  readonly keyChanges: boolean;
  readonly functionsUrl: URL | undefined;
  readonly fetch: Fetch;
  readonly tryTimeoutMs: number;
  readonly deadlineMs: number;
  readonly maxTries: number;
  readonly backOff: BackOff;
  readonly breakAfterFailures: number;
  readonly halfOpenAfterMs: number;
  readonly WebSocket: SocketConstructor | undefined;
  readonly silenceMs: number;
  readonly silentPatienceMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Fills in the defaults. Throws InvalidInput for options that can't be meant. */
export function settingsOf(options: ClientOptions): ClientSettings {
  const { apiKey, functionsUrl } = options;
  return {
    url: serverUrl(options.url),
    apiKey: typeof apiKey === "string" ? () => apiKey : apiKey,
    keyChanges: typeof apiKey === "function",
    functionsUrl: functionsUrl === undefined ? undefined : serverUrl(functionsUrl),
    // Looked up at each call: a page or a test may put another one in its place.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    tryTimeoutMs: positive("tryTimeoutMs", options.tryTimeoutMs ?? 5_000),
    deadlineMs: positive("deadlineMs", options.deadlineMs ?? 20_000),
    maxTries: positive("maxTries", options.maxTries ?? 4),
    backOff: options.backOff ?? { firstMs: 200, longestMs: 5_000 },
    breakAfterFailures: positive("breakAfterFailures", options.breakAfterFailures ?? 10),
    halfOpenAfterMs: positive("halfOpenAfterMs", options.halfOpenAfterMs ?? 5_000),
    WebSocket: options.WebSocket ?? globalThis.WebSocket,
    silenceMs: positive("silenceMs", options.silenceMs ?? 5_000),
    silentPatienceMs: options.silentPatienceMs ?? 0,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

function serverUrl(given: string | URL): URL {
  // Not URL.parse, which Node 20 doesn't have.
  const url = URL.canParse(String(given)) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidInput(`"${given}" is not a server's URL: expected one such as http://127.0.0.1:8080`);
  }
  return url;
}

function positive(name: string, value: number): number {
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidInput(`${name} is ${value}: expected more than 0`);
  return value;
}

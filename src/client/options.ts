import { type Clock, InvalidInput, type Random } from "../core/mod.ts";
import type { BackOff } from "./back-off.ts";
import { systemClock, systemRandom } from "./machine.ts";
import type { BinaryFormat } from "./stream/packed.ts";
import type { SocketConstructor } from "./stream/socket.ts";

/** The server's address, credentials, time-outs and retries of a client. */
export interface ClientOptions {
  /** The server's URL, for example http://127.0.0.1:8080. Its path is a prefix of every request's path. */
  readonly url: string | URL;
  /**
   * Sent as `Authorization: Bearer`. A server that listens on loopback only needs none. The client calls a function for each try
   * and each connection, because users' tokens expire. If the function throws, the client retries as after a network error.
   */
  readonly apiKey?: string | KeySource | undefined;
  /**
   * URL of the functions for traders and signals, if the server doesn't host them, for example
   * https://PROJECT.supabase.co/functions/v1. The client sends them the same key.
   */
  readonly functionsUrl?: string | URL | undefined;
  /** Default: the runtime's own. */
  readonly fetch?: Fetch | undefined;
  /** Time limit of one try, including the body, in milliseconds. Default: 5,000. */
  readonly tryTimeoutMs?: number | undefined;
  /** Time limit of a call, including all tries and the waits between them, in milliseconds. Default: 20,000. */
  readonly deadlineMs?: number | undefined;
  /** Maximum number of tries of a call. Default: 4. 1 disables retries. */
  readonly maxTries?: number | undefined;
  /** The waits between tries. Default: 200 to 5,000 ms. A server's `Retry-After` takes precedence. */
  readonly backOff?: BackOff | undefined;
  /** After this many failed tries in a row, calls fail with `circuit_open` and nothing is sent. Default: 10. */
  readonly breakAfterFailures?: number | undefined;
  /** Time until one call is sent as a test while the circuit is open, in milliseconds. Default: 5,000. */
  readonly halfOpenAfterMs?: number | undefined;
  /** Default: the runtime's own. Node before version 22 has none: use the one from the npm package `ws`. */
  readonly WebSocket?: SocketConstructor | undefined;
  /**
   * How the server sends klines on a WebSocket: JSON, or with `packed` of this package binary frames, which take about a sixth of the
   * bytes. Your code receives the same messages. Default: JSON.
   */
  readonly format?: BinaryFormat | undefined;
  /** Silence on a WebSocket after which the client sends a ping, in milliseconds. Default: 5,000. */
  readonly silenceMs?: number | undefined;
  /**
   * If no answer arrives within `silenceMs` after the ping, the client emits `silent`, waits this many milliseconds more, and then
   * reconnects. Default: 0, which reconnects at once and emits no `silent`.
   */
  readonly silentPatienceMs?: number | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Returns the current key, or undefined if there is none. */
export type KeySource = () => string | undefined | Promise<string | undefined>;

/** The part of `fetch` that the client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The options with all defaults filled in. */
export interface ClientSettings {
  readonly url: URL;
  readonly apiKey: KeySource | undefined;
  /** Whether an expired key may be replaced by a new one. */
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
  readonly format: BinaryFormat | undefined;
  readonly silenceMs: number;
  readonly silentPatienceMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

/** Fills in the defaults. Throws InvalidInput for invalid options. */
export function settingsOf(options: ClientOptions): ClientSettings {
  const { apiKey, functionsUrl } = options;
  if (typeof apiKey === "string") checkKey(apiKey);
  return {
    url: serverUrl(options.url),
    apiKey:
      typeof apiKey === "function"
        ? async () => checkedKey(await apiKey())
        : apiKey === undefined
          ? undefined
          : () => apiKey,
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
    format: options.format,
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

/** A header holds printable ASCII only; no server gives out other keys. The key itself isn't repeated: it is a secret. */
function checkKey(key: string): void {
  if (key !== "" && /^[\x21-\x7e]+$/.test(key)) return;
  const what = key === "" ? "is empty" : "has a character that no key has";
  throw new InvalidInput(
    `apiKey ${what}: expected a key as \`vyx keys create\` prints it, a user's token, or undefined for none`,
  );
}

function checkedKey(key: string | undefined): string | undefined {
  if (key !== undefined) checkKey(key);
  return key;
}

function positive(name: string, value: number): number {
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidInput(`${name} is ${value}: expected more than 0`);
  return value;
}

import { FOLLOWER_HEADER } from "../../wire/mod.ts";

/** Names of this machine: between its own processes, compression costs more than it saves. */
const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** How an upstream is reached: its address, the key, and proxies on the way. */
export interface LineOptions {
  readonly url: string;
  readonly key: string | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** The address of a proxy for WebSockets. */
  readonly proxy?: string | undefined;
}

/** Requests and sockets that carry the key, and say that a follower sends them. */
export interface UpstreamLine {
  readonly fetch: typeof fetch;
  readonly openSocket: (url: string) => WebSocket;
}

/** Makes the way to an upstream. The key is in headers alone, so that no log of addresses holds it. */
export function upstreamLine({ url, key, fetch: fetcher = fetch, proxy }: LineOptions): UpstreamLine {
  const ours: Record<string, string> = { [FOLLOWER_HEADER]: "1", ...(key === undefined ? {} : { "x-api-key": key }) };
  const plain = LOOPBACK.has(new URL(url).hostname) ? { "accept-encoding": "identity" } : {};
  return {
    fetch: Object.assign(
      (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
        fetcher(input, { ...init, headers: { ...ours, ...plain } }),
      { preconnect: () => {} },
    ),
    openSocket: (address) => new WebSocket(address, { headers: ours, ...(proxy === undefined ? {} : { proxy }) }),
  };
}

/** Whether a key would travel where others can read it. */
export function isKeyBare({ url, key }: Pick<LineOptions, "url" | "key">): boolean {
  const { protocol, hostname } = new URL(url);
  return key !== undefined && protocol === "http:" && !LOOPBACK.has(hostname);
}

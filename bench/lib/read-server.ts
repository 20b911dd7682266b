import { pino } from "pino";
import { watchGarbage } from "../../src/cli/garbage-watch.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { createServer, KeyRing, parseAddressList, parseRate, type RunningServer } from "../../src/server/mod.ts";
import type { Route } from "../../src/server/route.ts";
import type { MarketStore } from "../../src/store/mod.ts";
import { keyRecord } from "../../tests/helpers/keys.ts";
import { liveFeed } from "./live-feed.ts";

/** The key that a {@link serveReads} server knows. */
export const READ_KEY = "vyx_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

/** What the key may do. */
const SCOPES = ["read", "stream", "screen"] as const;

/** Serves stores, one a market, as a server on the open internet does, with a key, its rate, metrics and the request log; prints its address. */
export function serveReads(...stores: readonly MarketStore[]): void {
  console.log(startReads(stores).url);
}

/** The same, with routes of others, and without printing anything. */
export function startReads(stores: readonly MarketStore[], routes: readonly Route[] = []): RunningServer {
  const log = pino(pino.destination({ dest: "/dev/null", sync: true }));
  const server = createServer({
    markets: stores.map((store) => ({ store, feed: liveFeed("recorded") })),
    clock: { now: () => Date.now() as UnixMs, sleep: (span) => Bun.sleep(span) },
    version: "bench",
    hostname: "127.0.0.1",
    port: 0,
    page: new Map(),
    access: {
      keys: new KeyRing([keyRecord(READ_KEY, { rate: "1000000/s", scopes: SCOPES })]),
      scopesWithoutKeys: [],
      addressRate: parseRate("600/min"),
      trustedProxies: parseAddressList(""),
      proxyHeaders: [],
    },
    routes,
    stopwatch: () => performance.now(),
    onRequest: (line) => log.info(line, "request"),
    onError: (_id, cause) => console.error(cause),
  });
  watchGarbage();
  // An orderly end, so that a profile is written.
  process.on("SIGTERM", () => process.exit(0));
  return server;
}

/** What such a server answers at these paths, as files for a rival: /0.json, /1.json … */
export async function filesOf(url: string, paths: readonly string[]): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [index, path] of paths.entries()) {
    const response = await fetch(url + path, { headers: { "accept-encoding": "identity", "X-API-Key": READ_KEY } });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    files.set(`/${index}.json`, await response.bytes());
  }
  return files;
}

import { describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import type { UnixMs } from "../../core/mod.ts";
import type { HealthAnswer, MarketHealth } from "../../wire/mod.ts";
import { isKeyBare, upstreamLine } from "./line.ts";
import { Upstream } from "./upstream.ts";

const NOBODY = new AbortController().signal;

const SERVED: MarketHealth = {
  ...{ market: "binance", status: "ok", reasons: [], source: "binance", marketTime: 1 as UnixMs, symbols: 1 },
  epoch: "binance",
  exchangeTime: 2 as UnixMs,
  ...{ intervals: ["1m", "5m"], coverage: { complete: 1, total: 1 }, checkpoint: null },
  feed: {
    ...{ state: "live", connections: 1, lastEventAgeMs: 0, silentForMs: 0, marketLagMs: 0, clockOffsetMs: 0 },
  },
};

const HEALTH: HealthAnswer = {
  ...{
    status: "ok",
    reasons: [],
    version: "1",
    commit: "c",
    uptimeSeconds: 1,
    source: "binance",
    symbols: 1,
    series: 2,
  },
  ...{ intervals: ["1m", "5m"], capacity: 500, feed: SERVED.feed, coverage: SERVED.coverage, checkpoint: null },
  ...{ database: null, markets: [SERVED], node: "upstream", following: null, cluster: null },
};

const WANTED = [{ market: "binance", intervals: ["1m", "5m"], capacity: 500 }] as const;

/** An upstream whose answers are given by path, in turn; the last one again and again. */
function upstreamOf(answers: Readonly<Record<string, readonly (() => Response)[]>>) {
  const clock = new ManualClock();
  const log: string[] = [];
  const asked: string[] = [];
  const headers: Headers[] = [];
  const left = new Map(Object.entries(answers).map(([path, all]) => [path, [...all]]));
  const fetcher = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(String(input));
    asked.push(pathname);
    headers.push(new Headers(init?.headers));
    const all = left.get(pathname) ?? [];
    const answer = all.length > 1 ? all.shift() : all[0];
    if (answer === undefined) throw new Error("connect ECONNREFUSED 10.0.0.5:8080");
    return answer();
  };
  const url = "http://10.0.0.5:8080";
  const line = upstreamLine({ url, key: "secret", fetch: Object.assign(fetcher, { preconnect: () => {} }) });
  const upstream = new Upstream({
    ...{ url, line, node: "ours", clock },
    log: { info: (message) => log.push(message), warn: (message) => log.push(`! ${message}`) },
  });
  return { upstream, clock, log, asked, headers };
}

const says =
  (health: object): (() => Response) =>
  () =>
    Response.json({ ...HEALTH, ...health });
const opens = { "/symbols": [() => Response.json({ count: 0, symbols: [] })], "/tickets": [() => Response.json({})] };
const away = (): Response => new Response("down", { status: 502 });

describe("an upstream", () => {
  test("that is away is waited for, with a line in the log for each reason; then its nodes are known", async () => {
    const { upstream, clock, log } = upstreamOf({ ...opens, "/health": [away, away, says({})] });
    let isServing = false;
    const serving = upstream.serves(WANTED, NOBODY).then(() => {
      isServing = true;
    });
    await clock.turn(400);
    expect([isServing, upstream.path()]).toEqual([false, []]);
    await clock.turn(10_000);
    await serving;
    expect(upstream.path()).toEqual(["upstream"]);
    expect(log).toEqual([
      "! the upstream 10.0.0.5:8080 doesn't answer yet, waiting for it: /health: 502: down",
      "following 10.0.0.5:8080, which serves binance",
    ]);
  });

  test.each([
    [() => new Response("<h1>\n  It works!\n</h1>\n"), "/health: expected JSON, got <h1> It works! </h1>"],
    [() => new Response(""), "/health: expected JSON, got an empty answer"],
    [() => Response.json({ status: "UP" }), "/health: "],
    [() => new Response("not found", { status: 404 }), "/health: 404: not found"],
    [() => new Response(null, { status: 302, headers: { location: "/login" } }), "/health: 302: an empty answer"],
  ])("that isn't a Vyx is called that once, with what it answered, and waited for (%#)", async (foreign, what) => {
    const { upstream, clock, log } = upstreamOf({ ...opens, "/health": [foreign, foreign, says({})] });
    const serving = upstream.serves(WANTED, NOBODY);
    for (let look = 0; look < 3; look += 1) await clock.turn(10_000);
    await serving;
    expect(log).toHaveLength(2);
    expect(log[0]).toStartWith(
      `! the upstream 10.0.0.5:8080 answers, but not as a Vyx does, waiting for one there: ${what}`,
    );
    expect(log[0]).toEndWith(": expected --upstream with the address of a Vyx");
  });

  test("is sent the key and who asks, in headers alone", async () => {
    const { upstream, asked, headers } = upstreamOf({ ...opens, "/health": [says({})] });
    await upstream.serves(WANTED, NOBODY);
    expect(asked).toEqual(["/health", "/symbols", "/tickets"]);
    for (const sent of headers) expect([sent.get("x-api-key"), sent.get("vyx-follower")]).toEqual(["secret", "1"]);
  });

  test.each([
    [{ markets: [] }, "it doesn't serve Binance spot"],
    [{ markets: [{ ...SERVED, intervals: ["1m"] }] }, "it doesn't serve 5m of Binance spot"],
    [{ capacity: 100 }, "expected --capacity 100 at most"],
    [{ node: "ours" }, "it is this server itself"],
    [{ following: { upstream: null, path: ["other", "ours"], behindMs: 0 } }, "it follows this server, over 2 others"],
    [{ node: undefined }, "it is an older Vyx"],
  ])("that says %j is refused for good", async (health, why) => {
    const { upstream } = upstreamOf({ ...opens, "/health": [says(health)] });
    await expect(upstream.serves(WANTED, NOBODY)).rejects.toThrow(why);
  });

  test.each(["/symbols", "/tickets"])(
    "that refuses the key at %s is refused, with the scopes that it needs",
    async (path) => {
      const forbidden = (): Response => Response.json({ code: "forbidden" }, { status: 403 });
      const { upstream } = upstreamOf({ ...opens, "/health": [says({})], [path]: [forbidden] });
      await expect(upstream.serves(WANTED, NOBODY)).rejects.toThrow("a key that has the scopes read and stream");
    },
  );

  test("of many symbols is followed, too", async () => {
    const symbols = Array.from({ length: 8_000 }, (_, index) => ({ symbol: `A${index}USDT`, base: "x".repeat(200) }));
    const { upstream } = upstreamOf({
      ...opens,
      "/health": [says({})],
      "/symbols": [() => Response.json({ count: symbols.length, symbols })],
    });
    await upstream.serves(WANTED, NOBODY);
    expect(upstream.path()).toEqual(["upstream"]);
  });

  test.each([
    ["is refused by a proxy", 1, () => new Response("<html>", { status: 403 })],
    ["is an older Vyx", 1, says({ node: undefined })],
    ["is a page", 0, () => new Response("<html>")],
  ])("that %s for a while, later, ends nothing", async (_what, lines, trouble) => {
    const { upstream, clock, log } = upstreamOf({ ...opens, "/health": [says({}), trouble, trouble, says({})] });
    const ending = new AbortController();
    let hasEnded = false;
    const watching = upstream.watch(ending.signal).finally(() => {
      hasEnded = true;
    });
    for (let look = 0; look < 4; look += 1) await clock.turn(10_000);
    expect([hasEnded, log.length, upstream.path()]).toEqual([false, lines, ["upstream"]]);
    ending.abort();
    await clock.turn(10_000);
    await watching;
  });

  test("that comes to follow us later is found out; one that is away meanwhile isn't", async () => {
    const loop = { following: { upstream: null, path: ["ours"], behindMs: null } };
    const { upstream, clock } = upstreamOf({ ...opens, "/health": [away, says({}), says(loop)] });
    const watching = upstream.watch(NOBODY).catch((cause: Error) => cause.message);
    for (let look = 0; look < 4; look += 1) await clock.turn(10_000);
    expect(await watching).toContain("it follows this server, over 1 other");
  });
});

test("a key travels bare by http beyond this machine", () => {
  const bare = (url: string, key?: string): boolean => isKeyBare({ url, key });
  expect([bare("http://10.0.0.5", "k"), bare("http://10.0.0.5"), bare("https://x.example", "k")]).toEqual([
    true,
    false,
    false,
  ]);
  expect([bare("http://127.0.0.1:8080", "k"), bare("http://[::1]:8080", "k")]).toEqual([false, false]);
});

import { expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { systemClock } from "../../client/mod.ts";
import type { NodeEntry } from "./node-entry.ts";
import { readNodeEntry } from "./node-entry.ts";
import { CLUSTER_ADDRESS, peersFetch } from "./peers.ts";

const node = (name: string, role: "ingest" | "serve", more: Partial<NodeEntry> = {}): NodeEntry => ({
  ...{ name, role, url: `http://${name}.example:8080/`, version: "1", run: name, isDraining: false, markets: {} },
  ...more,
});

const NODES = [node("out-1", "serve"), node("in-1", "ingest"), node("in-2", "ingest"), node("out-2", "serve")];

const stopwatch = (): number => performance.now();

/** A fetch by what each node answers; notes who was asked. */
function peers(answers: Readonly<Record<string, string | number>>, nodes: readonly NodeEntry[] = NODES) {
  const asked: string[] = [];
  const headers: Headers[] = [];
  const fetcher = (url: string, init?: RequestInit): Promise<Response> => {
    const name = new URL(url).hostname.split(".")[0] ?? "";
    asked.push(name);
    headers.push(new Headers(init?.headers));
    const answer = answers[name];
    if (answer === undefined) return Promise.reject(new Error("connection refused"));
    return Promise.resolve(
      typeof answer === "number" ? new Response("{}", { status: answer }) : new Response(answer, { status: 200 }),
    );
  };
  const ask = peersFetch({
    nodes: () => nodes,
    key: "secret",
    clock: systemClock,
    stopwatch,
    fetch: fetcher as typeof fetch,
  });
  return { asked, headers, ask: (path = "/klines/BTCUSDT/1m?limit=5") => ask(`${CLUSTER_ADDRESS}${path}`) };
}

test("ingest nodes are asked first, in turn, with the key that nodes share", async () => {
  const { asked, headers, ask } = peers({ "in-1": '{"settled":true}', "in-2": '{"settled":true}' });
  for (let turn = 0; turn < 4; turn += 1) await ask();
  expect(asked).toEqual(["in-2", "in-1", "in-2", "in-1"]);
  expect(headers[0]?.get("x-api-key")).toBe("secret");
});

test("a node that is away, refuses or isn't certain is followed by the next one", async () => {
  const { asked, ask } = peers({ "in-2": '{"settled":false}', "out-2": 503, "out-1": '{"settled":true}' });
  expect(await (await ask()).text()).toBe('{"settled":true}');
  expect(asked).toEqual(["in-2", "in-1", "out-2", "out-1"]);
});

test("a node that isn't ready is asked after those that are, and draining ones last", async () => {
  const markets = (isReady: boolean): NodeEntry["markets"] => ({
    binance: { lastClose: null, lagMs: null, isReady, source: null, epoch: null, symbols: null },
  });
  const nodes = [
    node("leaving", "ingest", { isDraining: true }),
    node("late", "ingest", { markets: markets(false) }),
    node("out", "serve", { markets: markets(true) }),
    node("well", "ingest", { markets: markets(true) }),
  ];
  const { asked, ask } = peers({}, nodes);
  await ask().catch(() => {});
  expect(asked).toEqual(["well", "out", "late", "leaving"]);
});

test("what a node says of a time that its market hasn't reached isn't believed", async () => {
  const asked: string[] = [];
  const times: Readonly<Record<string, number>> = { "in-2": 1_770_681_600_000, "in-1": 1_770_681_700_000 };
  const fetcher = (url: string): Promise<Response> => {
    const name = new URL(url).hostname.split(".")[0] ?? "";
    asked.push(name);
    const time = times[name];
    if (time === undefined) return Promise.reject(new Error("connection refused"));
    return Promise.resolve(new Response('{"settled":true,"klines":[]}', { headers: { "vyx-time": String(time) } }));
  };
  const ask = peersFetch({
    ...{ nodes: () => NODES, key: undefined, clock: systemClock, stopwatch, fetch: fetcher as typeof fetch },
  });
  const path = `${CLUSTER_ADDRESS}/klines/BTCUSDT/1m?startTime=1770681660000&endTime=1770681660000`;
  expect((await ask(path)).headers.get("vyx-time")).toBe(String(times["in-1"]));
  expect(asked).toEqual(["in-2", "in-1"]);
  const later = `${CLUSTER_ADDRESS}/klines/BTCUSDT/1m?startTime=1770681720000&endTime=1770681720000`;
  await expect(ask(later)).rejects.toThrow("no node of the cluster answers");
});

test("a node that doesn't answer in time is asked after all others for a while", async () => {
  const clock = new ManualClock();
  const asked: string[] = [];
  const fetcher = (url: string, init?: RequestInit): Promise<Response> => {
    const name = new URL(url).hostname.split(".")[0] ?? "";
    asked.push(name);
    if (name !== "in-1") return Promise.resolve(new Response('{"settled":true}'));
    return new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(new Error("too late"))));
  };
  const nodes = () => [node("in-1", "ingest"), node("in-2", "ingest")];
  const parts = { clock, stopwatch: clock.stopwatch, fetch: fetcher as unknown as typeof fetch };
  const ask = peersFetch({ nodes, key: undefined, ...parts });
  const askedFor = async (ms: number): Promise<string> => {
    asked.length = 0;
    const answer = ask(`${CLUSTER_ADDRESS}/klines/BTCUSDT/1m`);
    await clock.turn(ms);
    expect((await answer).ok).toBe(true);
    return asked.join();
  };
  const first = [await askedFor(3_000), await askedFor(3_000)];
  expect(first.toSorted()).toEqual(["in-1,in-2", "in-2"]);
  for (let turn = 0; turn < 4; turn += 1) expect(await askedFor(0)).toBe("in-2");
  await clock.turn(10_000);
  expect([await askedFor(3_000), await askedFor(3_000)].toSorted()).toEqual(["in-1,in-2", "in-2"]);
});

test("where no node is certain the last answer counts, and without any answer it fails", async () => {
  expect(await (await peers({ "in-1": '{"settled":false}' }).ask()).text()).toBe('{"settled":false}');
  expect((await peers({ "out-1": 404 }).ask()).status).toBe(404);
  expect(peers({}).ask()).rejects.toThrow("no node of the cluster answers: out-1: connection refused");
  expect(peers({}, []).ask()).rejects.toThrow("no other node is there");
});

test("an answer without an end is given up, and no redirect is followed", async () => {
  const elsewhere: (string | null)[] = [];
  const thief = Bun.serve({
    port: 0,
    fetch: (request) => {
      elsewhere.push(request.headers.get("x-api-key"));
      return new Response("{}");
    },
  });
  const liar = Bun.serve({ port: 0, fetch: () => Response.redirect(thief.url.href, 307) });
  const piece = new Uint8Array(1_048_576);
  let pieces = 0;
  const endless = Bun.serve({
    port: 0,
    fetch: () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            pieces += 1;
            if (pieces > 200) controller.close();
            else controller.enqueue(piece);
          },
        }),
      ),
  });
  const nodes = [node("in-1", "ingest", { url: liar.url.href }), node("out-1", "serve", { url: endless.url.href })];
  try {
    const ask = peersFetch({ nodes: () => nodes, key: "secret", clock: systemClock, stopwatch });
    expect((await ask(`${CLUSTER_ADDRESS}/symbols`)).status).toBe(307);
    expect(elsewhere).toEqual([]);
    expect(pieces).toBeLessThan(100);
  } finally {
    for (const server of [thief, liar, endless]) server.stop(true);
  }
});

test("an answer about data from elsewhere is none", async () => {
  const nodes = [node("in-1", "ingest"), node("in-2", "ingest")];
  const fetcher = (url: string): Promise<Response> => {
    const source = url.includes("in-2") ? "simulated" : "binance";
    return Promise.resolve(new Response(source, { headers: { "vyx-source": source } }));
  };
  for (const [own, expected] of [
    ["binance", "binance"],
    ["simulated", "simulated"],
    [null, "simulated"],
  ] as const) {
    const parts = { nodes: () => nodes, key: undefined, clock: systemClock, stopwatch, fetch: fetcher as typeof fetch };
    const ask = peersFetch({ ...parts, source: () => own });
    expect(await (await ask(`${CLUSTER_ADDRESS}/klines/BTCUSDT/1m`)).text()).toBe(expected);
  }
  const parts = { nodes: () => nodes, key: undefined, clock: systemClock, stopwatch, fetch: fetcher as typeof fetch };
  await expect(
    peersFetch({ ...parts, source: () => "recorded" })(`${CLUSTER_ADDRESS}/klines/BTCUSDT/1m`),
  ).rejects.toThrow("its data is labelled");
});

test("what others may read of a failure names a node, and not where it is", async () => {
  const fetcher = (): Promise<Response> => Promise.reject(new Error("getaddrinfo ENOTFOUND in-1.internal"));
  const nodes = () => [node("in-1", "ingest")];
  const ask = peersFetch({
    nodes,
    key: undefined,
    clock: systemClock,
    stopwatch,
    fetch: fetcher as unknown as typeof fetch,
  });
  const failure = await ask(`${CLUSTER_ADDRESS}/symbols`).catch((cause: unknown) => String(cause));
  expect(failure).toContain("no node of the cluster answers: in-1: getaddrinfo ENOTFOUND …");
});

test("a node that is to leave is asked last", async () => {
  const nodes = [node("in-1", "ingest", { isDraining: true }), node("out-1", "serve")];
  const { asked, ask } = peers({ "in-1": "{}" }, nodes);
  await ask();
  expect(asked).toEqual(["out-1", "in-1"]);
});

test("a checkpoint comes from a node that is ready in its market", async () => {
  const isReady = { lastClose: null, lagMs: null, isReady: true, source: null, epoch: null, symbols: null };
  const nodes = [node("in-1", "ingest"), node("out-1", "serve", { markets: { binance: isReady } })];
  const { asked, ask } = peers({ "in-1": "empty", "out-1": "full" }, nodes);
  expect(await (await ask("/checkpoint?market=binance")).text()).toBe("full");
  expect(asked).toEqual(["out-1"]);
  expect(ask("/checkpoint?market=bybit")).rejects.toThrow("no other node is there");
});

test("what a later version says besides is left out of an entry, and its other markets are", () => {
  const binance = {
    lastClose: 1_770_681_659_999,
    lagMs: 5,
    isReady: true,
    source: "binance",
    epoch: "binance",
    symbols: "a",
  };
  const said = { ...NODES[0], later: [1], markets: { binance: { ...binance, later: {} }, "later-perpetuals": "open" } };
  expect(readNodeEntry(JSON.stringify(said))).toEqual({ ...(NODES[0] as NodeEntry), markets: { binance } });
});

test("an entry that is none of a node is left out", () => {
  expect(readNodeEntry(JSON.stringify(NODES[0]))).toEqual(NODES[0] as NodeEntry);
  for (const wrong of [
    "",
    "null",
    "{}",
    JSON.stringify({ ...NODES[0], role: "all" }),
    ...[
      "x",
      "file:///etc/hostname",
      "data:,x",
      "s3://a/b",
      "http://user:word@out-1.example",
      "http://a.example/?q=",
    ].map((url) => JSON.stringify({ ...NODES[0], url })),
    JSON.stringify({ ...NODES[0], name: "out-1\u001b[2J" }),
    JSON.stringify({ ...NODES[0], markets: { binance: null } }),
    JSON.stringify({ ...NODES[0], markets: { binance: { lastClose: 1e300, lagMs: null, isReady: true } } }),
  ]) {
    expect(readNodeEntry(wrong)).toBeUndefined();
  }
});

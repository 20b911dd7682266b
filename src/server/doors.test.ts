import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { PastInMemory } from "../../tests/helpers/past-in-memory.ts";
import { BTC, type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { SCOPES, type Scope } from "../wire/mod.ts";
import type { Problem } from "../wire/problem.ts";
import type { ProblemCode } from "../wire/problem-codes.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { parseRate } from "./rate.ts";

const NOW = START + 300 * 60_000;

/** Every route, its scope, and a request that is right; `body` where it takes one. */
const ROUTES: readonly (readonly [
  method: string,
  path: string,
  scope: Scope | undefined,
  good: string,
  body?: object,
])[] = [
  ["GET", "/klines/{symbol}/{interval}", "read", "/klines/BTCUSDT/1m?limit=5"],
  ["GET", "/klines", "read", "/klines?symbols=*&intervals=1m"],
  ["GET", "/tickers", "read", "/tickers"],
  ["GET", "/ticker/{symbol}", "read", "/ticker/BTCUSDT"],
  ["GET", "/symbols", "read", "/symbols"],
  ["GET", "/closes", "read", "/closes"],
  ["GET", "/coverage/{symbol}/{interval}", "read", "/coverage/BTCUSDT/1m"],
  ["GET", "/checkpoint", "read", "/checkpoint"],
  ["GET", "/history/files", "read", "/history/files"],
  ["GET", "/history/file", "read", "/history/file?path=2026-01.parquet"],
  ["GET", "/health", undefined, "/health"],
  ["GET", "/live", undefined, "/live"],
  ["GET", "/ready", undefined, "/ready"],
  ["GET", "/serving", undefined, "/serving"],
  ["GET", "/page-settings", undefined, "/page-settings"],
  ["POST", "/tickets", "stream", "/tickets"],
  ["GET", "/log-level", "admin", "/log-level"],
  ["PUT", "/log-level", "admin", "/log-level", { level: "info" }],
  ["GET", "/openapi.json", undefined, "/openapi.json"],
  ["GET", "/llms.txt", undefined, "/llms.txt"],
  ["GET", "/metrics", "metrics", "/metrics"],
  ["GET", "/figures", "read", "/figures"],
  ["GET", "/ws", "stream", "/ws"],
  ["GET", "/binance/ws", "stream", "/binance/ws"],
  ["GET", "/binance/ws/{streams}", "stream", "/binance/ws/btcusdt@kline_1m/btcusdt@miniTicker"],
  ["GET", "/binance/stream", "stream", "/binance/stream?streams=btcusdt@kline_1m"],
];

/** The routes in the shape of other services, with a request that is right, and where an error has its words. */
const FACADES: readonly (readonly [method: string, path: string, good: string, words: string, body?: object])[] = [
  ...[
    "ping",
    "time",
    "exchangeInfo",
    "ticker/24hr",
    "ticker/price",
    "avgPrice?symbol=BTCUSDT",
    "ticker?symbol=BTCUSDT&windowSize=1h",
  ].map((good) => ["GET", `/binance/api/v3/${good.split("?")[0]}`, `/binance/api/v3/${good}`, "msg"] as const),
  ...["klines", "uiKlines"].map(
    (name) =>
      [
        "GET",
        `/binance/api/v3/${name}`,
        `/binance/api/v3/${name}?symbol=BTCUSDT&interval=1m&limit=5&x=1`,
        "msg",
      ] as const,
  ),
  ...["config", "time", "symbols?symbol=BTCUSDT", "search?query=btc&x=1", "history?symbol=BTCUSDT&resolution=1"].map(
    (good) => ["GET", `/udf/${good.split("?")[0]}`, `/udf/${good}`, "errmsg"] as const,
  ),
  ["POST", "/upstash", "/upstash", "error", ["PING"]],
  ["POST", "/upstash/pipeline", "/upstash/pipeline", "error", [["PING"]]],
  ["POST", "/upstash/multi-exec", "/upstash/multi-exec", "error", [["PING"]]],
];

/** A right request to a WebSocket that is no upgrade is wrong in itself. */
const GOOD_STATUS = (path: string): number => (/^\/(binance\/)?(ws|stream)\b/.test(path) ? 400 : 200);

let market: ServedMarket;
beforeAll(() => {
  const all = [...SCOPES];
  const ring = new KeyRing([
    keyRecord("good", { scopes: all }),
    keyRecord("expired", { scopes: all, expiresAt: NOW - 1 }),
    keyRecord("revoked", { scopes: all, revokedAt: NOW - 1 }),
    ...SCOPES.map((scope) => keyRecord(`all but ${scope}`, { scopes: all.filter((other) => other !== scope) })),
    ...[...ROUTES, ...FACADES].map(([method, path]) =>
      keyRecord(`once ${method} ${path}`, { scopes: all, rate: "1/h" }),
    ),
  ]);
  const past = new PastInMemory();
  const span = { from: START, to: START };
  past.list.push({ path: "2026-01.parquet", symbol: BTC, span, rows: 1, bytes: 3, sha256: "00" });
  past.contents.set("2026-01.parquet", new Uint8Array(3));
  market = serveMarket({
    with: {
      past,
      access: keyAccess(ring),
      log: { level: () => "info", setLevel: () => {} },
      corsOrigins: ["https://page.example"],
    },
  });
});
afterAll(() => market.server.stop());

interface Asked {
  readonly method?: string;
  readonly key?: string;
  readonly body?: string | undefined;
}

async function ask(path: string, { method = "GET", key, body }: Asked): Promise<Response> {
  const headers: Record<string, string> = { origin: "https://page.example" };
  if (key !== undefined) headers["x-api-key"] = key;
  return await fetch(market.server.url + path, { method, headers, ...(body === undefined ? {} : { body }) });
}

/** The status, code and headers of an answer, checked as far as they are the same for all. */
async function expectProblem(response: Response, status: number, code: ProblemCode): Promise<Problem> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = (await response.json()) as Problem;
  expect(problem).toMatchObject({
    type: "about:blank",
    status,
    code,
    requestId: response.headers.get("x-request-id") as string,
  });
  expect(problem.detail.length).toBeGreaterThan(10);
  expectHeaders(response);
  return problem;
}

function expectHeaders(response: Response): void {
  const { headers } = response;
  for (const name of ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"])
    expect({ name, value: headers.get(name) }).toEqual({ name, value: expect.stringMatching(/^\d+$/) });
  expect(headers.get("x-request-id")).toMatch(/^[0-9a-f]{8}~[0-9a-z]+$/);
  expect(headers.get("access-control-allow-origin")).toBe("https://page.example");
  expect(headers.get("access-control-expose-headers")).toContain("ratelimit-remaining");
}

test("the table has every route of the contract", async () => {
  const { paths } = (await (await ask("/openapi.json", {})).json()) as {
    paths: Record<string, Record<string, object>>;
  };
  const there = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(there.toSorted()).toEqual([...ROUTES, ...FACADES].map(([method, path]) => `${method} ${path}`).toSorted());
});

describe.each(FACADES)("%s %s, a façade", (method, path, good, words, goodBody) => {
  const body = goodBody === undefined ? undefined : JSON.stringify(goodBody);
  const refused = async (response: Response, status: number): Promise<string> => {
    expect([response.status, response.headers.get("content-type")]).toEqual([status, "application/json"]);
    expectHeaders(response);
    return ((await response.json()) as Record<string, string>)[words] ?? "";
  };

  test("lets those in who may come, and refuses the others in the words of the service that it stands for", async () => {
    expect((await ask(good, { method, body, key: "good" })).status).toBe(200);
    const stranger = await ask(good, { method, body });
    expect(stranger.headers.get("www-authenticate")).toStartWith("Bearer");
    expect(await refused(stranger, 401)).toContain("this needs a key");
    expect(await refused(await ask(good, { method, body, key: "bad" }), 401)).toContain("not known here");
    expect(await refused(await ask(good, { method, body, key: "all but read" }), 403)).toContain("scope read");
  });

  test("over the rate", async () => {
    const key = `once ${method} ${path}`;
    expect((await ask(good, { method, body, key })).headers.get("ratelimit-remaining")).toBe("0");
    const response = await ask(good, { method, body, key });
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(3_500);
    expect(await refused(response, 429)).not.toBe("");
  });

  test("with a body that is none", async () => {
    if (body === undefined) return;
    for (const wrong of ["{half", "null", '{"a":1}', ""]) {
      expect(await refused(await ask(good, { method, body: wrong, key: "good" }), 400)).toStartWith("ERR ");
    }
    const large = await ask(good, { method, body: JSON.stringify(["x".repeat(70_000)]), key: "good" });
    expect(await refused(large, 413)).toStartWith("ERR ");
  });
});

describe.each(ROUTES)("%s %s", (method, path, scope, good, goodBody) => {
  const body = goodBody === undefined ? undefined : JSON.stringify(goodBody);
  const open = (key?: string): Asked => (key === undefined ? { method, body } : { method, body, key });

  test("with a good key", async () => {
    const response = await ask(good, open("good"));
    expect(response.status).toBe(GOOD_STATUS(path));
    expectHeaders(response);
  });

  test.each([
    ["without a key", undefined, "this needs a key"],
    ["with a bad key", "bad", "not known here"],
    ["with an expired key", "expired", "has expired"],
    ["with a revoked key", "revoked", "has been revoked"],
  ])("%s", async (_, key, words) => {
    const response = await ask(good, open(key));
    if (scope === undefined) {
      expect(response.status).toBe(200);
      expectHeaders(response);
      return;
    }
    const problem = await expectProblem(response, 401, "unauthorized");
    expect(problem.detail).toContain(words);
    expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
  });

  test("with a key of the wrong scope", async () => {
    if (scope === undefined) return;
    const problem = await expectProblem(await ask(good, open(`all but ${scope}`)), 403, "forbidden");
    expect(problem.detail).toContain(`scope ${scope}`);
  });

  test("over the rate", async () => {
    const key = `once ${method} ${path}`;
    expect((await ask(good, open(key))).headers.get("ratelimit-remaining")).toBe("0");
    const response = await ask(good, open(key));
    await expectProblem(response, 429, "rate_limited");
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(3_500);
    expect(response.headers.get("ratelimit-limit")).toBe("1");
  });

  test("with bad input", async () => {
    const sign = good.includes("?") ? "&" : "?";
    const response = await ask(`${good}${sign}nonsense=1`, open("good"));
    expect((await expectProblem(response, 400, "invalid_parameter")).detail).toContain('unknown parameter "nonsense"');
    if (body === undefined) return;
    for (const wrong of ["{half", "[]", "null", '{"level":"loud"}', '{"levl":"info"}', ""]) {
      await expectProblem(await ask(good, { method, key: "good", body: wrong }), 400, "invalid_parameter");
    }
  });

  test("too large", async () => {
    const sign = good.includes("?") ? "&" : "?";
    const long = await ask(`${good}${sign}${"x".repeat(12_500)}=1`, open("good"));
    await expectProblem(long, 413, "payload_too_large");
    if (body === undefined) return;
    const large = await ask(good, { method, key: "good", body: JSON.stringify({ level: "x".repeat(70_000) }) });
    await expectProblem(large, 413, "payload_too_large");
  });

  test("by a wrong method", async () => {
    const response = await ask(good, { method: "DELETE", key: "good" });
    await expectProblem(response, 405, "method_not_allowed");
    expect(response.headers.get("allow")).toContain(method);
  });

  test("a preflight", async () => {
    const response = await ask(good, { method: "OPTIONS" });
    expect(response.status).toBe(204);
    expectHeaders(response);
    expect(response.headers.get("access-control-allow-methods")).toContain(method);
    expect(response.headers.get("access-control-allow-headers")).toContain("x-api-key");
    expect(response.headers.get("access-control-max-age")).toBe("86400");
  });
});

test("pages of other sites are told nothing", async () => {
  const headers = { origin: "https://other.example", "x-api-key": "good" };
  const response = await fetch(`${market.server.url}/tickers`, { headers });
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
  expect(response.headers.get("vary")).toContain("origin");
  const preflight = await fetch(`${market.server.url}/tickers`, { method: "OPTIONS", headers });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-methods")).toBeNull();
});

test("nothing went wrong inside", () => {
  expect(market.errors).toEqual([]);
});

test("work is charged by its size, and no request costs more than a bucket holds", async () => {
  const ring = new KeyRing([keyRecord("k", { rate: "20/h" })]);
  const small = serveMarket({
    intervals: ["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h"],
    with: { access: keyAccess(ring) },
  });
  const left = async (path: string): Promise<string | null> =>
    (await small.get(path, { "x-api-key": "k" })).headers.get("ratelimit-remaining");
  expect(await left("/klines/BTCUSDT/1m")).toBe("19");
  expect(await left("/klines?symbols=*&intervals=1m,3m,5m,15m,30m&limit=100")).toBe("18");
  expect(await left("/klines?symbols=*&intervals=1m,3m,5m,15m,30m&limit=400")).toBe("14");
  expect(parseRate("20/h").amount).toBe(20);
  await small.server.stop();
});

test("an empty X-API-Key hides no good key beside it", async () => {
  for (const empty of ["", " "]) {
    const answer = await market.get("/tickers", { "x-api-key": empty, authorization: "Bearer good" });
    expect(answer.status).toBe(200);
  }
});

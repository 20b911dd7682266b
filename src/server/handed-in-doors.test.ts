import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { aTrader, RuleMarket, RuleScreener } from "../../tests/helpers/made-up-traders.ts";
import { type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { MarketStore } from "../store/mod.ts";
import { createTraders, FunctionProblem, type Functions, openDatabase, type Sql } from "../traders/mod.ts";
import { type Problem, type ProblemCode, SCOPES, type Scope } from "../wire/mod.ts";
import { functionRoutes } from "./function-routes.ts";
import { importRoutes } from "./import-routes.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { screenRoutes } from "./screen-routes.ts";

const ID = "00000000-0000-4000-8000-000000000000";
const { enabled: _, ...TRADER } = aTrader();
const FILTER = { code: "return true;", timeframes: ["1m"] };

const DESTINATION = { name: "Phone", address: { kind: "ntfy", url: "https://ntfy.sh/topic" } };

const ALERT = { symbol: "BTCUSDT", condition: { kind: "level", level: 100 } };

/**
 * The routes that other rooms hand in, each with its scope, a request that is right, and what that is answered with here,
 * where there is no database and nothing has closed: 503 is behind all doors.
 */
const ROUTES: readonly (readonly [method: string, path: string, scope: Scope, status: number, body?: object])[] = [
  ["POST", "/screen", "screen", 503, FILTER],
  ["POST", "/preview", "screen", 503, { ...FILTER, closes: 5 }],
  [
    "POST",
    "/import",
    "admin",
    503,
    { symbol: "BTCUSDT", interval: "1m", klines: minuteKlines(START, 1, 1, () => false) },
  ],
  ["POST", "/functions/v1/get-klines", "trade", 200, { symbol: "BTCUSDT", timeframe: "1m" }],
  ["POST", "/functions/v1/execute-trader", "admin", 503, { traderId: ID }],
  ["GET", "/functions/v1/trigger-executions", "admin", 503],
  ["POST", "/functions/v1/trigger-executions", "admin", 503, { trigger: "cron" }],
  ["GET", "/functions/v1/traders", "trade", 503],
  ["POST", "/functions/v1/traders", "trade", 503, TRADER],
  ["GET", `/functions/v1/traders/${ID}`, "trade", 503],
  ["PATCH", `/functions/v1/traders/${ID}`, "trade", 503, { name: "another" }],
  ["DELETE", `/functions/v1/traders/${ID}`, "trade", 503],
  ["POST", "/functions/v1/traders/validate", "trade", 200, FILTER],
  ["POST", `/functions/v1/traders/${ID}/enable`, "trade", 503, { enabled: true }],
  ["GET", `/functions/v1/traders/${ID}/versions`, "trade", 503],
  ["GET", `/functions/v1/traders/${ID}/executions`, "trade", 503],
  ["GET", `/functions/v1/traders/${ID}/performance`, "trade", 503],
  ["GET", "/functions/v1/signals", "trade", 503],
  ["GET", "/functions/v1/destinations", "trade", 503],
  ["POST", "/functions/v1/destinations", "trade", 503, DESTINATION],
  ["GET", `/functions/v1/destinations/${ID}`, "trade", 503],
  ["PATCH", `/functions/v1/destinations/${ID}`, "trade", 503, { name: "another" }],
  ["DELETE", `/functions/v1/destinations/${ID}`, "trade", 503],
  ["POST", `/functions/v1/destinations/${ID}/test`, "trade", 503],
  ["POST", `/functions/v1/destinations/${ID}/confirm`, "trade", 503, { code: "12345678" }],
  ["POST", `/functions/v1/destinations/${ID}/code`, "trade", 503],
  ["POST", `/functions/v1/destinations/${ID}/again`, "trade", 503, { delivery: 1 }],
  ["GET", `/functions/v1/destinations/${ID}/deliveries`, "trade", 503],
  ["GET", "/functions/v1/price-alerts", "trade", 503],
  ["POST", "/functions/v1/price-alerts", "trade", 503, ALERT],
  ["GET", "/functions/v1/price-alerts/events", "trade", 503],
  ["GET", `/functions/v1/price-alerts/${ID}`, "trade", 503],
  ["PATCH", `/functions/v1/price-alerts/${ID}`, "trade", 503, { note: "another" }],
  ["DELETE", `/functions/v1/price-alerts/${ID}`, "trade", 503],
];

let market: ServedMarket;
let sql: Sql | undefined;
beforeAll(() => {
  const all = [...SCOPES];
  const ring = new KeyRing([
    keyRecord("good", { scopes: all }),
    ...SCOPES.map((scope) => keyRecord(`all-but-${scope}`, { scopes: all.filter((other) => other !== scope) })),
  ]);
  const screens = {
    timeframesOf: async ({ timeframes = [] }) => timeframes,
    screen: async () => ({ matches: [], checked: 0, skipped: [], errors: [], engine: "compiled", why: "" }),
    preview: async () => ({ closes: [], errors: [] }),
  };
  const store = new MarketStore({ intervals: ["1m"], capacity: 500 });
  market = serveMarket({
    with: {
      access: keyAccess(ring),
      routes: [
        ...screenRoutes(store, screens as never),
        ...importRoutes(store),
        ...functionRoutes(
          (...call) => current(...call),
          () => 1,
        ),
      ],
    },
  });
});
/** Anew for each test: a pool that couldn't connect waits longer each time. */
let current: Functions;
beforeEach(async () => {
  await sql?.end();
  // Nobody listens there: whatever needs the database is told so at once.
  sql = openDatabase({ url: "postgres://nobody@127.0.0.1:9/none", connections: 1 });
  current = createTraders({
    sql,
    connections: 4,
    market: new RuleMarket(),
    screener: new RuleScreener(),
    clock: new ManualClock(START),
    stopwatch: () => 0,
    log: { info: () => {}, warn: () => {} },
    origins: [],
    authorize: async () => {
      throw new FunctionProblem("unauthorized", "the server knows its callers");
    },
    deliverer: {
      newSecret: () => "whsec_",
      refusal: async () => undefined,
      test: async () => ({ accepted: true, answer: "200" }),
      sendCode: async () => ({ accepted: true, answer: "250" }),
      wake: () => {},
    },
    alerts: {
      arming: () => ({ armedAt: START, side: null }),
      refusal: () => undefined,
      problem: () => undefined,
      changed: () => {},
    },
    onError: (_id, cause) => market.errors.push(cause),
  }).functions;
});
afterAll(async () => {
  await market.server.stop();
  await sql?.end();
});

const ask = (method: string, path: string, key: string | undefined, body: string | undefined): Promise<Response> =>
  fetch(market.server.url + path, {
    method,
    headers: { "content-type": "application/json", ...(key === undefined ? {} : { "x-api-key": key }) },
    ...(body === undefined ? {} : { body }),
  });

async function expectProblem(response: Response, status: number, code: ProblemCode): Promise<Problem> {
  const problem = (await response.json()) as Problem;
  expect(problem).toMatchObject({ status, code });
  expect(response.status).toBe(status);
  expect(problem.requestId).toBe(response.headers.get("x-request-id") as string);
  return problem;
}

test("every route that is handed in has a row", async () => {
  const { paths } = (await (await fetch(`${market.server.url}/openapi.json`)).json()) as {
    paths: Record<string, object>;
  };
  const there = Object.entries(paths)
    .filter(([path]) => /^\/(screen|preview|import|functions)\b/.test(path))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  const rows = ROUTES.map(([method, path]) => `${method} ${path.replace(ID, "{id}")}`);
  expect(there.toSorted()).toEqual(rows.toSorted());
});

describe.each(ROUTES)("%s %s", (method, path, scope, status, good) => {
  const body = good === undefined ? undefined : JSON.stringify(good);

  test("opens to a good key", async () => {
    const response = await ask(method, path, "good", body);
    expect([response.status, response.headers.get("ratelimit-limit")]).toEqual([
      status,
      expect.stringMatching(/^\d+$/),
    ]);
  });

  test("is shut without a key, with a bad one, and with one of another scope", async () => {
    await expectProblem(await ask(method, path, undefined, body), 401, "unauthorized");
    await expectProblem(await ask(method, path, "bad", body), 401, "unauthorized");
    // The service's functions are open to nobody else: what other scopes may do there, is nothing.
    await expectProblem(await ask(method, path, `all-but-${scope}`, body), 403, "forbidden");
  });

  test("says what is wrong with what it is asked", async () => {
    const unknown = await ask(method, `${path}?nonsense=1`, "good", body);
    expect((await expectProblem(unknown, 400, "invalid_parameter")).detail).toContain("nonsense");
    if (body === undefined) return;
    for (const wrong of ["{half", "[]", "null", '{"nonsense":1}', ""]) {
      await expectProblem(await ask(method, path, "good", wrong), 400, "invalid_parameter");
    }
    const tooMuch = path.startsWith("/functions") ? 300_000 : 70_000;
    const large = await ask(method, path, "good", JSON.stringify({ code: "x".repeat(tooMuch) }));
    await expectProblem(large, 413, "payload_too_large");
  });
});

test("nothing went wrong inside", () => {
  expect(market.errors).toEqual([]);
});

test("reading a body costs a token for each 16 kB, and a request without one costs one", async () => {
  const left = async (method: string, path: string, body?: BodyInit): Promise<number> => {
    const headers = { "x-api-key": "good" };
    const response = await fetch(market.server.url + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    await response.arrayBuffer();
    return Number(response.headers.get("ratelimit-remaining"));
  };
  const chunked = (): ReadableStream =>
    new ReadableStream({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        controller.enqueue(new TextEncoder().encode(`{"name":1}`));
        controller.close();
      },
    });
  const before = await left("GET", "/closes");
  const after = [
    await left("POST", "/functions/v1/traders", JSON.stringify({ timeframes: Array(20_000).fill(1) })),
    await left("POST", "/screen", JSON.stringify({ timeframes: Array(20_000).fill(1) })),
    await left("POST", "/functions/v1/traders", chunked()),
    await left("DELETE", `/functions/v1/traders/${ID}`),
  ];
  expect([before, ...after].slice(0, -1).map((tokens, at) => tokens - (after[at] as number))).toEqual([3, 3, 8, 1]);
});

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";
import type { MarketStore } from "../store/mod.ts";
import { type Answer, LargeJson } from "./answer.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { parseRate } from "./rate.ts";
import type { RequestLine } from "./request-log.ts";
import { type ScreenAsker, type ScreenService, screenRoutes } from "./screen-routes.ts";
import type { UserTokens } from "./user-callers.ts";

const NOW = START + 300 * 60_000;
const RESULT = {
  interval: "1m",
  closeTime: 1,
  matches: [],
  checked: 0,
  skipped: [],
  errors: [],
  milliseconds: 0,
  engine: "compiled",
  why: "a test",
  handedOver: 0,
} as never;

let market: ServedMarket;
let asked: ScreenAsker[];
let lines: RequestLine[];
let answer: () => Promise<never>;
beforeEach(() => {
  [asked, lines, answer] = [[], [], async () => RESULT];
  const service: ScreenService = {
    timeframesOf: async ({ timeframes = [] }) => timeframes,
    screen: (_, by) => {
      asked.push(by);
      return answer();
    },
    preview: (_, by) => {
      asked.push(by);
      return answer();
    },
  };
  const about = { scopes: ["screen"] as const };
  const keys = [
    keyRecord("k", { ...about, rate: "20/h" }),
    keyRecord("rich", { ...about, name: "rich", rate: "1000/h" }),
    keyRecord("operator", { scopes: ["metrics"], name: "operator", rate: "100000/h" }),
    keyRecord("poor", { ...about, name: "poor", rate: "1000/h" }),
  ];
  market = serveMarket({
    with: {
      access: keyAccess(new KeyRing(keys), { users: { tokens: TOKENS, rate: parseRate("1000/h") } }),
      routes: screenRoutes(MANY, service),
      onRequest: (line) => lines.push(line),
    },
  });
});
afterEach(() => market.server.stop());

/** Tokens that say whose they are: "token anna 1". */
const TOKENS: UserTokens = {
  isLikeToken: (text) => text.startsWith("token "),
  check: async (token) => ({ user: token.split(" ")[1] as string, expiresAt: NOW + 3_600_000 }),
};

/** A market of 500 symbols, as far as the routes look at it. */
const MANY = {
  market: "binance",
  served: ["1m"],
  marketTime: NOW as never,
  symbols: () => Array.from({ length: 500 }, (_, at) => ({ symbol: `S${at}USDT` })) as never,
  hasSymbol: (() => true) as never,
  close: () => ({ closeTime: NOW - 1 }) as never,
  series: () => undefined,
  stores: [] as MarketStore[],
  of: () => MANY as never,
} as unknown as MarketStore;
(MANY.stores as MarketStore[]).push(MANY);

async function post(path: string, body: object, key = "rich", signal?: AbortSignal): Promise<Response> {
  const request = { method: "POST", headers: { "x-api-key": key }, body: JSON.stringify(body) };
  return await fetch(`${market.server.url}${path}`, signal === undefined ? request : { ...request, signal });
}
const FILTER = { code: "return true;", timeframes: ["1m"] };

describe("the price of a screen", () => {
  test("is by the symbols that it names, that of a preview by symbols times closes", async () => {
    const cost = async (path: string, body: object): Promise<number> => {
      const before = Number((await post(path, {})).headers.get("ratelimit-remaining"));
      return before - Number((await post(path, { ...FILTER, ...body })).headers.get("ratelimit-remaining"));
    };
    expect(await cost("/screen", { symbols: ["BTCUSDT"] })).toBe(1);
    expect(await cost("/screen", { symbols: Array.from({ length: 11 }, (_, at) => `A${at}USDT`) })).toBe(2);
    expect(await cost("/screen", {})).toBe(50);
    expect(await cost("/preview", { closes: 500, symbols: ["BTCUSDT"] })).toBe(8);
    expect(await cost("/preview", { closes: 500, symbols: ["BTCUSDT"], facts: false })).toBe(3);
    expect(await cost("/preview", { closes: 20, symbols: ["BTCUSDT"] })).toBe(1);
    expect(await cost("/preview", { closes: 100 })).toBe(250);
  });

  test("is one for a body that is wrong, and never more than the bucket holds", async () => {
    expect((await post("/screen", { code: 5 }, "k")).headers.get("ratelimit-remaining")).toBe("19");
    const refused = await post("/screen", FILTER, "k");
    expect([refused.status, refused.headers.get("ratelimit-remaining")]).toEqual([429, "18"]);
    expect((await refused.json()) as object).toMatchObject({
      detail: "20 requests are used up (this request counts as 20): try again in 360 s",
    });
    expect(refused.headers.get("retry-after")).toBe("360");
    expect(asked).toEqual([]);
    await market.clock.turn(3_600_000);
    expect((await post("/screen", FILTER, "k")).headers.get("ratelimit-remaining")).toBe("0");
  });
});

describe("an answer with many facts", () => {
  const text = "é".repeat(2_000);
  const matches = Array.from({ length: 500 }, (_, at) => ({ symbol: `A${at}USDT`, facts: { text, at: [at, null] } }));

  test("is what JSON.stringify makes of it, and is counted while its reader takes it", async () => {
    const closes = [
      { closeTime: 1, matches, checked: 500, skipped: 0, errors: 0 },
      { closeTime: 2, matches: [], checked: 500, skipped: 0, errors: 0 },
    ];
    const whole = { interval: "1m", closes, finished: true, exact: true, errors: [], engine: undefined } as never;
    const found = { ...(RESULT as object), matches };
    const screened = {
      ...found,
      matches: matches.map(({ symbol, facts }) => ({ symbol, price: null, facts })),
      pending: Array.from({ length: 500 }, (_, at) => `S${at}USDT`),
    };
    for (const [path, result, told] of [
      ["/preview", whole, whole],
      ["/screen", found, screened],
    ] as const) {
      answer = async () => result as never;
      const response = await post(path, { ...FILTER, ...(path === "/preview" ? { closes: 2, symbols: ["A"] } : {}) });
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      const parts = [(await reader.read()).value as Uint8Array];
      expect(await waitingBytes()).toBeGreaterThan(2_000_000);
      for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
      expect(Buffer.concat(parts).toString()).toBe(JSON.stringify(told));
      await until(async () => (await waitingBytes()) === 0);
    }
  });

  test("is written in slices, too, where it is a filter's errors that are long", async () => {
    const errors = Array.from({ length: 500 }, (_, at) => ({ closeTime: 1, symbol: `A${at}USDT`, message: text }));
    const result = async (): Promise<never> => ({ ...(RESULT as object), closes: [], errors }) as never;
    const service = { timeframesOf: async () => ["1m"] as const, screen: result, preview: result };
    for (const route of screenRoutes(MANY, service)) {
      const call = { body: { ...FILTER, closes: 2 }, caller: {}, request: { signal: undefined } };
      const answered = await (route.handle as (call: unknown) => Promise<Answer>)(call);
      expect(answered.body).toBeInstanceOf(LargeJson);
      expect((answered.body as LargeJson).bytes).toBeGreaterThan(1_000_000);
    }
  });

  test("of a caller for whom too much waits is refused before it is written", async () => {
    answer = async () => ({ ...(RESULT as object), matches }) as never;
    const sockets = Array.from({ length: 14 }, () => deafReader("/screen", { ...FILTER, symbols: ["A"] }));
    await until(() => lines.length === sockets.length);
    const statuses = lines.map(({ status }) => status);
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(200));
    expect(statuses.at(-1)).toBe(503);
    const refused = await post("/screen", { ...FILTER, symbols: ["A"] });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
    expect((await post("/screen", FILTER, "poor")).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await until(async () => (await waitingBytes()) === 0);
  });
});

/** Asks with the key rich, and reads nothing of the answer. */
function deafReader(path: string, body: object): Socket {
  const { hostname, port } = new URL(market.server.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.pause();
  const text = JSON.stringify(body);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: rich\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  );
  return socket;
}

/** What the server says that waits to be read. */
async function waitingBytes(): Promise<number> {
  const text = await (await fetch(`${market.server.url}/metrics`, { headers: { "x-api-key": "operator" } })).text();
  return Number(/^vyx_waiting_bytes(?:\{.*\})? (\d+)/m.exec(text)?.[1]);
}

test("all requests of a caller take places of one share, whatever token of a user they come with", async () => {
  const sharesOf = async (...keys: readonly string[]): Promise<number> => {
    asked = [];
    for (const key of keys) {
      await post("/screen", FILTER, key);
      await post("/preview", { ...FILTER, closes: 1 }, key);
    }
    expect(asked.length).toBe(2 * keys.length);
    return new Set(asked.map(({ caller }) => caller)).size;
  };
  expect(await sharesOf("rich")).toBe(1);
  expect(await sharesOf("rich", "poor")).toBe(2);
  expect(await sharesOf("token anna 1", "token anna 2")).toBe(1);
  expect(await sharesOf("token anna 1", "token bert 1")).toBe(2);
});

test("a client that is gone is told to whoever screens, and counts as such", async () => {
  answer = () =>
    new Promise((_, reject) => {
      const signal = asked[0]?.signal as AbortSignal;
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const client = new AbortController();
  const request = post("/screen", FILTER, "rich", client.signal).catch((cause: Error) => cause.name);
  await until(() => asked.length === 1);
  client.abort();
  expect(await request).toBe("AbortError");
  await until(() => lines.length === 1);
  expect(lines).toMatchObject([{ route: "POST /screen", key: "rich", status: 499 }]);
  expect(market.errors).toEqual([]);
});

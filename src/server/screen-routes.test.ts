import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";
import type { MarketStore } from "../store/mod.ts";
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
    keyRecord("poor", { ...about, name: "poor", rate: "1000/h" }),
  ];
  market = serveMarket({
    with: {
      access: keyAccess(new KeyRing(keys, NOW), { users: { tokens: TOKENS, rate: parseRate("1000/h") } }),
      routes: screenRoutes({ ...MANY } as MarketStore, service),
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
const MANY: Partial<MarketStore> = {
  served: ["1m"],
  marketTime: NOW as never,
  symbols: () => Array(500).fill({ symbol: "BTCUSDT" }) as never,
  hasSymbol: (() => true) as never,
  close: () => ({ closeTime: NOW - 1 }) as never,
};

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
    expect(await cost("/preview", { closes: 500, symbols: ["BTCUSDT"] })).toBe(3);
    expect(await cost("/preview", { closes: 20, symbols: ["BTCUSDT"] })).toBe(1);
    expect(await cost("/preview", { closes: 100 })).toBe(250);
  });

  test("is one for a body that is wrong, and never more than the bucket holds", async () => {
    expect((await post("/screen", { code: 5 }, "k")).headers.get("ratelimit-remaining")).toBe("19");
    const refused = await post("/screen", FILTER, "k");
    expect([refused.status, refused.headers.get("ratelimit-remaining")]).toEqual([429, "18"]);
    expect((await refused.json()) as object).toMatchObject({
      detail: "20 requests are used up (this request counts as 20): try again in 180 s",
    });
    expect(refused.headers.get("retry-after")).toBe("180");
    expect(asked).toEqual([]);
    await market.clock.turn(3_600_000);
    expect((await post("/screen", FILTER, "k")).headers.get("ratelimit-remaining")).toBe("0");
  });
});

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

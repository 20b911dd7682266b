import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";
import { millis } from "../core/mod.ts";

const ORIGIN = "https://page.example";

const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

let market: ServedMarket;
beforeEach(() => {
  market = serveMarket({ with: { corsOrigins: [ORIGIN] } });
});
afterEach(() => market.server.stop());

/** The status and the answer. */
async function ask(path: string): Promise<[status: number, answer: unknown]> {
  const response = await market.get(path);
  return [response.status, await response.json()];
}
const staleOf = async (path: string): Promise<string | null> => (await market.get(path)).headers.get("vyx-stale");

describe("an exchange that falls silent", () => {
  test("makes the server unready; it goes on serving, and answers about the market say how old they are", async () => {
    expect(await ask("/serving")).toEqual([200, { serving: true, staleSeconds: null }]);
    expect(await staleOf("/klines/BTCUSDT/1m?limit=2")).toBeNull();
    await market.clock.turn(3_600_000);
    expect(await ask("/live")).toEqual([200, { live: true }]);
    expect((await ask("/ready"))[0]).toBe(503);
    expect(await ask("/serving")).toEqual([200, { serving: true, staleSeconds: 3_600 }]);
    const paths = ["/klines/BTCUSDT/1m?limit=2", "/klines?symbols=*&intervals=1m", "/tickers", "/symbols", "/closes"];
    for (const path of paths) expect([path, await staleOf(path)]).toEqual([path, "3600"]);
    for (const path of ["/health", "/live", "/", "/openapi.json"])
      expect([path, await staleOf(path)]).toEqual([path, null]);
    const etag = (await market.get("/tickers")).headers.get("etag") ?? "";
    const known = await market.get("/tickers", { "if-none-match": etag });
    expect([known.status, known.headers.get("vyx-stale")]).toEqual([304, "3600"]);
    market.feed.lastEventAt = market.clock.now();
    await market.clock.turn(100);
    expect(await ask("/serving")).toEqual([200, { serving: true, staleSeconds: null }]);
    // The headers of answers that are kept are shared.
    expect(await staleOf("/klines/BTCUSDT/1m?limit=2")).toBeNull();
  });

  test("keeps a server serving while everything that it has is in doubt", async () => {
    const { marketTime } = market.store;
    expect((await ask("/serving"))[0]).toBe(200);
    Object.assign(market.feed, { state: "disconnected", connections: 0 });
    for (const symbol of market.store.symbols().map(({ symbol }) => symbol)) {
      for (const interval of market.store.served)
        market.store.apply({ type: "gap", symbol, interval, from: marketTime, reason: "lost" });
    }
    expect(market.store.coverage().complete).toBe(0);
    expect((await ask("/ready"))[0]).toBe(503);
    expect((await ask("/serving"))[0]).toBe(200);
  });

  test("is told to pages of other sites, too", async () => {
    await market.clock.turn(60_000);
    const { headers } = await market.get("/tickers", { origin: ORIGIN });
    expect(headers.get("vyx-stale")).toBe("60");
    expect(headers.get("access-control-expose-headers")?.split(", ")).toContain("vyx-stale");
  });
});

describe("a server that starts", () => {
  beforeEach(() => Object.assign(market.feed, { state: "connecting", connections: 0, lastEventAt: undefined }));

  test("serves once it was ready, and goes on when the exchange is lost", async () => {
    const reason = "the server is starting: the exchange hasn't been reached yet";
    expect(await ask("/serving")).toEqual([503, { serving: false, reasons: [reason] }]);
    Object.assign(market.feed, { state: "live", connections: 1, lastEventAt: market.clock.now() });
    expect((await ask("/serving"))[0]).toBe(200);
    Object.assign(market.feed, { state: "disconnected", connections: 0 });
    expect((await ask("/serving"))[0]).toBe(200);
  });

  test("says how much history is read, and for how long the exchange's request limit makes it wait", async () => {
    const reasonsFor = async (state: "connecting" | "warming", done: number, total: number, remainingMs: number) => {
      Object.assign(market.feed, { state, lastEventAt: market.clock.now(), warmUp: { done, total, remainingMs } });
      return ((await ask("/ready"))[1] as { reasons: string[] }).reasons;
    };
    expect(await reasonsFor("warming", 120, 500, 74_001)).toEqual([
      "history is being read: 120 of 500 symbols; the exchange's request limit allows the rest within 75 s",
    ]);
    expect(await reasonsFor("warming", 499, 500, 999)).toEqual(["history is being read: 499 of 500 symbols"]);
    expect(await reasonsFor("connecting", 0, 0, 43_000)).toEqual([
      "the exchange hasn't been reached yet; its request limit allows the next request in 43 s",
    ]);
    expect(await reasonsFor("connecting", 120, 500, 74_001)).toEqual(["the exchange hasn't been reached yet"]);
    expect(await reasonsFor("connecting", 0, 0, 0)).toEqual(["the exchange hasn't been reached yet"]);
  });

  test("serves its checkpoint after a minute without the exchange, marked with the age of the data", async () => {
    const { marketTime } = market.store;
    await market.clock.turn(59_000);
    expect((await ask("/serving"))[0]).toBe(503);
    await market.clock.turn(1_000);
    const staleSeconds = Math.floor((market.clock.now() - marketTime) / 1_000);
    expect(staleSeconds).toBeGreaterThanOrEqual(60);
    expect(await ask("/serving")).toEqual([200, { serving: true, staleSeconds }]);
  });

  test("doesn't serve without any data", async () => {
    await market.server.stop();
    market = serveMarket({ historyMinutes: 0, intervals: ["1h"] });
    market.store.apply({ type: "symbols", symbols: [] });
    await market.clock.turn(120_000);
    const [status, answer] = await ask("/serving");
    expect([status, answer]).toEqual([503, { serving: false, reasons: ["there are no klines yet"] }]);
    // Whether a symbol is followed isn't known before the exchange's list was read: nobody may take it for unknown.
    for (const path of ["/klines/BTCUSDT/1h", "/ticker/BTCUSDT", "/klines?symbols=BTCUSDT&intervals=1h"]) {
      const response = await market.get(path);
      expect([path, response.status, response.headers.get("retry-after")]).toEqual([path, 503, "5"]);
      expect(await response.json()).toMatchObject({ code: "not_ready" });
    }
  });
});

describe("a drain", () => {
  const open = (): { socket: WebSocket; code: number | undefined } => {
    const socket = new WebSocket(`${market.server.url.replace("http", "ws")}/ws`);
    const opened: { socket: WebSocket; code: number | undefined } = { socket, code: undefined };
    socket.onclose = ({ code }) => {
      opened.code = code;
    };
    return opened;
  };

  test("sends proxies elsewhere first, then closes the sockets in slices, and serves everything meanwhile", async () => {
    const sockets = Array.from({ length: 40 }, open);
    await until(() => market.server.hub.sockets === 40);
    let isOver = false;
    const draining = market.server.drain(millis(20_000)).then(() => {
      isOver = true;
    });
    const reasons = ["the server is shutting down"];
    expect(await ask("/serving")).toEqual([503, { serving: false, reasons }]);
    expect(await ask("/ready")).toEqual([503, { ready: false, reasons }]);
    expect((await ask("/live"))[0]).toBe(200);
    const answer = await market.get("/klines/BTCUSDT/1m?limit=2");
    expect([answer.status, answer.headers.get("connection"), answer.headers.get("vyx-stale")]).toEqual([
      200,
      "close",
      null,
    ]);
    await market.clock.turn(9_999);
    expect(market.server.hub.sockets).toBe(40);
    const late = open();
    await until(() => market.server.hub.sockets === 41);
    // A slice every 500 ms; 41 sockets in 20 slices.
    await market.clock.turn(1);
    await until(() => market.server.hub.sockets === 38);
    // One that comes now is for another server: a proxy that hasn't noticed yet passes it on.
    const refused = await market.get("/ws", UPGRADE);
    expect([refused.status, await refused.json()]).toMatchObject([503, { detail: "the server is shutting down" }]);
    await market.clock.turn(4_500);
    await until(() => market.server.hub.sockets <= 21);
    expect(market.server.hub.sockets).toBeGreaterThanOrEqual(18);
    expect(late.code).toBeUndefined();
    await market.clock.turn(5_499);
    await until(() => market.server.hub.sockets === 0);
    expect(isOver).toBe(false);
    await market.clock.turn(1);
    await draining;
    await until(() => [...sockets, late].every(({ code }) => code === 4001));
  });
});

describe("sockets that may grow old", () => {
  test("are closed with 4002, each at its own age between half of the greatest and all of it", async () => {
    await market.server.stop();
    const ages = [0, 0.5, 0.999];
    const random = (): number => ages.shift() ?? 0;
    market = serveMarket({ with: { random, sockets: { total: 10, perCaller: 10, age: millis(60_000) } } });
    const codes: number[] = [];
    for (let index = 0; index < 3; index += 1) {
      const socket = new WebSocket(`${market.server.url.replace("http", "ws")}/ws`);
      socket.onclose = ({ code }) => codes.push(code);
      await until(() => market.server.hub.sockets === index + 1);
    }
    const turnedTo = async (ms: number, left: number): Promise<void> => {
      await market.clock.turn(ms);
      await until(() => market.server.hub.sockets === left);
    };
    await turnedTo(29_999, 3);
    await turnedTo(1, 2);
    await turnedTo(14_999, 2);
    await turnedTo(1, 1);
    await turnedTo(15_000, 0);
    await until(() => codes.length === 3);
    expect(codes).toEqual([4002, 4002, 4002]);
  });
});

describe("sockets of a market that is replaced", () => {
  test("have its epoch in hello, and are closed with 4002 when it is another one", async () => {
    await market.server.stop();
    let epoch: string | undefined;
    market = serveMarket({ epoch: () => epoch });
    const health = async (): Promise<string> => (await (await market.get("/health")).json()).markets[0].epoch;
    expect(await health()).toBe("");
    const hellos: (string | undefined)[] = [];
    const codes: number[] = [];
    const open = async (): Promise<void> => {
      const socket = new WebSocket(`${market.server.url.replace("http", "ws")}/ws`);
      socket.onmessage = ({ data }) => hellos.push(JSON.parse(String(data)).epoch);
      socket.onclose = ({ code }) => codes.push(code);
      const before = hellos.length;
      await until(() => hellos.length > before);
    };
    await open();
    epoch = "simulated-a";
    await open();
    await market.clock.turn(5_000);
    // The first one never knew it, so it can't hold anything against it.
    expect([market.server.hub.sockets, hellos, await health()]).toEqual([2, [undefined, "simulated-a"], "simulated-a"]);
    epoch = "simulated-b";
    await market.clock.turn(5_000);
    await until(() => codes.length === 1);
    expect([codes, market.server.hub.sockets]).toEqual([[4002], 1]);
    await open();
    expect(hellos.at(-1)).toBe("simulated-b");
  });
});

import { afterEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { type ServedMarket, type ServedMarketOptions, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";
import type { Problem } from "../wire/mod.ts";
import { parseAddressList } from "./addresses.ts";
import { KeyRing } from "./keys/key-ring.ts";
import { parseRate } from "./rate.ts";

const NOW = START + 300 * 60_000;
let market: ServedMarket;
afterEach(() => market.server.stop());

function serve(options: ServedMarketOptions["with"]): void {
  market = serveMarket({ with: options ?? {} });
}

/** A socket with headers, as programs open one. */
function socket(headers: Record<string, string> = {}): {
  socket: WebSocket;
  heard: string[];
  closed: Promise<CloseEvent>;
} {
  const opened = new WebSocket(`${market.server.url.replace("http", "ws")}/ws`, { headers } as never);
  const heard: string[] = [];
  opened.onmessage = ({ data }) => heard.push(String(data));
  const closed = new Promise<CloseEvent>((resolve) => {
    opened.onclose = resolve;
  });
  return { socket: opened, heard, closed };
}

describe("a server without keys", () => {
  test("answers under names of its own machine alone", async () => {
    serve({});
    const { port } = new URL(market.server.url);
    const ask = async (host: string, path = "/tickers"): Promise<number> => {
      const answer = await market.get(path, { host });
      if (answer.status === 200) return 200;
      const { code, detail } = (await answer.json()) as Problem;
      expect([answer.status, code, detail]).toEqual([
        403,
        "forbidden",
        expect.stringContaining(`not to "${host}": use one of these names`),
      ]);
      return answer.status;
    };
    for (const host of [
      "localhost",
      `localhost:${port}`,
      `127.0.0.1:${port}`,
      "127.9.9.9",
      `[::1]:${port}`,
      "LOCALHOST:1",
      "vyx.localhost",
    ])
      expect({ host, status: await ask(host) }).toEqual({ host, status: 200 });
    for (const host of [
      "rebound.example",
      `rebound.example:${port}`,
      "localhost.rebound.example",
      "127.0.0.1.rebound.example",
      "10.0.0.1",
      "0.0.0.0",
      "[::2]",
    ])
      expect({ host, status: await ask(host) }).toEqual({ host, status: 403 });
    expect(await ask("rebound.example", "/health")).toBe(403);
    const refused = socket({ host: "rebound.example" });
    expect((await refused.closed).code).not.toBe(1000);
    expect(refused.heard).toEqual([]);
  });

  test("with keys it answers under any name", async () => {
    serve({ access: keyAccess(new KeyRing([keyRecord("a")])) });
    expect((await market.get("/tickers", { host: "vyx.example.org", "x-api-key": "a" })).status).toBe(200);
  });
});

describe("sockets", () => {
  test("of one key are limited, and a closed one makes room", async () => {
    serve({
      access: keyAccess(new KeyRing([keyRecord("a", { name: "a" })])),
      sockets: { total: 10, perCaller: 2 },
    });
    const [first, second] = [socket({ "x-api-key": "a" }), socket({ "x-api-key": "a" })];
    await until(() => first.heard.length > 0 && second.heard.length > 0);
    const headers = { upgrade: "websocket", connection: "Upgrade", "sec-websocket-version": "13" };
    const third = await market.get("/ws", {
      ...headers,
      "sec-websocket-key": "MDEyMzQ1Njc4OWFiY2RlZg==",
      "x-api-key": "a",
    });
    expect(third.status).toBe(429);
    expect(((await third.json()) as Problem).detail).toBe(
      "the key a has 2 sockets open, as many as it may: close one first",
    );
    first.socket.close();
    await until(() => market.server.hub.sockets === 1);
    const fourth = socket({ "x-api-key": "a" });
    await until(() => fourth.heard.length > 0);
  });

  test("are limited in all", async () => {
    serve({ sockets: { total: 1, perCaller: 10 } });
    const first = socket();
    await until(() => first.heard.length > 0);
    const second = socket();
    await second.closed;
    expect(second.heard).toEqual([]);
    expect(market.server.hub.sockets).toBe(1);
  });

  test("that send too fast are told so, and closed when they go on", async () => {
    serve({});
    const { socket: fast, heard, closed } = socket();
    await until(() => heard.length > 0);
    for (let sent = 0; sent < 101; sent += 1) fast.send('{"op":"ping"}');
    await until(() => heard.length === 102);
    expect(heard.slice(1, 101)).toEqual(Array.from({ length: 100 }, () => '{"type":"pong"}'));
    expect(JSON.parse(heard[101] ?? "")).toMatchObject({ type: "error", code: "rate_limited" });
    await market.clock.turn(5_000);
    fast.send('{"op":"ping"}');
    await until(() => heard.at(-1) === '{"type":"pong"}');
    for (let sent = 0; sent < 700; sent += 1) fast.send('{"op":"ping"}');
    expect((await closed).code).toBe(4009);
  });

  test("without keys are not for pages of other sites, whose visitors' place on the network they would borrow", async () => {
    serve({ corsOrigins: ["https://friend.example"] });
    const foreign = await socket({ origin: "https://other.example" }).closed;
    expect([foreign.code, foreign.reason]).toEqual([4500, "pages of https://other.example are not allowed here"]);
    const [own, friend] = [socket({ origin: market.server.url }), socket({ origin: "https://friend.example" })];
    await until(() => own.heard.length > 0 && friend.heard.length > 0);
  });

  test("end with their key, at its moment", async () => {
    serve({ access: keyAccess(new KeyRing([keyRecord("a", { expiresAt: NOW + 1_000 })])) });
    const { heard, closed } = socket({ "x-api-key": "a" });
    await until(() => heard.length > 0);
    await market.clock.turn(1_000);
    expect((await closed).code).toBe(4500);
  });
});

describe("keys that are tied to origins", () => {
  test("are refused to pages of other sites, and make their own sites' pages allowed ones", async () => {
    const origins = ["https://page.example"];
    serve({ access: keyAccess(new KeyRing([keyRecord("a", { name: "a", origins })])) });
    const from = (origin: string): Promise<Response> => market.get("/symbols", { "x-api-key": "a", origin });
    const own = await from("https://page.example");
    expect([own.status, own.headers.get("access-control-allow-origin")]).toEqual([200, "https://page.example"]);
    const other = await from("https://other.example");
    expect([other.status, other.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    expect(((await other.json()) as Problem).detail).toContain("expected one of https://page.example");
    expect((await from(market.server.url)).status).toBe(200);
    expect((await market.get("/symbols", { "x-api-key": "a" })).status).toBe(200);
  });
});

describe("rates of addresses", () => {
  test("are by the real address behind a trusted proxy, and by the peer's without one", async () => {
    const access = (proxies: string) =>
      keyAccess(new KeyRing([keyRecord("a")]), {
        addressRate: parseRate("3/h"),
        trustedProxies: parseAddressList(proxies),
      });
    serve({ access: access("127.0.0.1") });
    const ask = async (forwarded: string): Promise<number> =>
      (await market.get("/health", { "x-forwarded-for": forwarded })).status;
    for (const expected of [200, 200, 200, 429]) expect(await ask("6.6.6.6, 203.0.113.1")).toBe(expected);
    for (const expected of [200, 200, 200, 429]) expect(await ask("203.0.113.2")).toBe(expected);
    await market.server.stop();
    serve({ access: access("") });
    const statuses: number[] = [];
    for (let index = 0; index < 6; index += 1) statuses.push(await ask(`203.0.113.${index}`));
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
  });

  test("count wrong keys, so that guessing has an end", async () => {
    serve({ access: keyAccess(new KeyRing([keyRecord("a")]), { addressRate: parseRate("5/h") }) });
    const statuses: number[] = [];
    for (let guess = 0; guess < 7; guess += 1) {
      statuses.push((await market.get("/symbols", { "x-api-key": `guess ${guess}` })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect((await market.get("/symbols", { "x-api-key": "a" })).status).toBe(200);
  });
});

test("connections that never finish a request are cut off, dripping or silent, while others are served", async () => {
  serve({});
  const { hostname, port } = new URL(market.server.url);
  let closed = 0;
  const sockets = Array.from({ length: 300 }, (_, index) => {
    const slow = connect(Number(port), hostname);
    slow.on("error", () => {});
    slow.on("close", () => {
      closed += 1;
    });
    slow.resume();
    if (index % 4 === 1) slow.write("GET /symbols HTTP/1.1\r\nHost: localhost\r\nX: ");
    if (index % 4 === 2) slow.write("POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{");
    // This body goes on and on, though slowly.
    if (index % 4 === 3) slow.write("POST /tickets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n{");
    return slow;
  });
  const drip = setInterval(() => {
    for (const [index, slow] of sockets.entries()) if (index % 2 === 1 && slow.writable) slow.write("a");
  }, 500);
  for (let asked = 0; asked < 50; asked += 1) expect((await market.get("/symbols")).status).toBe(200);
  await until(() => closed === sockets.length);
  clearInterval(drip);
  expect((await market.get("/symbols")).status).toBe(200);
  expect(market.errors).toEqual([]);
});

import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { tableFromIPC } from "@uwdata/flechette";
import { LIFE, type ServedMarket, START, serveMarket } from "../../tests/helpers/served-market.ts";
import { rolledUp } from "../../tests/helpers/truth.ts";
import type { Kline } from "../core/mod.ts";
import type { KlinesAnswer, Problem, SeriesAnswer } from "../wire/mod.ts";

const MINUTE = 60_000;
let market: ServedMarket;
beforeEach(() => {
  market = serveMarket();
});
afterEach(() => market.server.stop());

async function get<T>(path: string): Promise<T> {
  const response = await market.get(path);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

describe("klines", () => {
  test("the newest 100 by default, oldest first, each with every member", async () => {
    const answer = await get<KlinesAnswer>("/klines/btcusdt/1m");
    expect(answer).toEqual({
      symbol: "BTCUSDT",
      interval: "1m",
      count: 100,
      complete: true,
      settled: true,
      klines: market.minutes.slice(200, 300),
    });
  });

  test("limit, startTime, endTime and closed choose as they say", async () => {
    const at = (index: number): number => START + index * MINUTE;
    market.stream({ ...(market.minutes[300] as Kline), closed: false });
    const openTimes = async (query: string): Promise<number[]> =>
      (await get<KlinesAnswer>(`/klines/BTCUSDT/1m?${query}`)).klines.map(
        ({ openTime }) => (openTime - START) / MINUTE,
      );
    expect(await openTimes("limit=2")).toEqual([299, 300]);
    expect(await openTimes("limit=2&closed=true")).toEqual([298, 299]);
    expect(await openTimes(`limit=2&startTime=${at(7)}`)).toEqual([7, 8]);
    expect(await openTimes(`limit=2&endTime=${at(7)}`)).toEqual([6, 7]);
    expect(await openTimes(`startTime=${at(7)}&endTime=${at(9)}`)).toEqual([7, 8, 9]);
    expect(await openTimes(`startTime=${at(7) + 1}&endTime=${at(9) - 1}`)).toEqual([8]);
  });

  test("longer intervals are the minutes, rolled up", async () => {
    const answer = await get<KlinesAnswer>("/klines/BTCUSDT/1h?limit=5");
    expect(answer.klines).toEqual(rolledUp("1h", market.minutes.slice(0, 300), START + 300 * MINUTE));
  });

  test("symbols of any script, URL-encoded", async () => {
    const answer = await get<KlinesAnswer>(`/klines/${encodeURIComponent(LIFE)}/1m?limit=1`);
    expect(answer.symbol).toBe(LIFE);
  });

  test("bytes follow every update of the open kline, and each close", async () => {
    for (const minute of market.minutes.slice(300, 330)) {
      for (const share of [0.2, 0.7]) {
        const open = { ...minute, volume: minute.volume * share, closed: false };
        market.stream(open);
        const { klines } = await get<KlinesAnswer>("/klines/BTCUSDT/1m?limit=3");
        expect(klines.at(-1)).toEqual(open);
      }
      market.stream(minute);
      const index = market.minutes.indexOf(minute);
      const { klines } = await get<KlinesAnswer>("/klines/BTCUSDT/1m?limit=50");
      expect(klines).toEqual(market.minutes.slice(index - 49, index + 1));
    }
  });

  test("many series in one answer, and the same as Arrow", async () => {
    const path = "/klines?symbols=*&intervals=1m,1h&limit=3";
    const answer = await get<SeriesAnswer>(path);
    expect(answer.series.map(({ symbol, interval, count }) => [symbol, interval, count])).toEqual([
      ["BTCUSDT", "1m", 3],
      ["BTCUSDT", "1h", 3],
      [LIFE, "1m", 3],
      [LIFE, "1h", 3],
    ]);
    const response = await market.get(path, { accept: "application/vnd.apache.arrow.stream" });
    expect(response.headers.get("content-type")).toBe("application/vnd.apache.arrow.stream");
    const table = tableFromIPC(await response.arrayBuffer(), { useDate: false });
    const rows = answer.series.flatMap(({ symbol, interval, complete, klines }) =>
      klines.map((kline) => ({ ...kline, symbol, interval, complete })),
    );
    expect(table.toArray().map((row) => ({ ...row }))).toEqual(rows as never);
    // A record batch is work however few rows it has: symbols share one.
    expect(table.children[0]?.data).toHaveLength(1);
  });

  test("one series as Arrow has the same rows, a tag of its own, and says what it varies by", async () => {
    const path = `/klines/BTCUSDT/1m?startTime=${START + 10 * MINUTE}&endTime=${START + 20 * MINUTE}&limit=5`;
    const { klines, complete } = await get<KlinesAnswer>(path);
    const [json, response] = [
      await market.get(path),
      await market.get(path, { accept: "application/vnd.apache.arrow.stream" }),
    ];
    expect(response.headers.get("content-type")).toBe("application/vnd.apache.arrow.stream");
    expect([json, response].map(({ headers }) => headers.get("vary"))).toEqual(
      Array.from({ length: 2 }, () => "accept, accept-encoding"),
    );
    const etag = response.headers.get("etag") ?? "";
    expect(etag).not.toBe(json.headers.get("etag") ?? "");
    const table = tableFromIPC(await response.arrayBuffer(), { useDate: false });
    const rows = klines.map((kline) => ({ ...kline, symbol: "BTCUSDT", interval: "1m", complete }));
    expect(table.toArray().map((row) => ({ ...row }))).toEqual(rows as never);
    const again = { accept: "application/vnd.apache.arrow.stream", "if-none-match": etag };
    expect((await market.get(path, again)).status).toBe(304);
  });
});

describe("other routes", () => {
  test("tickers, one and all: the exchange's where it sent one, else from klines", async () => {
    expect(await get<object>("/ticker/BTCUSDT")).toMatchObject({
      symbol: "BTCUSDT",
      price: 101,
      priceChangePercent: 1,
    });
    const all = await get<{ count: number; tickers: { symbol: string; price: number }[] }>("/tickers");
    expect(all.tickers.map(({ symbol }) => symbol)).toEqual(["BTCUSDT", LIFE]);
    expect(all.tickers[1]?.price).toBe(market.minutes[299]?.close as number);
    expect(await get<object>("/tickers?symbols=btcusdt")).toMatchObject({ count: 1 });
  });

  test("symbols, closes and coverage", async () => {
    market.stream(market.minutes[300] as Kline);
    market.stream(market.minutes[302] as Kline);
    expect(await get<object>("/symbols")).toMatchObject({
      count: 2,
      symbols: [{ symbol: "BTCUSDT", priceDecimals: 2 }, {}],
    });
    expect(await get<object>("/coverage/BTCUSDT/1m")).toMatchObject({
      first: START,
      count: 302,
      holes: [{ from: START + 301 * MINUTE, to: START + 301 * MINUTE }],
      // The stream skipped a minute: until REST is asked, it may be missing.
      uncertain: [{ from: START + 301 * MINUTE, to: START + 301 * MINUTE }],
      fresh: true,
      sources: { rest: 300, stream: 2, rollup: 0, checkpoint: 0 },
    });
    const { intervals } = await get<{ intervals: Record<string, object> }>("/closes");
    expect(intervals["1m"]).toEqual({
      closeTime: START + 303 * MINUTE - 1,
      closed: 1,
      total: 2,
      pending: [LIFE],
    });
  });

  test("health and readiness tell when the feed is stale, warming or lost", async () => {
    expect(await get<object>("/health")).toMatchObject({ status: "ok", source: "recorded", symbols: 2, series: 6 });
    expect(await get<object>("/ready")).toEqual({ ready: true });
    await market.clock.turn(11_000);
    expect(await get<object>("/health")).toMatchObject({
      status: "degraded",
      reasons: ["the exchange has said nothing for 11 s"],
      feed: { lastEventAgeMs: 11_000 },
    });
    const stale = await market.get("/ready");
    expect(stale.status).toBe(503);
    expect(await stale.json()).toEqual({ ready: false, reasons: ["the exchange has said nothing for 11 s"] });
    expect(await get<object>("/coverage/BTCUSDT/1m")).toMatchObject({ fresh: false });
    market.feed.state = "warming";
    expect(await get<object>("/health")).toMatchObject({ status: "starting" });
    market.feed.state = "disconnected";
    expect(await get<object>("/health")).toMatchObject({ status: "degraded" });
  });

  test("readiness goes by what was accepted: an age counts from the start, then the connect, then the last kline or ticker", async () => {
    const reasons = async (): Promise<unknown> => (await (await market.get("/ready")).json()).reasons;
    await market.clock.turn(5_000);
    Object.assign(market.feed, { state: "connecting", connections: 0, lastEventAt: undefined });
    expect(await reasons()).toEqual(["the exchange hasn't been reached yet"]);
    await market.clock.turn(10_000);
    expect(await reasons()).toEqual(["the exchange hasn't been reached yet", "the exchange has said nothing for 15 s"]);
    Object.assign(market.feed, { state: "live", connections: 1, connectedAt: market.clock.now() });
    expect(await reasons()).toBeUndefined();
    await market.clock.turn(11_000);
    expect(await reasons()).toEqual(["the exchange has said nothing for 11 s"]);
    expect(await get<object>("/health")).toMatchObject({ feed: { lastEventAgeMs: null, silentForMs: 11_000 } });
    market.feed.lastEventAt = market.clock.now();
    expect(await reasons()).toBeUndefined();
  });

  test("what is silent, or old by the exchange's clock, is said in words", async () => {
    Object.assign(market.feed, { state: "silent", silences: ["no tickers have come for 12 s, though klines do"] });
    expect(await (await market.get("/ready")).json()).toEqual({
      ready: false,
      reasons: ["no tickers have come for 12 s, though klines do"],
    });
    Object.assign(market.feed, { silences: [], marketLagMs: 63_000, clockOffsetMs: -40 });
    expect(await get<object>("/health")).toMatchObject({
      status: "degraded",
      reasons: ["the exchange says nothing"],
      feed: { state: "silent", marketLagMs: 63_000, clockOffsetMs: -40 },
    });
  });

  test("health tells how checkpoints go, and when the last one failed", async () => {
    expect(await get<object>("/health")).toMatchObject({ status: "ok", checkpoint: null });
    const lastWrittenAt = market.clock.now();
    const status = { lastWrittenAt, bytes: 134_000_000, milliseconds: 300, failures: 0, fault: undefined, setAside: 0 };
    market.checkpoint.status = status;
    await market.clock.turn(5_000);
    expect(await get<object>("/health")).toMatchObject({
      status: "ok",
      checkpoint: { ageMs: 5_000, bytes: 134_000_000, writtenInMs: 300, failures: 0 },
    });
    market.checkpoint.status = { ...status, failures: 1, fault: "the disk is full" };
    expect(await get<object>("/health")).toMatchObject({
      status: "degraded",
      reasons: ["checkpoints can't be written: the disk is full"],
      checkpoint: { failures: 1 },
    });
  });

  test("files of the page are compressed for who can take that, and not sent again to who has them", async () => {
    const body = new TextEncoder().encode("let price = 0;\n".repeat(1_000));
    const file = { body, contentType: "text/javascript; charset=utf-8", immutable: true };
    const served = serveMarket({ with: { page: new Map([["/assets/page-1a2b3c.js", file]]) } });
    const get = (headers: Record<string, string>): Promise<Response> => served.get("/assets/page-1a2b3c.js", headers);
    const gzip = await get({ "accept-encoding": "gzip" });
    expect(gzip.headers.get("content-encoding")).toBe("gzip");
    expect(gzip.headers.get("cache-control")).toContain("immutable");
    expect(Bun.gunzipSync(await gzip.bytes())).toEqual(body);
    const plain = await get({});
    expect([plain.headers.get("content-encoding"), await plain.bytes()]).toEqual([null, body]);
    const again = await get({ "if-none-match": String(plain.headers.get("etag")) });
    expect([again.status, again.headers.get("content-security-policy")]).toEqual([
      304,
      plain.headers.get("content-security-policy"),
    ]);
    await served.server.stop();
  });

  test("the page", async () => {
    const page = await market.get("/");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
  });
});

describe("every answer", () => {
  test("carries the caller's request id if it is a sane one, else one of ours", async () => {
    const id = async (given: string): Promise<string | null> =>
      (await market.get("/health", { "x-request-id": given })).headers.get("x-request-id");
    expect(await id("mine-1.2:3")).toBe("mine-1.2:3");
    expect(await id("a b")).not.toBe("a b");
    expect(await id("x".repeat(65))).toMatch(/^[0-9a-f]{8}~[0-9a-z]+$/);
    // A caller who knows one of the server's ids can't give it to another request.
    const ours = await id("");
    expect(await id(ours as string)).not.toBe(ours);
    expect(await id(ours as string)).toMatch(/^[0-9a-f]{8}~[0-9a-z]+$/);
  });

  test("tells by its entity tag whether anything moved", async () => {
    const path = "/klines/BTCUSDT/1m?limit=5";
    const etag = (await market.get(path)).headers.get("etag") as string;
    expect((await market.get(path, { "if-none-match": etag })).status).toBe(304);
    expect((await market.get(path, { "if-none-match": `"x", ${etag}` })).status).toBe(304);
    market.stream({ ...(market.minutes[300] as Kline), closed: false });
    const moved = await market.get(path, { "if-none-match": etag });
    expect(moved.status).toBe(200);
    expect(moved.headers.get("etag")).not.toBe(etag);
    const ticker = (await market.get("/ticker/BTCUSDT")).headers.get("etag") as string;
    expect((await market.get("/ticker/BTCUSDT", { "if-none-match": ticker })).status).toBe(304);
  });

  test.each([
    "/klines/BTCUSDT/1m?limit=5&closed=true",
    "/klines/BTCUSDT/5m?limit=5&closed=true",
    "/klines?symbols=BTCUSDT&intervals=1m,5m&limit=5&closed=true",
  ])("without the open kline it has the same tag, and the same bytes, until something closes: %s", async (path) => {
    const open = { ...(market.minutes[300] as Kline), closed: false };
    market.stream(open);
    const before = await market.get(path);
    const etag = before.headers.get("etag") as string;
    const text = await before.text();
    for (let trades = 1; trades < 4; trades += 1) {
      market.stream({ ...open, trades, close: open.close * (1 + trades / 1_000), high: open.high * 2 });
      expect((await market.get(path, { "if-none-match": etag })).status).toBe(304);
      expect(await (await market.get(path)).text()).toBe(text);
    }
    for (let minute = 300; minute < 305; minute += 1) market.stream(market.minutes[minute] as Kline);
    const after = await market.get(path, { "if-none-match": etag });
    expect(after.status).toBe(200);
    expect(await after.text()).not.toBe(text);
  });

  test("is compressed as the caller can, and says so", async () => {
    const path = "/klines/BTCUSDT/1m?limit=100";
    const plain = Buffer.from(await (await market.get(path, { "accept-encoding": "identity" })).arrayBuffer());
    const packed = async (accept: string): Promise<[string | null, Buffer]> => {
      const response = await market.get(path, { "accept-encoding": accept });
      expect(response.headers.get("vary")).toBe("accept, accept-encoding");
      return [response.headers.get("content-encoding"), Buffer.from(await response.arrayBuffer())];
    };
    const [gzip, gzipped] = await packed("gzip");
    const [zstd, zstded] = await packed("gzip, zstd, br");
    const [brotli, brotlied] = await packed("gzip;q=0.5, br;q=0.9");
    expect([gzip, zstd, brotli]).toEqual(["gzip", "zstd", "br"]);
    expect(gunzipSync(gzipped)).toEqual(plain);
    expect(Buffer.from(Bun.zstdDecompressSync(zstded))).toEqual(plain);
    expect(brotliDecompressSync(brotlied)).toEqual(plain);
    expect((await packed("gzip;q=0"))[0]).toBeNull();
  });

  test("HEAD has the headers and no body", async () => {
    const response = await fetch(`${market.server.url}/klines/BTCUSDT/1m`, { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(response.headers.get("etag")).not.toBeNull();
    expect(await response.text()).toBe("");
  });
});

test("a WebSocket is refused where there is none, instead of getting a page", async () => {
  for (const path of ["/", "/health"]) {
    const response = await market.get(path, { upgrade: "websocket", connection: "Upgrade" });
    expect([response.status, ((await response.json()) as Problem).detail]).toEqual([
      404,
      `there is no WebSocket at ${path}: did you mean /ws?`,
    ]);
  }
});

describe("bad input gets a problem that says what would be right", () => {
  test.each([
    ["/klines/NOPEUSDT/1m", 404, "unknown_symbol", "NOPEUSDT is not followed here"],
    ["/klines/BTC%2FUSDT/1m", 400, "invalid_parameter", "letters and digits such as BTCUSDT"],
    ["/klines/%ff%fe/1m", 400, "invalid_parameter", "expected letters and digits such as BTCUSDT"],
    ["/klines/BTCUSDT/7m", 404, "unknown_interval", 'interval is "7m": expected one of 1m, 5m, 1h'],
    ["/klines/BTCUSDT/1M", 404, "unknown_interval", "1m is a minute, 1M a month"],
    ["/klines/BTCUSDT/4h", 404, "unknown_interval", 'interval is "4h": expected one of'],
    ["/klines/BTCUSDT/1m?limit=0", 400, "invalid_parameter", "from 1 to 500"],
    ["/klines/BTCUSDT/1m?limit=501", 400, "invalid_parameter", "from 1 to 500"],
    ["/klines/BTCUSDT/1m?limit=1e9", 400, "invalid_parameter", 'limit is "1e9"'],
    ["/klines/BTCUSDT/1m?limit=abc", 400, "invalid_parameter", 'limit is "abc"'],
    ["/klines/BTCUSDT/1m?limit=-1", 400, "invalid_parameter", 'limit is "-1"'],
    ["/klines/BTCUSDT/1m?limit=", 400, "invalid_parameter", 'limit is ""'],
    ["/klines/BTCUSDT/1m?startTime=9&endTime=8", 400, "invalid_parameter", "startTime 9 lies after endTime 8"],
    ["/klines/BTCUSDT/1m?startTime=yesterday", 400, "invalid_parameter", "expected Unix milliseconds"],
    ["/klines/BTCUSDT/1m?startTime=1770681600", 400, "invalid_parameter", "looks like seconds"],
    [
      "/klines/BTCUSDT/1m?endTime=1770681600000000",
      400,
      "invalid_parameter",
      "endTime: 1770681600000000 looks like microseconds",
    ],
    ["/klines/BTCUSDT/1m?startTime=2026-02-10T00:00", 400, "invalid_parameter", "has no time zone"],
    ["/klines/BTCUSDT/1m?startTime=-5", 400, "invalid_parameter", "-5 lies before 1970"],
    ["/klines/BTCUSDT/1m?closed=yes", 400, "invalid_parameter", "expected true or false"],
    ["/klines/BTCUSDT/1m?limt=5", 400, "invalid_parameter", 'unknown parameter "limt": did you mean limit?'],
    ["/klines/BTCUSDT/1m?limit=5&limit=6", 400, "invalid_parameter", "limit is given twice"],
    ["/klines/BTCUSD/1m", 404, "unknown_symbol", "did you mean BTCUSDT?"],
    ["/kline/BTCUSDT/1m", 404, "not_found", "did you mean /klines"],
    ["/klines?symbols=BTCUSDT,%20&intervals=1m", 400, "invalid_parameter", 'symbols is ""'],
    ["/klines?symbols=*", 400, "invalid_parameter", "intervals is missing"],
    [
      `/klines?symbols=${"A,".repeat(2_500)}A&intervals=1m`,
      400,
      "invalid_parameter",
      "symbols has 2501 names: expected 2000 at most",
    ],
    ["/klines?intervals=1m", 400, "invalid_parameter", "symbols is missing"],
    ["/tickers?symbols=BTCUSDT,NOPE", 404, "unknown_symbol", "NOPE is not followed"],
    ["/coverage/BTCUSDT/9h", 404, "unknown_interval", "expected one of"],
    ["/functions/v1/symbol", 404, "not_found", "did you mean /symbols?"],
    ["/tickers/BTCUSDT", 404, "not_found", "did you mean /ticker/BTCUSDT?"],
    ["/klines/BTCUSDT", 404, "not_found", "did you mean /klines/BTCUSDT/{interval}?"],
    ["/nothing", 404, "not_found", "there is nothing at /nothing"],
    [`/${"x".repeat(10_000)}`, 404, "not_found", "there is nothing at /xxx"],
    [`/klines/${"X".repeat(10_000)}/1m`, 400, "invalid_parameter", "expected letters and digits such as BTCUSDT"],
    ["/ws", 400, "invalid_parameter", "expected an upgrade request"],
    [`/${"x".repeat(13_000)}`, 413, "payload_too_large", "expected 12000 at most"],
  ])("%s", async (path, status, code, words) => {
    const response = await market.get(path);
    const problem = (await response.json()) as Problem;
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(problem).toMatchObject({ type: "about:blank", status, code: code as Problem["code"] });
    expect(problem.detail).toContain(words);
    expect(problem.detail.length).toBeLessThan(400);
    expect(problem.requestId).toBe(response.headers.get("x-request-id") as string);
    expect(market.errors).toEqual([]);
  });

  test.each([
    [
      "/klines/BTCUSDT/1m?startTime=2026-02-10T03:01:00Z&limit=5",
      `/klines/BTCUSDT/1m?startTime=${Date.UTC(2026, 1, 10, 3, 1)}&limit=5`,
    ],
    [
      "/klines/BTCUSDT/1m?endTime=2026-02-10T05:01:00%2B02:00",
      `/klines/BTCUSDT/1m?endTime=${Date.UTC(2026, 1, 10, 3, 1)}`,
    ],
    ["/klines/BTCUSDT/1m/?limit=5", "/klines/BTCUSDT/1m?limit=5"],
    ["/symbols/", "/symbols"],
  ])("%s answers as %s", async (path, same) => {
    const [one, other] = [await market.get(path), await market.get(same)];
    expect([one.status, await one.text()]).toEqual([200, await other.text()]);
    expect(market.errors).toEqual([]);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH"])("%s", async (method) => {
    const response = await fetch(`${market.server.url}/klines/BTCUSDT/1m`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    expect(((await response.json()) as Problem).code).toBe("method_not_allowed");
  });

  test("a preflight allows nothing, as no origin is configured", async () => {
    const response = await fetch(`${market.server.url}/klines/BTCUSDT/1m`, { method: "OPTIONS" });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("a port that is taken is named", () => {
    const other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
    expect(() => serveMarket({ port: other.port })).toThrow(`can't listen on 127.0.0.1:${other.port}`);
    other.stop();
  });
});

describe("an answer before anything is known", () => {
  test("says so, and invents nothing", async () => {
    market.store.apply({ type: "symbols", symbols: [{ ...market.store.symbols()[0], symbol: "NEWUSDT" } as never] });
    expect(await get<KlinesAnswer>("/klines/NEWUSDT/1m")).toMatchObject({ count: 0, complete: false, klines: [] });
    expect((await market.get("/ticker/NEWUSDT")).status).toBe(503);
    expect(await get<object>("/coverage/NEWUSDT/1m")).toMatchObject({ first: null, last: null, count: 0, holes: [] });
  });
});

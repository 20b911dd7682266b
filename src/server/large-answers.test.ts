import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { tableFromIPC } from "@uwdata/flechette";
import { keyAccess, keyRecord } from "../../tests/helpers/keys.ts";
import { BTC, LIFE, type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { until } from "../../tests/helpers/until.ts";
import type { Kline } from "../core/mod.ts";
import { SCOPES, type SeriesAnswer } from "../wire/mod.ts";
import { KeyRing } from "./keys/key-ring.ts";

/** 5,000 minutes of two symbols: about 2.5 MB of JSON. */
const MINUTES = 5_000;
const BATCH = `/klines?symbols=*&intervals=1m,5m&limit=${MINUTES}`;
const LONG = `/klines/BTCUSDT/1m?limit=${MINUTES}`;

let market: ServedMarket;
let monotonicMs = 0;
function serve(minutes: number): void {
  monotonicMs = 0;
  market = serveMarket({
    capacityKlines: minutes,
    historyMinutes: minutes,
    with: {
      stopwatch: () => monotonicMs,
      access: keyAccess(new KeyRing([keyRecord("k", { scopes: SCOPES }), keyRecord("other", { rate: "1000/h" })])),
    },
  });
}
beforeEach(() => serve(MINUTES));
afterEach(async () => {
  await market.server.stop();
  expect(market.errors).toEqual([]);
});

const KEY = { "x-api-key": "k" };
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  market.get(path, { ...KEY, "accept-encoding": "identity", ...headers });

describe("a large answer", () => {
  test("of several series is the same as theirs one by one", async () => {
    const answer = (await (await get(BATCH)).json()) as SeriesAnswer;
    expect(answer.count).toBe(4);
    for (const series of answer.series) {
      const path = `/klines/${encodeURIComponent(series.symbol)}/${series.interval}?limit=${MINUTES}`;
      expect((await (await get(path)).json()) as typeof series).toEqual(series);
    }
    expect(answer.series[0]?.klines).toEqual(market.minutes.slice(0, MINUTES));
  });

  test.each([
    ["gzip", gunzipSync],
    ["br", brotliDecompressSync],
    ["zstd", zstdDecompressSync],
  ] as const)("is compressed as it is sent: %s", async (encoding, unpack) => {
    for (const path of [BATCH, LONG]) {
      const plain = Buffer.from(await (await get(path)).bytes());
      const response = await get(path, { "accept-encoding": encoding });
      const packed = await response.bytes();
      expect(response.headers.get("content-encoding")).toBe(encoding);
      expect(packed.byteLength).toBeLessThan(plain.byteLength / 2);
      expect(Buffer.compare(unpack(packed), plain)).toBe(0);
    }
  });

  test("as Arrow has the same rows", async () => {
    const { series } = (await (await get(BATCH)).json()) as SeriesAnswer;
    const response = await get(BATCH, { accept: "application/vnd.apache.arrow.stream" });
    const table = tableFromIPC(await response.bytes(), { useDate: false });
    const rows = series.flatMap(({ symbol, interval, complete, klines }) =>
      klines.map((kline) => ({ ...kline, symbol, interval, complete })),
    );
    expect(table.numRows).toBe(rows.length);
    expect(table.toArray().map((row) => ({ ...row }))).toEqual(rows as never);
  });

  test("fits together though its open kline moves while it is read", async () => {
    const response = await get(BATCH);
    const reader = response.body?.getReader();
    let text = "";
    for (let index = 0; ; index += 1) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      text += Buffer.from(value ?? []).toString("latin1");
      market.stream(market.minutes[MINUTES + (index % 90)] as Kline);
    }
    const { series } = JSON.parse(text) as SeriesAnswer;
    for (const { count, klines } of series) expect(klines.length).toBe(count);
  });

  test("is nothing at HEAD, at the same price", async () => {
    const response = await fetch(`${market.server.url}${BATCH}`, { method: "HEAD", headers: KEY });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(await metric("vyx_waiting_bytes")).toBe(0);
  });
});

describe("entity tags", () => {
  test("of JSON aren't those of Arrow, and all say what they vary by", async () => {
    const arrow = { accept: "application/vnd.apache.arrow.stream" };
    for (const path of [BATCH, "/klines?symbols=*&intervals=1m&limit=2"]) {
      const [json, table] = [await get(path), await get(path, arrow)];
      const [jsonTag, tableTag] = [String(json.headers.get("etag")), String(table.headers.get("etag"))];
      expect(jsonTag).not.toBe(tableTag);
      for (const response of [json, table]) expect(response.headers.get("vary")).toBe("accept, accept-encoding");
      expect((await get(path, { ...arrow, "if-none-match": jsonTag })).status).toBe(200);
      expect((await get(path, { ...arrow, "if-none-match": tableTag })).status).toBe(304);
      expect((await get(path, { "if-none-match": jsonTag })).status).toBe(304);
    }
  });

  test("differ though the sum of the versions is the same, and by every parameter", async () => {
    const at = async (query: string): Promise<string | null> => (await get(`/klines?${query}`)).headers.get("etag");
    const both = "symbols=*&intervals=1m&limit=2";
    const minute = (index: number): Kline => ({ ...(market.minutes[index] as Kline), closed: false });
    market.stream(minute(MINUTES), BTC);
    const moved = await at(both);
    market.stream({ ...minute(MINUTES), volume: minute(MINUTES).volume + 1 }, BTC);
    const twice = await at(both);
    market.stream(minute(MINUTES), LIFE);
    expect(new Set([moved, twice, await at(both)]).size).toBe(3);
    expect(await at("symbols=BTCUSDT&intervals=1m&limit=2")).not.toBe(
      await at(`symbols=${encodeURIComponent(LIFE)}&intervals=1m&limit=2`),
    );
    expect(await at(both)).not.toBe(await at("symbols=*&intervals=1m&limit=3"));
    expect(await at(both)).not.toBe(await at("symbols=*&intervals=1m&limit=2&closed=true"));
  });
});

describe("prices follow the work", () => {
  const left = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
    Number((await get(path, { "x-api-key": "other", ...headers })).headers.get("ratelimit-remaining"));

  test.each([
    [LONG, {}, 5],
    [LONG, { "accept-encoding": "br" }, 10],
    ["/klines/BTCUSDT/1m?limit=1000", {}, 1],
    ["/klines/BTCUSDT/1m?limit=1000", { "accept-encoding": "gzip" }, 2],
    ["/klines/BTCUSDT/1m?limit=500", { "accept-encoding": "gzip" }, 1],
    [BATCH, {}, 20],
    [BATCH, { "accept-encoding": "gzip" }, 40],
    [BATCH, { accept: "application/vnd.apache.arrow.stream" }, 30],
    ["/klines?symbols=*&intervals=1m,5m&limit=1", {}, 1],
    ["/coverage/BTCUSDT/1m", {}, 5],
  ] as const)("%s %j costs %d", async (path, headers, price) => {
    const before = await left("/symbols");
    expect(before - (await left(path, headers))).toBe(price);
  });

  const ARROW = { accept: "application/vnd.apache.arrow.stream" };
  const tagOf = async (path: string, headers: Record<string, string> = {}): Promise<string> =>
    String((await get(path, headers)).headers.get("etag"));

  test("and what the caller has already costs one, as JSON and as Arrow", async () => {
    for (const path of [BATCH, LONG, "/klines/BTCUSDT/1m?limit=1000"]) {
      for (const form of [{}, { "accept-encoding": "br" }, ARROW]) {
        const etag = await tagOf(path, form);
        const before = await left("/symbols");
        expect(before - (await left(path, { ...form, "if-none-match": etag }))).toBe(1);
      }
    }
  });

  test("a tag that stands for something else saves nothing, nor does that of the other form", async () => {
    for (const [path, json, arrow] of [
      [BATCH, 20, 30],
      [LONG, 5, 8],
    ] as const) {
      for (const [form, tags, price] of [
        [{}, ['W/"another"', await tagOf(path, ARROW)], json],
        [ARROW, ['W/"another"', await tagOf(path)], arrow],
      ] as const) {
        for (const etag of tags) {
          const before = await left("/symbols");
          expect(before - (await left(path, { ...form, "if-none-match": etag }))).toBe(price);
        }
      }
    }
  });
});

/** A metric's value; the test's own key has the scope. */
async function metric(name: string): Promise<number> {
  const text = await (await get("/metrics")).text();
  return Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
}

/** A reader that takes nothing until it is resumed. */
async function stalled(path: string, key = "k"): Promise<{ socket: Socket; closed: Promise<void> }> {
  const socket = connect(Number(new URL(market.server.url).port), "127.0.0.1");
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${key}\r\n\r\n`);
  return { socket, closed };
}

describe("slow readers", () => {
  /** So that an answer is larger than what the system takes for a connection: some 4 MB, read or not. */
  const MANY = 40_000;

  test("hold a bounded number of bytes, are cut when they take nothing, and leave nothing behind", async () => {
    await market.server.stop();
    serve(MANY);
    const before = await metric("vyx_waiting_bytes");
    expect(before).toBe(0);
    const readers = await Promise.all(Array.from({ length: 20 }, () => stalled(`/klines/BTCUSDT/1m?limit=${MANY}`)));
    await until(async () => (await metric("vyx_answers_open")) > 0);
    // A reader may begin after any other was cut, and has its own time from then on.
    await until(async () => {
      monotonicMs += 45_000;
      return (await metric("vyx_waiting_bytes")) === 0 && (await metric("vyx_answers_open")) === 0;
    });
    for (const { socket } of readers) socket.resume();
    for (const { socket } of readers) socket.destroy();
    await Promise.all(readers.map(({ closed }) => closed));
  });
});

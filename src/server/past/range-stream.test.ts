import { afterEach, expect, test } from "bun:test";
import { tableFromIPC } from "@uwdata/flechette";
import { PastInMemory } from "../../../tests/helpers/past-in-memory.ts";
import { BTC, type ServedMarket, START, serveMarket } from "../../../tests/helpers/served-market.ts";
import { minuteKlines, rolledUp } from "../../../tests/helpers/truth.ts";
import type { UnixMs } from "../../core/mod.ts";
import { MarketStore } from "../../store/mod.ts";
import type { HistoryFilesAnswer } from "../../wire/mod.ts";

const MINUTE = 60_000;
const YEAR_MINUTES = 527_040;
const ARROW = { accept: "application/vnd.apache.arrow.stream" };

let market: ServedMarket | undefined;
afterEach(async () => {
  await market?.server.stop();
  market = undefined;
});

/** So many minutes of the past before the market's first one in memory, one in a thousand missing. */
function withPast(minutes: number): { readonly served: ServedMarket; readonly past: PastInMemory } {
  const past = new PastInMemory();
  const from = (START - minutes * MINUTE) as UnixMs;
  const klines = minuteKlines(from, minutes, 5, (index) => index % 1_000 === 999);
  past.put(BTC, { from, to: (START - MINUTE) as UnixMs }, klines);
  const served = serveMarket({ store: newestMinutes(), with: { past } });
  market = served;
  return { served, past };
}

/** A store that was asked for the last 300 minutes, and knows of nothing older. */
function newestMinutes(): MarketStore {
  const store = new MarketStore({ intervals: ["1m", "1h"], capacity: 500 });
  const info = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  store.apply({ type: "symbols", symbols: [{ symbol: BTC, ...info }] });
  const to = (START + 299 * MINUTE) as UnixMs;
  const klines = minuteKlines(START, 300, 11, () => false);
  store.apply({ type: "history", symbol: BTC, interval: "1m", from: START, to, klines });
  return store;
}

test("a stream holds the past and memory in one, and says of each batch whether it is complete", async () => {
  const { served } = withPast(30_000);
  const response = await served.get(`/klines/BTCUSDT/1m?startTime=${START - 2_500 * MINUTE}&limit=5000`, ARROW);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe(ARROW.accept);
  const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()), { useBigInt: false });
  const times = [...(table.getChild("openTime") as Iterable<number>)].map(Number);
  const json = (await (
    await served.get(`/klines/BTCUSDT/1m?startTime=${START - 2_500 * MINUTE}&limit=5000`)
  ).json()) as {
    readonly klines: readonly { readonly openTime: number; readonly close: number }[];
  };
  expect(times).toEqual(json.klines.map(({ openTime }) => openTime));
  expect([...(table.getChild("close") as Iterable<number>)]).toEqual(json.klines.map(({ close }) => close));
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  const complete = [...(table.getChild("complete") as Iterable<boolean>)];
  // Minutes of the past are missing, and none of memory's.
  expect(complete[0]).toBe(false);
  expect(complete.at(-1)).toBe(true);
});

test("longer candles stream, too, cut to the limit", async () => {
  const { served } = withPast(30_000);
  const from = START - 20_000 * MINUTE;
  const response = await served.get(`/klines/BTCUSDT/1h?startTime=${from}&limit=100`, ARROW);
  const table = tableFromIPC(new Uint8Array(await response.arrayBuffer()), { useBigInt: false });
  const minutes = minuteKlines(START - 30_000 * MINUTE, 30_000, 5, (index) => index % 1_000 === 999);
  const hours = rolledUp("1h", minutes, START).filter(({ openTime }) => openTime >= from);
  expect([...(table.getChild("volume") as Iterable<number>)]).toEqual(hours.slice(0, 100).map(({ volume }) => volume));
});

test("a year of minutes is one stream, and the loop serves others meanwhile", async () => {
  const { served } = withPast(YEAR_MINUTES);
  const from = START - YEAR_MINUTES * MINUTE;
  const path = `/klines/BTCUSDT/1m?startTime=${from}&endTime=${START - MINUTE}&limit=600000`;
  const response = await served.get(path, ARROW);
  let isDone = false;
  const reading = response.arrayBuffer().finally(() => {
    isDone = true;
  });
  let others = 0;
  while (!isDone) {
    expect((await served.get("/klines/BTCUSDT/1m?limit=2")).status).toBe(200);
    others += 1;
  }
  const bytes = new Uint8Array(await reading);
  expect(others).toBeGreaterThan(10);
  const table = tableFromIPC(bytes, { useBigInt: false });
  expect(table.numRows).toBe(YEAR_MINUTES - Math.floor(YEAR_MINUTES / 1_000));
});

test("a reader that goes away ends the reading", async () => {
  const { served, past } = withPast(YEAR_MINUTES / 2);
  let turns = 0;
  past.onTurn = () => {
    turns += 1;
  };
  past.blockRows = 100;
  const ending = new AbortController();
  const path = `/klines/BTCUSDT/1m?startTime=${START - (YEAR_MINUTES / 2) * MINUTE}&limit=600000`;
  const response = await fetch(`${served.server.url}${path}`, { headers: ARROW, signal: ending.signal });
  await response.body?.getReader().read();
  ending.abort();
  await Bun.sleep(300);
  const after = turns;
  await Bun.sleep(300);
  expect(turns).toBe(after);
  expect(turns).toBeLessThan(2_000);
  expect(served.errors).toEqual([]);
});

test("more than a JSON answer holds is refused in words", async () => {
  const { served } = withPast(20_000);
  const response = await served.get(`/klines/BTCUSDT/1m?startTime=${START - 20_000 * MINUTE}&limit=10001`);
  expect(response.status).toBe(400);
  expect(((await response.json()) as { readonly detail: string }).detail).toBe(
    "limit is 10001: expected a whole number from 1 to 10000, or up to 600000 with Accept: application/vnd.apache.arrow.stream",
  );
});

test("the files of the past are listed, by symbol and page by page", async () => {
  const { served, past } = withPast(10);
  const file = (name: string) => ({
    path: `market=binance/symbol=${name}/2026-01.parquet`,
    symbol: name as typeof BTC,
    span: { from: START, to: START },
    rows: 1,
    bytes: 100,
    sha256: "00".repeat(32),
  });
  past.list.push(file("AAVEUSDT"), file("BTCUSDT"), file("ETHUSDT"));
  const all = (await (await served.get("/history/files")).json()) as HistoryFilesAnswer;
  expect(all).toEqual({ count: 3, hasMore: false, files: past.list });
  const one = (await (await served.get("/history/files?symbol=ethusdt")).json()) as HistoryFilesAnswer;
  expect(one.files).toEqual([file("ETHUSDT")]);
  const rest = await served.get(`/history/files?after=${encodeURIComponent(file("BTCUSDT").path)}`);
  expect(((await rest.json()) as HistoryFilesAnswer).files).toEqual([file("ETHUSDT")]);
});

test("a file of the past is downloaded as it is, and not again by who has it", async () => {
  const { served, past } = withPast(10);
  const bytes = crypto.getRandomValues(new Uint8Array(65_536)).toBase64();
  const content = new TextEncoder().encode(bytes.repeat(5));
  const sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex");
  const path = "symbol=BTCUSDT/2026-01.parquet";
  past.list.push({ path, symbol: BTC, span: { from: START, to: START }, rows: 1, bytes: content.byteLength, sha256 });
  past.contents.set(path, content);
  const address = `/history/file?path=${encodeURIComponent(path)}`;
  const response = await served.get(address);
  expect(response.headers.get("etag")).toBe(`"${sha256}"`);
  const got = new Uint8Array(await response.arrayBuffer());
  expect(new Bun.CryptoHasher("sha256").update(got).digest("hex")).toBe(sha256);
  expect((await served.get(address, { "if-none-match": `"${sha256}"` })).status).toBe(304);
  for (const other of ["symbol=BTCUSDT/2026-02.parquet", "../../etc/passwd"]) {
    const none = await served.get(`/history/file?path=${encodeURIComponent(other)}`);
    expect(none.status).toBe(404);
    expect(((await none.json()) as { readonly detail: string }).detail).toBe(
      `there is no file ${other}: GET /history/files lists those that there are`,
    );
  }
});

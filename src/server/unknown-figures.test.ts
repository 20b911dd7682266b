import { afterAll, beforeAll, expect, test } from "bun:test";
import { tableFromIPC } from "@uwdata/flechette";
import { LIFE, type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { type Client, createClient } from "../client/mod.ts";
import { type Kline, parseSymbol, type SymbolInfo, type UnixMs } from "../core/mod.ts";
import { MarketStore, Markets, readKlines, type Series } from "../store/mod.ts";
import type { KlinesAnswer, SeriesAnswer, WireKline } from "../wire/mod.ts";
import { importRoutes } from "./import-routes.ts";

/** A market that doesn't send these: NaN in the store. */
const UNKNOWN = {
  quoteVolume: Number.NaN,
  trades: Number.NaN,
  takerBuyVolume: Number.NaN,
  takerBuyQuoteVolume: Number.NaN,
};
const NULLS = { quoteVolume: null, trades: null, takerBuyVolume: null, takerBuyQuoteVolume: null };

let market: ServedMarket;
let client: Client;
let told: WireKline[];

beforeAll(() => {
  market = serveMarket();
  client = createClient({ url: market.server.url });
  const minutes = market.minutes.slice(300, 310);
  for (const minute of minutes) market.stream({ ...minute, ...UNKNOWN }, LIFE);
  told = minutes.map((minute) => ({ ...minute, ...NULLS }));
});
afterAll(() => market.server.stop());

async function get<T>(path: string): Promise<T> {
  return (await (await market.get(path)).json()) as T;
}

test("JSON has null for a figure that is unknown, and for a sum with one", async () => {
  const { klines } = await get<KlinesAnswer>(`/klines/${LIFE}/1m?limit=12`);
  expect(klines).toEqual([...market.minutes.slice(298, 300), ...told]);
  const { series } = await get<SeriesAnswer>(`/klines?symbols=BTCUSDT,${LIFE}&intervals=1m,5m&limit=2`);
  const [known, , minutes, fives] = series;
  expect(known?.klines).toEqual(market.minutes.slice(298, 300));
  expect(minutes?.klines).toEqual(told.slice(-2));
  expect(fives?.klines).toMatchObject([NULLS, NULLS]);
  expect(fives?.klines.at(-1)?.volume).toBeGreaterThan(0);
});

test("the ticker that is added up from such klines has no quote volume", async () => {
  const ticker = await get<object>(`/ticker/${LIFE}`);
  expect(ticker).toMatchObject({ price: told.at(-1)?.close, quoteVolume: null });
  const { tickers } = await client.tickers();
  expect(tickers.find(({ symbol }) => symbol === LIFE)?.quoteVolume).toBeNull();
});

test("Arrow has null, in batches with and without unknown figures", async () => {
  for (const path of [
    `/klines/${LIFE}/1m?limit=10`,
    `/klines/${LIFE}/1m?limit=300`,
    `/klines?symbols=*&intervals=1m&limit=5`,
  ]) {
    const response = await market.get(path, { accept: "application/vnd.apache.arrow.stream" });
    const table = tableFromIPC(await response.arrayBuffer(), { useDate: false });
    const answer = await get<KlinesAnswer | SeriesAnswer>(path);
    const series = "series" in answer ? answer.series : [answer];
    const rows = series.flatMap(({ symbol, interval, complete, klines }) =>
      klines.map((kline) => ({ ...kline, symbol, interval, complete })),
    );
    expect(table.toArray().map((row) => ({ ...row }))).toEqual(rows as never);
    expect(table.schema.fields.find(({ name }) => name === "trades")?.type).toMatchObject({ bitWidth: 32 });
  }
});

test("the SDK gives null, by request, in a snapshot and in messages", async () => {
  const { klines } = await client.klines(LIFE, "1m", { limit: 3 });
  expect(klines).toEqual(told.slice(-3));
  const seen: WireKline[][] = [];
  for await (const message of client.subscribe([`kline:${LIFE}:1m`])) {
    if (message.type === "snapshot") {
      seen.push([...message.klines].slice(-2));
      const next = market.minutes[310];
      if (next !== undefined) market.stream({ ...next, ...UNKNOWN }, LIFE);
    }
    if (message.type !== "kline") continue;
    seen.push([message.kline]);
    break;
  }
  expect(seen).toEqual([told.slice(-2), [{ ...(market.minutes[310] as WireKline), ...NULLS }]]);
});

test("an import takes null for what its market doesn't send, completes what was unknown, and refuses null elsewhere", async () => {
  const { server, store, minutes } = serveMarket({ with: { routes: [] } });
  const { intervals, capacity } = store;
  const other = new MarketStore({ market: "bybit", intervals, capacity });
  const importing = serveMarket({ with: { routes: importRoutes(new Markets([store, other])) } });
  const bybit = parseSymbol("BYBIT:BTCUSDT");
  const [info] = store.symbols() as [SymbolInfo];
  other.apply({ type: "symbols", symbols: [{ ...info, symbol: bybit }] });
  const now = { ...(minutes[303] as Kline), ...UNKNOWN, closed: false };
  const eventTime = (now.openTime + 1) as UnixMs;
  other.apply({ type: "kline", symbol: bybit, interval: "1m", kline: now, eventTime });
  for (const minute of minutes.slice(300, 303)) {
    const eventTime = (minute.closeTime + 1) as UnixMs;
    store.apply({ type: "kline", symbol: LIFE, interval: "1m", kline: { ...minute, ...UNKNOWN }, eventTime });
  }
  const post = async (symbol: string, klines: readonly WireKline[]): Promise<unknown> => {
    const body = JSON.stringify({ symbol, interval: "1m", klines });
    return await (await fetch(`${importing.server.url}/import`, { method: "POST", body })).json();
  };
  const klines = minutes.slice(300, 303);
  const sent = { ...NULLS, quoteVolume: 7 };
  const ofBybit = klines.map((kline) => ({ ...kline, ...sent }));
  expect(await post(bybit, ofBybit)).toMatchObject({ added: 3, refused: 0 });
  expect(await post(bybit, ofBybit)).toMatchObject({ added: 0, refused: 0 });
  const detail = "klines.0: it can't be a closed kline of 1m: not_a_number";
  expect(await post("BTCUSDT", ofBybit)).toMatchObject({ status: 400, detail });
  expect(await post(LIFE, klines)).toMatchObject({ added: 0, refused: 0 });
  const held = (symbol: typeof LIFE): Kline[] => {
    const series = (symbol === bybit ? other : store).series(symbol, "1m") as Series;
    const end = series.ring.position(now.openTime);
    return readKlines(series, { first: end - 3, end });
  };
  expect(held(LIFE)).toEqual(klines);
  expect(held(bybit)).toEqual(klines.map((kline) => ({ ...kline, ...UNKNOWN, quoteVolume: 7 })));
  await Promise.all([server.stop(), importing.server.stop()]);
});

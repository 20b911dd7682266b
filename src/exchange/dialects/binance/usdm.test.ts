import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type FaultyExchange, startFaulty, stopFaulty } from "../../../../tests/helpers/in-process.ts";
import { listenTo } from "../../../../tests/helpers/listening-client.ts";

const MINUTE = 60_000;

const DATA = join(import.meta.dir, "../../../../../shared/data/um_1m_full");

afterEach(stopFaulty);

type Row = [number, string, string, string, string, string, number, string, number, string, string, string];

function start(faults = ""): FaultyExchange {
  return startFaulty(faults, { as: "binance-usdm" });
}

async function ask({ get, clock }: FaultyExchange, path: string): Promise<Response> {
  const asked = get(`/fapi/v1/${path}`);
  await clock.turn(0);
  return await asked;
}

describe("REST under /fapi/v1", () => {
  test("klines are the market's in every column, 1,500 at most, and none of seconds", async () => {
    const usdm = start();
    const rows = (await (await ask(usdm, "klines?symbol=BTCUSDT&interval=1m&limit=2000")).json()) as Row[];
    expect(rows).toHaveLength(1_500);
    const [row] = rows as [Row];
    const [truth] = usdm.exchange.truth("BTCUSDT", row[0], row[0]);
    expect(row.slice(0, 11).map(Number)).toEqual([
      Number(truth?.openTime),
      Number(truth?.open),
      Number(truth?.high),
      Number(truth?.low),
      Number(truth?.close),
      Number(truth?.volume),
      Number(truth?.closeTime),
      Number(truth?.quoteVolume),
      Number(truth?.trades),
      Number(truth?.takerBuyVolume),
      Number(truth?.takerBuyQuoteVolume),
    ]);
    const seconds = await ask(usdm, "klines?symbol=BTCUSDT&interval=1s");
    expect([seconds.status, await seconds.json()]).toEqual([400, { code: -1120, msg: "Invalid interval." }]);
    expect((await ask(usdm, "klines?symbol=NOPE&interval=1m")).status).toBe(400);
    const [spot] = [usdm.get("/api/v3/time")];
    await usdm.clock.turn(0);
    expect((await spot).status).toBe(404);
  });

  test("weight goes by the rows that are asked for; past 2,400 in a minute comes 429, then 418", async () => {
    const usdm = start();
    const spent = async (path: string): Promise<number> => {
      const before = Number((await ask(usdm, "ping")).headers.get("x-mbx-used-weight-1m"));
      return Number((await ask(usdm, path)).headers.get("x-mbx-used-weight-1m")) - before;
    };
    const klines = (limit: string): string => `klines?symbol=BTCUSDT&interval=1m${limit}`;
    for (const [path, weight] of [
      [klines("&limit=99"), 1],
      [klines("&limit=100"), 2],
      [klines("&limit=499"), 2],
      [klines(""), 5],
      [klines("&limit=1000"), 5],
      [klines("&limit=1001"), 10],
      ["exchangeInfo", 1],
      ["ticker/24hr", 40],
      ["ticker/24hr?symbol=BTCUSDT", 1],
      ["ticker/price", 2],
      ["time", 1],
    ] as const) {
      expect([path, await spent(path)]).toEqual([path, weight]);
    }
    await usdm.clock.turn(MINUTE);
    for (let used = 0; used < 2_400; used += 40) expect((await ask(usdm, "ticker/24hr")).status).toBe(200);
    const refused = await ask(usdm, "ping");
    expect([refused.status, ((await refused.json()) as { code: number }).code]).toEqual([429, -1003]);
    for (let tries = 0; tries < 10; tries += 1) await ask(usdm, "ping");
    expect((await ask(usdm, "ping")).status).toBe(418);
  });

  test("what it lists are perpetuals", async () => {
    const { symbols } = (await (await ask(start(), "exchangeInfo")).json()) as { symbols: object[] };
    expect(symbols).toHaveLength(4);
    expect(symbols[0]).toMatchObject({ symbol: "BTCUSDT", contractType: "PERPETUAL", marginAsset: "USDT" });
  });
});

describe.skipIf(!existsSync(DATA))("recorded klines of the market", () => {
  const SYMBOLS = ["ALGOUSDT", "LTCUSDT"];

  /** The rows of a dump, as texts. */
  const rowsOf = (symbol: string): string[] =>
    gunzipSync(readFileSync(join(DATA, `${symbol}-1m-2026-02.csv.gz`)))
      .toString()
      .trim()
      .split("\n")
      .slice(1);

  test("come out of REST as they were, to the last digit", async () => {
    const usdm = startFaulty("", { as: "binance-usdm", data: DATA, symbols: SYMBOLS });
    for (const symbol of SYMBOLS) {
      const written = rowsOf(symbol).slice(0, 1_500);
      const from = written[0]?.split(",")[0];
      const path = `klines?symbol=${symbol}&interval=1m&limit=1500&startTime=${from}`;
      const rows = (await (await ask(usdm, path)).json()) as Row[];
      expect(rows.map((row) => row.join(","))).toEqual(written);
    }
  });

  test("and as closes of streams", async () => {
    const usdm = startFaulty("", { as: "binance-usdm", data: DATA, symbols: SYMBOLS });
    const client = listenTo(usdm.exchange, usdm.clock, "/market/ws/algousdt@kline_1m");
    const began = usdm.exchange.now();
    await usdm.clock.turn(60 * MINUTE);
    const closes = client.frames.map((frame) => JSON.parse(frame).k).filter(({ x }) => x === true);
    const rows = closes.map(({ t, o, h, l, c, v, T, q, n, V, Q, B }) => [t, o, h, l, c, v, T, q, n, V, Q, B].join(","));
    const first = rowsOf("ALGOUSDT").findIndex((row) => Number(row.split(",")[0]) >= began);
    expect(rows).toEqual(rowsOf("ALGOUSDT").slice(first, first + 60));
  });
});

describe("streams", () => {
  const NAMES = "btcusdt@kline_1m/!miniTicker@arr";

  test("tell under /market; the old paths acknowledge everything and tell nothing", async () => {
    const { exchange, clock } = start();
    const combined = listenTo(exchange, clock, `/market/stream?streams=${NAMES}`);
    const raw = listenTo(exchange, clock, "/market/ws/btcusdt@kline_1m");
    const old = listenTo(exchange, clock, `/stream?streams=${NAMES}`);
    const older = listenTo(exchange, clock, "/ws");
    await clock.turn(10);
    older.send({ method: "SUBSCRIBE", params: ["btcusdt@kline_1m"], id: 1 });
    older.send({ method: "LIST_SUBSCRIPTIONS", id: 2 });
    await clock.turn(MINUTE);
    expect(raw.frames).toHaveLength(30);
    expect(combined.frames.length).toBeGreaterThan(60);
    const streams = new Set(combined.frames.map((frame) => JSON.parse(frame).stream as string));
    expect([...streams].toSorted()).toEqual(["!miniTicker@arr", "btcusdt@kline_1m"]);
    expect(old.frames).toEqual([]);
    expect(older.frames).toEqual(['{"result":null,"id":1}', '{"result":["btcusdt@kline_1m"],"id":2}']);
    expect(exchange.faults()["silent-old-path"]).toBe(2);
  });

  test("there are none of seconds", async () => {
    const { exchange, clock } = start();
    const seconds = listenTo(exchange, clock, "/market/ws/btcusdt@kline_1s");
    await clock.turn(MINUTE);
    expect(seconds.frames).toEqual([]);
  });

  test("ten messages in a second, a ping each three minutes", async () => {
    const { exchange, clock } = start();
    const client = listenTo(exchange, clock, "/market/ws");
    await clock.turn(10);
    for (let id = 1; id <= 10; id += 1) client.send({ method: "LIST_SUBSCRIPTIONS", id });
    await clock.turn(10);
    expect([client.frames.length, client.closes.length]).toEqual([10, 0]);
    client.send({ method: "LIST_SUBSCRIPTIONS", id: 11 });
    await clock.turn(10);
    expect(client.closes.map(({ code }) => code)).toEqual([1008]);
    const quiet = listenTo(exchange, clock, "/market/ws");
    await clock.turn(20 * MINUTE);
    expect(quiet.closes).toEqual([]);
  });
});

import { afterEach, describe, expect, test } from "bun:test";
import { type FaultyExchange, START, startFaulty, stopFaulty } from "../../../../tests/helpers/in-process.ts";
import { type ListeningClient, listenTo } from "../../../../tests/helpers/listening-client.ts";
import type { MarketId } from "../../../core/mod.ts";

const MINUTE = 60_000;

afterEach(stopFaulty);

function start(as: "bybit" | "bybit-linear", faults = "", symbols?: number): FaultyExchange {
  return startFaulty(faults, { as, ...(symbols === undefined ? {} : { symbols }) });
}

interface Answer {
  readonly retCode: number;
  readonly retMsg: string;
  readonly result: Record<string, unknown>;
}

async function ask(exchange: FaultyExchange, path: string): Promise<Response> {
  const asked = exchange.get(`/v5/market/${path}`);
  await exchange.clock.turn(0);
  return await asked;
}

async function answer(exchange: FaultyExchange, path: string): Promise<Answer> {
  const response = await ask(exchange, path);
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

test("what is true of a candle that a halt cut short ends with its interval: nothing tells when trading ended", async () => {
  const ends = async (as: MarketId): Promise<number[]> => {
    const { exchange, clock } = startFaulty("halt@2m", { as, symbols: 1 });
    await clock.turn(5 * MINUTE);
    const [symbol = ""] = exchange.symbols;
    return exchange.truth(symbol, START, START, "5m").map(({ closeTime }) => (closeTime + 1 - START) / MINUTE);
  };
  expect([await ends("binance"), await ends("bybit"), await ends("bybit-linear")]).toEqual([[2], [5], [5]]);
});

describe("REST under /v5/market", () => {
  const KLINES = "kline?category=spot&symbol=BTCUSDT&interval=1";

  test("klines come newest first, the open one among them, as texts", async () => {
    const bybit = start("bybit");
    await bybit.clock.turn(30_000);
    const { retCode, retMsg, result } = await answer(bybit, KLINES);
    expect([retCode, retMsg, result.symbol, result.category]).toEqual([0, "OK", "BTCUSDT", "spot"]);
    const rows = result.list as string[][];
    expect(rows).toHaveLength(200);
    expect(rows.map(([openTime]) => Number(openTime))).toEqual(rows.map((_, at) => START - at * MINUTE));
    const [truth] = bybit.exchange.truth("BTCUSDT", START - MINUTE, START - MINUTE);
    expect(rows[1]?.map(Number)).toEqual([
      START - MINUTE,
      Number(truth?.open),
      Number(truth?.high),
      Number(truth?.low),
      Number(truth?.close),
      Number(truth?.volume),
      Number(truth?.quoteVolume),
    ]);
    expect([truth?.trades, truth?.takerBuyVolume, truth?.takerBuyQuoteVolume]).toEqual([NaN, NaN, NaN]);
  });

  test("a start alone gives the oldest from there; an end the newest up to there; a start within a candle gives it too", async () => {
    const bybit = start("bybit");
    const minutes = async (query: string): Promise<number[]> => {
      const { result } = await answer(bybit, `${KLINES}&${query}`);
      return (result.list as string[][]).map(([openTime]) => (Number(openTime) - START) / MINUTE);
    };
    const at = (minute: number): number => START + minute * MINUTE;
    expect(await minutes(`limit=2&start=${at(-100)}`)).toEqual([-99, -100]);
    expect(await minutes(`limit=2&end=${at(-90)}`)).toEqual([-90, -91]);
    expect(await minutes(`start=${at(-5) + 1}&end=${at(-3)}`)).toEqual([-3, -4, -5]);
    expect(await minutes(`limit=2&start=${at(-50)}&end=${at(-3)}`)).toEqual([-3, -4]);
    expect(await minutes(`limit=1000`)).toHaveLength(1_000);
  });

  test.each(["3", "60", "720", "D", "W", "M"])("klines of %s", async (interval) => {
    const { result } = await answer(
      start("bybit-linear"),
      `kline?category=linear&symbol=BTCUSDT&interval=${interval}&limit=3`,
    );
    expect(result.list).toHaveLength(3);
  });

  test.each([
    ["kline?category=spot&symbol=NOPE&interval=1", "Not supported symbols"],
    ["kline?category=spot&symbol=BTCUSDT&interval=1m", "Invalid period!"],
    ["kline?category=spot&symbol=BTCUSDT&interval=480", "Invalid period!"],
    [`${KLINES}&limit=1001`, "limit invalid"],
    [`${KLINES}&start=soon`, "start invalid"],
    ["kline?symbol=BTCUSDT&interval=1", "Illegal category"],
    ["tickers", "Illegal category"],
    ["instruments-info?category=linear", "Illegal category"],
  ])("%s is refused inside a 200", async (path, message) => {
    const { retCode, retMsg, result } = await answer(start("bybit"), path);
    expect([retCode, result]).toEqual([10_001, {}]);
    expect(retMsg).toContain(message);
  });

  test("time, and what has no answer", async () => {
    const bybit = start("bybit");
    expect((await answer(bybit, "time")).result).toEqual({
      timeSecond: String(START / 1_000),
      timeNano: `${START}000000`,
    });
    expect((await ask(bybit, "orderbook")).status).toBe(404);
  });

  test("tickers of one and of all", async () => {
    for (const [as, category] of [
      ["bybit", "spot"],
      ["bybit-linear", "linear"],
    ] as const) {
      const bybit = start(as);
      await bybit.clock.turn(MINUTE);
      expect((await answer(bybit, `tickers?category=${category}`)).result.list).toHaveLength(4);
      const one = (await answer(bybit, `tickers?category=${category}&symbol=ETHUSDT`)).result.list as object[];
      expect(one).toMatchObject([{ symbol: "ETHUSDT" }]);
    }
  });

  test("instruments: perpetuals come page by page, spot pairs all at once", async () => {
    const linear = start("bybit-linear", "", 7);
    const names: unknown[] = [];
    let cursor = "";
    for (let pages = 0; pages < 3; pages += 1) {
      const path = `instruments-info?category=linear&limit=3&cursor=${encodeURIComponent(cursor)}`;
      const { result } = await answer(linear, path);
      names.push(...(result.list as { symbol: string }[]).map(({ symbol }) => symbol));
      cursor = result.nextPageCursor as string;
      expect(cursor === "").toBe(pages === 2);
    }
    expect(names).toEqual(linear.exchange.symbols.toSorted());
    const unknown = await answer(linear, "instruments-info?category=linear&cursor=elsewhere");
    expect(unknown.retCode).toBe(10_001);
    const spot = (await answer(start("bybit", "", 7), "instruments-info?category=spot&limit=3")).result;
    expect([(spot.list as object[]).length, "nextPageCursor" in spot]).toEqual([7, false]);
  });

  test("what trades no more isn't listed, unless it is asked for", async () => {
    const linear = start("bybit-linear", "delist@1m");
    await linear.clock.turn(3 * MINUTE);
    const gone = linear.exchange.symbolsAt().filter(({ status }) => status === "BREAK");
    expect(gone).toHaveLength(1);
    const list = async (query: string): Promise<unknown[]> =>
      (await answer(linear, `instruments-info?category=linear${query}`)).result.list as unknown[];
    expect(await list("")).toHaveLength(3);
    expect(await list("&status=Delivering")).toMatchObject([{ symbol: gone[0]?.symbol, status: "Delivering" }]);
  });

  test("600 requests in 5 s; one more is a ban of ten minutes, told by 403 and no header", async () => {
    const bybit = start("bybit");
    for (let asked = 0; asked < 600; asked += 1) expect((await ask(bybit, "time")).status).toBe(200);
    await bybit.clock.turn(4_999);
    const refused = await ask(bybit, "time");
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([403, null]);
    expect(await refused.text()).toContain("access too frequent");
    await bybit.clock.turn(10 * MINUTE - 1);
    expect((await ask(bybit, "time")).status).toBe(403);
    expect(bybit.exchange.callsWhileBanned()).toBe(1);
    await bybit.clock.turn(1);
    expect((await ask(bybit, "time")).status).toBe(200);
  });

  test("the window rolls", async () => {
    const bybit = start("bybit");
    for (let round = 0; round < 4; round += 1) {
      for (let asked = 0; asked < 300; asked += 1) expect((await ask(bybit, "time")).status).toBe(200);
      await bybit.clock.turn(2_500);
    }
  });
});

async function connected(exchange: FaultyExchange, category: "spot" | "linear"): Promise<ListeningClient> {
  const client = listenTo(exchange.exchange, exchange.clock, `/v5/public/${category}`);
  await exchange.clock.turn(10);
  return client;
}

/** Sends a request and gives its answer. */
async function told(exchange: FaultyExchange, client: ListeningClient, request: unknown): Promise<object> {
  client.send(request);
  await exchange.clock.turn(10);
  return JSON.parse(client.frames.pop() as string);
}

describe("streams", () => {
  test("subscribe, unsubscribe and ping", async () => {
    const bybit = start("bybit");
    const client = await connected(bybit, "spot");
    const topics = ["kline.1.BTCUSDT", "tickers.ETHUSDT"];
    expect(await told(bybit, client, { op: "subscribe", args: topics, req_id: "7" })).toEqual({
      success: true,
      ret_msg: "subscribe",
      conn_id: "00000000-0000-4000-8000-000000000001",
      req_id: "7",
      op: "subscribe",
    });
    expect(await told(bybit, client, { op: "ping" })).toMatchObject({ success: true, ret_msg: "pong", req_id: "" });
    await bybit.clock.turn(2_000);
    const heard = client.frames.splice(0).map((frame) => JSON.parse(frame).topic as string);
    expect([...new Set(heard)].toSorted()).toEqual(topics);
    expect(await told(bybit, client, { op: "unsubscribe", args: topics })).toMatchObject({ success: true });
    await bybit.clock.turn(10_000);
    expect(client.frames).toEqual([]);
  });

  test("a kline each 2 s, and its close, exactly as REST has it", async () => {
    const bybit = start("bybit-linear");
    const client = await connected(bybit, "linear");
    await told(bybit, client, { op: "subscribe", args: ["kline.1.BTCUSDT", "kline.5.BTCUSDT"] });
    await bybit.clock.turn(5 * MINUTE);
    const states = client.frames.map((frame) => JSON.parse(frame).data[0]);
    const closed = states.filter(({ interval, confirm }) => interval === "1" && confirm === true);
    const path = `kline?category=linear&symbol=BTCUSDT&interval=1&start=${START}&end=${START + 4 * MINUTE}`;
    const rows = (await answer(bybit, path)).result.list as string[][];
    const as = ({ start: s, open: o, high: h, low: l, close: c, volume: v, turnover: t }: Record<string, string>) => [
      String(s),
      o,
      h,
      l,
      c,
      v,
      t,
    ];
    expect(closed.map(as)).toEqual(rows.toReversed() as never);
    expect(states.filter(({ interval, confirm }) => interval === "5" && confirm === true)).toHaveLength(1);
  });

  test("linear tickers are a snapshot and then changes, for each listener, and add up to what REST has", async () => {
    const bybit = start("bybit-linear");
    const early = await connected(bybit, "linear");
    await told(bybit, early, { op: "subscribe", args: ["tickers.BTCUSDT"] });
    await bybit.clock.turn(MINUTE);
    const late = await connected(bybit, "linear");
    await told(bybit, late, { op: "subscribe", args: ["tickers.BTCUSDT"] });
    await bybit.clock.turn(90_000);
    const [rest] = (await answer(bybit, "tickers?category=linear&symbol=BTCUSDT")).result.list as [object];
    for (const client of [early, late]) {
      const frames = client.frames.map((frame) => JSON.parse(frame));
      expect(frames.map(({ type }) => type)).toEqual(["snapshot", ...frames.slice(1).map(() => "delta")]);
      const merged = Object.assign({}, ...frames.map(({ data }) => data));
      expect(rest).toMatchObject({ lastPrice: merged.lastPrice, volume24h: merged.volume24h });
    }
    await told(bybit, early, { op: "unsubscribe", args: ["tickers.BTCUSDT"] });
    early.frames.length = 0;
    await told(bybit, early, { op: "subscribe", args: ["tickers.BTCUSDT"] });
    await bybit.clock.turn(4_000);
    expect(early.frames.map((frame) => JSON.parse(frame).type)).toEqual(["snapshot", "delta"]);
  });

  test("spot tickers tell all each time", async () => {
    const bybit = start("bybit");
    const client = await connected(bybit, "spot");
    await told(bybit, client, { op: "subscribe", args: ["tickers.BTCUSDT"] });
    await bybit.clock.turn(MINUTE);
    expect(new Set(client.frames.map((frame) => JSON.parse(frame).type))).toEqual(new Set(["snapshot"]));
  });

  const kinds = (count: number): string[] =>
    ["1", "3", "5", "15", "30", "60", "120", "240", "360", "720", "D"]
      .slice(0, count)
      .map((interval) => `kline.${interval}.BTCUSDT`);

  test.each([
    ["spot", { op: "subscribe", args: kinds(11) }, "args size >10"],
    ["spot", { op: "subscribe", args: ["tickers.BTCUSDT", "tickers.NOPE"] }, "Invalid symbol :[tickers.NOPE]"],
    ["linear", { op: "subscribe", args: ["tickers.NOPE"] }, "error:handler not found,topic:tickers.NOPE"],
    ["linear", { op: "subscribe", args: ["kline.1m.BTCUSDT"] }, "error:handler not found,topic:kline.1m.BTCUSDT"],
    ["linear", { op: "subscribe", args: [`${"x".repeat(21_001)}`] }, "args length >21000"],
    ["linear", { op: "subscribe", args: [] }, "error:args is empty or no list of topics"],
    ["linear", { op: "dance" }, "error:unknown op:dance"],
    ["linear", "nonsense", "error:unknown op:"],
  ] as const)("%s refuses %j as a whole", async (category, request, message) => {
    const bybit = start(category === "spot" ? "bybit" : "bybit-linear");
    const client = await connected(bybit, category);
    expect(await told(bybit, client, request)).toMatchObject({ success: false, ret_msg: message });
    await bybit.clock.turn(MINUTE);
    expect(client.frames).toEqual([]);
  });

  test("what is subscribed to already is refused; 11 topics in one request are fine on the linear market", async () => {
    const bybit = start("bybit-linear");
    const client = await connected(bybit, "linear");
    expect(await told(bybit, client, { op: "subscribe", args: kinds(11) })).toMatchObject({
      success: true,
      ret_msg: "",
    });
    expect(await told(bybit, client, { op: "subscribe", args: kinds(1) })).toMatchObject({
      success: false,
      ret_msg: "error:already subscribed,topic:kline.1.BTCUSDT",
    });
  });

  test("a connection without pings is cut off after ten minutes; others live on", async () => {
    const bybit = start("bybit");
    const silent = await connected(bybit, "spot");
    const alive = await connected(bybit, "spot");
    for (let minute = 0; minute < 20; minute += 1) {
      alive.send({ op: "ping" });
      await bybit.clock.turn(MINUTE);
      if (minute < 9) expect(silent.closes).toEqual([]);
    }
    expect(silent.closes.map(({ code }) => code)).toEqual([1006]);
    expect(silent.closes[0]?.at).toBeLessThanOrEqual(START + 11 * MINUTE);
    expect(alive.closes).toEqual([]);
  });

  test("500 connections in five minutes; the next one isn't let in, and later ones are", async () => {
    const { exchange, clock } = start("bybit", "", 1);
    const clients = Array.from({ length: 501 }, () => listenTo(exchange, clock, "/v5/public/spot"));
    await clock.turn(10);
    expect(clients.map(({ closes }) => closes.length)).toEqual([...Array(500).fill(0), 1]);
    for (const { socket } of clients) socket.close();
    await clock.turn(5 * MINUTE);
    const later = listenTo(exchange, clock, "/v5/public/spot");
    await clock.turn(10);
    expect([later.closes.length, later.socket.readyState]).toEqual([0, WebSocket.OPEN]);
  });

  test("the other category's path is none of this stand-in's", async () => {
    const { exchange, clock } = start("bybit");
    const wrong = listenTo(exchange, clock, "/v5/public/linear");
    await clock.turn(10);
    expect(wrong.closes).toHaveLength(1);
  });
});

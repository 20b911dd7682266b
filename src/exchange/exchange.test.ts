import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { RawSocket } from "../../tests/helpers/raw-socket.ts";
import { until } from "../../tests/helpers/until.ts";
import { type Kline, openTimeOf, type UnixMs } from "../core/mod.ts";
import { createExchange, type Exchange } from "./mod.ts";

const START = Date.UTC(2026, 1, 10, 12, 30) as UnixMs;
const MINUTE = 60_000;

let clock: ManualClock;
let exchange: Exchange;
beforeEach(() => {
  clock = new ManualClock(START);
  exchange = createExchange({ port: 0, clock, symbols: ["BTCUSDT", "ETHUSDT", "SOLUSDT"] });
});
afterEach(() => exchange.stop());

async function get<T>(path: string): Promise<{ status: number; body: T; headers: Headers }> {
  const response = await fetch(`${exchange.url}/api/v3/${path}`);
  return { status: response.status, body: (await response.json()) as T, headers: response.headers };
}

type Row = [number, string, string, string, string, string, number, string, number, string, string, string];

function rowOf(kline: Kline): Row {
  const text = (figure: number): string => figure.toFixed(8);
  const { openTime, open, high, low, close, volume, closeTime, quoteVolume, trades } = kline;
  const prices = [open, high, low, close, volume].map(text) as [string, string, string, string, string];
  return [
    openTime,
    ...prices,
    closeTime,
    text(quoteVolume),
    trades,
    text(kline.takerBuyVolume),
    text(kline.takerBuyQuoteVolume),
    "0",
  ];
}

describe("REST", () => {
  test("ping, time and exchangeInfo", async () => {
    await clock.turn(5_500);
    expect((await get("ping")).body).toEqual({});
    expect((await get("time")).body).toEqual({ serverTime: START + 5_000 });
    const { body } = await get<{ symbols: { symbol: string }[]; rateLimits: object[] }>("exchangeInfo");
    expect(body.symbols.map(({ symbol }) => symbol)).toEqual(["BTCUSDT", "ETHUSDT", "SOLUSDT"]);
    expect(body.symbols[0]).toMatchObject({
      status: "TRADING",
      baseAsset: "BTC",
      quoteAsset: "USDT",
      permissions: [],
      permissionSets: [["SPOT"]],
    });
    expect(body.rateLimits[0]).toEqual({
      rateLimitType: "REQUEST_WEIGHT",
      interval: "MINUTE",
      intervalNum: 1,
      limit: 6_000,
    });
    const one = await get<{ symbols: object[] }>("exchangeInfo?symbol=ETHUSDT");
    expect(one.body.symbols).toHaveLength(1);
    const some = await get<{ symbols: object[] }>(
      `exchangeInfo?symbols=${encodeURIComponent('["ETHUSDT","BTCUSDT"]')}`,
    );
    expect(some.body.symbols).toHaveLength(2);
  });

  test("klines: the newest 500 by default, the last of them open and growing, as text with 8 decimals", async () => {
    await clock.turn(30_000);
    const { body } = await get<Row[]>("klines?symbol=BTCUSDT&interval=1m");
    expect(body).toHaveLength(500);
    const truth = exchange.truth("BTCUSDT", START - 499 * MINUTE, START);
    expect(body.slice(0, -1)).toEqual(truth.slice(0, -1).map(rowOf));
    const [open, final] = [body.at(-1) as Row, rowOf(truth.at(-1) as Kline)];
    expect(open[0]).toBe(START);
    expect(open[1]).toBe(final[1]);
    expect(open[8]).toBeGreaterThan(0);
    expect(open[8]).toBeLessThan(final[8]);
    const again = await get<Row[]>("uiKlines?symbol=BTCUSDT&interval=1m&limit=1");
    expect(again.body).toEqual([open]);
    await clock.turn(30_000);
    expect((await get<Row[]>("klines?symbol=BTCUSDT&interval=1m&limit=1")).body).toEqual([final]);
  });

  test("klines: startTime alone gives the oldest from there; endTime alone the newest up to there", async () => {
    const at = (minute: number): number => START + minute * MINUTE;
    const openTimes = async (query: string): Promise<number[]> =>
      (await get<Row[]>(`klines?symbol=BTCUSDT&interval=1m&${query}`)).body.map(
        ([openTime]) => (openTime - START) / MINUTE,
      );
    expect(await openTimes(`limit=2&startTime=${at(-100)}`)).toEqual([-100, -99]);
    expect(await openTimes(`limit=2&endTime=${at(-90)}`)).toEqual([-91, -90]);
    expect(await openTimes(`startTime=${at(-5)}&endTime=${at(-3)}`)).toEqual([-5, -4, -3]);
    expect((await openTimes("limit=5000")).length).toBe(1_000);
    expect(await openTimes(`startTime=${at(60)}`)).toEqual([]);
  });

  test.each(["1s", "3m", "1h", "1d", "1w", "1M"])(
    "klines of %s are there, and add up to the minutes",
    async (interval) => {
      await clock.turn(2 * MINUTE);
      const { body } = await get<Row[]>(`klines?symbol=BTCUSDT&interval=${interval}&limit=3`);
      expect(body).toHaveLength(3);
      const trades = (rows: readonly Row[]): number => rows.reduce((sum, row) => sum + row[8], 0);
      if (interval === "1s") {
        const seconds = await get<Row[]>(
          `klines?symbol=BTCUSDT&interval=1s&startTime=${START}&endTime=${START + MINUTE - 1}`,
        );
        expect(seconds.body).toHaveLength(60);
        expect(trades(seconds.body)).toBe(exchange.truth("BTCUSDT", START, START)[0]?.trades as number);
        return;
      }
      const [openTime, , , , , , closeTime] = body[1] as Row;
      const minutes = exchange.truth("BTCUSDT", openTime, closeTime);
      expect((body[1] as Row)[8]).toBe(minutes.reduce((sum, kline) => sum + kline.trades, 0));
    },
  );

  test("tickers of 24 hours, and prices", async () => {
    await clock.turn(MINUTE);
    const all = await get<Record<string, string | number>[]>("ticker/24hr");
    expect(all.body).toHaveLength(3);
    const one = (await get<Record<string, string | number>>("ticker/24hr?symbol=BTCUSDT")).body;
    const minutes = exchange.truth("BTCUSDT", START + MINUTE - 1_440 * MINUTE, START);
    expect(one).toEqual(all.body[0] as never);
    expect(one).toMatchObject({
      symbol: "BTCUSDT",
      openPrice: minutes[0]?.open.toFixed(8),
      highPrice: Math.max(...minutes.map(({ high }) => high)).toFixed(8),
      lastPrice: minutes.at(-1)?.close.toFixed(8),
      count: minutes.reduce((sum, { trades }) => sum + trades, 0),
    } as never);
    expect((await get("ticker/price?symbol=BTCUSDT")).body).toEqual({ symbol: "BTCUSDT", price: one.lastPrice });
    expect((await get<object[]>("ticker/price")).body).toHaveLength(3);
    expect((await get<object>("ticker/24hr?symbol=BTCUSDT&type=MINI")).body).not.toHaveProperty("priceChange");
  });

  test.each([
    ["klines?symbol=NOPE&interval=1m", -1121, "Invalid symbol."],
    ["klines?symbol=BTCUSDT&interval=7m", -1120, "Invalid interval."],
    ["klines?interval=1m", -1102, "Mandatory parameter 'symbol' was not sent"],
    ["klines?symbol=BTCUSDT", -1102, "Mandatory parameter 'interval' was not sent"],
    ["klines?symbol=BTCUSDT&interval=1m&limit=abc", -1100, "Illegal characters found in parameter 'limit'"],
    ["klines?symbol=BTCUSDT&interval=1m&limit=0", -1130, "Data sent for parameter 'limit' is not valid."],
    ["ticker/24hr?symbol=BTCUSDT&symbols=[]", -1128, "Combination of optional parameters invalid."],
    ["ticker/24hr?symbols=BTCUSDT", -1100, "Illegal characters found in parameter 'symbols'"],
  ])("%s is refused as the exchange does", async (path, code, message) => {
    const { status, body } = await get<{ code: number; msg: string }>(path);
    expect(status).toBe(400);
    expect(body.code).toBe(code);
    expect(body.msg).toContain(message);
  });

  test("says whose data it is, and what has no answer", async () => {
    expect((await get("ping")).headers.get("x-vyx-exchange")).toBe("simulated");
    expect((await get("account")).status).toBe(404);
  });

  test("weight is counted per clock minute; past the limit comes 429, and whoever goes on is banned", async () => {
    const used = async (path: string): Promise<number> => Number((await get(path)).headers.get("x-mbx-used-weight-1m"));
    expect(await used("ping")).toBe(1);
    expect(await used("klines?symbol=BTCUSDT&interval=1m&limit=1")).toBe(3);
    expect(await used("klines?symbol=NOPE&interval=1m")).toBe(5);
    expect(await used("exchangeInfo")).toBe(25);
    expect(await used("ticker/24hr")).toBe(105);
    expect(await used("ticker/24hr?symbol=BTCUSDT")).toBe(107);
    for (let spent = 107; spent + 80 <= 6_000; spent += 80) await get("ticker/24hr");
    await clock.turn(20_000);
    const refused = await get<{ code: number }>("ticker/24hr");
    expect([refused.status, refused.body.code, refused.headers.get("retry-after")]).toEqual([429, -1003, "40"]);
    for (let tries = 0; tries < 9; tries += 1) expect((await get("ping")).status).toBe(429);
    const banned = await get<{ msg: string }>("ping");
    expect([banned.status, banned.headers.get("retry-after")]).toEqual([418, "120"]);
    expect(banned.body.msg).toContain(`IP banned until ${clock.now() + 120_000}`);
    await clock.turn(119_000);
    expect((await get("ping")).status).toBe(418);
    await clock.turn(2_000);
    expect((await get("ping")).status).toBe(200);
  });
});

interface Listener {
  readonly socket: WebSocket;
  readonly frames: Record<string, never>[];
  readonly closed: Promise<CloseEvent>;
  ask(request: unknown): void;
}

async function listen(path: string): Promise<Listener> {
  const socket = new WebSocket(`${exchange.url.replace("http", "ws")}${path}`);
  const frames: Record<string, never>[] = [];
  socket.onmessage = ({ data }) => frames.push(JSON.parse(data));
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.onclose = resolve;
  });
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  return {
    socket,
    frames,
    closed,
    ask: (request) => socket.send(typeof request === "string" ? request : JSON.stringify(request)),
  };
}

/** Turns the clock step by step, so that frames arrive in between. */
async function turn(span: number, listener: Listener, frames: number): Promise<void> {
  await clock.turn(span);
  await until(() => listener.frames.length >= frames);
}

type Event = { E: number; e: string; s: string; k: Record<string, string | number | boolean> };

describe("streams", () => {
  test("a kline each 2 s, growing, then its close, exactly as REST has it", async () => {
    const listener = await listen("/ws/btcusdt@kline_1m");
    await turn(MINUTE, listener, 30);
    const events = listener.frames as unknown as Event[];
    const truth = rowOf(exchange.truth("BTCUSDT", START, START)[0] as Kline);
    expect(events).toHaveLength(30);
    expect(events.map(({ E }) => E - START)).toEqual(Array.from({ length: 30 }, (_, index) => (index + 1) * 2_000));
    expect(events.map(({ k }) => k.x)).toEqual([...Array(29).fill(false), true]);
    for (const { k } of events) expect(k.o).toBe(truth[1]);
    const k = events[29]?.k as Event["k"];
    expect([k.t, k.o, k.h, k.l, k.c, k.v, k.T, k.q, k.n, k.V, k.Q, k.B]).toEqual([...truth]);
    expect(Number(k.L) - Number(k.f) + 1).toBe(Number(k.n));
  });

  test("half of the pairs speak at odd seconds", async () => {
    const listener = await listen("/stream?streams=ethusdt@kline_1m");
    await turn(5_000, listener, 3);
    const events = listener.frames as unknown as { stream: string; data: Event }[];
    expect(events.map(({ stream, data }) => [stream, data.E - START])).toEqual([
      ["ethusdt@kline_1m", 1_000],
      ["ethusdt@kline_1m", 3_000],
      ["ethusdt@kline_1m", 5_000],
    ]);
  });

  test("longer intervals and seconds close when they end", async () => {
    const listener = await listen("/stream?streams=btcusdt@kline_5m/btcusdt@kline_1s");
    await turn(5 * MINUTE, listener, 300 + 149 + 1);
    const events = (listener.frames as unknown as { data: Event }[]).map(({ data }) => data.k);
    const seconds = events.filter(({ i }) => i === "1s");
    const five = events.filter(({ i }) => i === "5m");
    const minutes = exchange.truth("BTCUSDT", START, START + 4 * MINUTE);
    const trades = minutes.reduce((sum, kline) => sum + kline.trades, 0);
    expect(seconds.map(({ n }) => Number(n)).reduce((sum, n) => sum + n)).toBe(trades);
    expect(seconds.every(({ x }) => x === true)).toBe(true);
    expect(five.filter(({ x }) => x)).toMatchObject([
      { t: START, n: trades, c: minutes.at(-1)?.close.toFixed(8) },
    ] as never);
  });

  test("tickers, of one pair and of all that changed, each second", async () => {
    const all = await listen("/ws/!miniTicker@arr");
    const one = await listen("/ws/ethusdt@miniTicker");
    await turn(2_000, all, 2);
    await until(() => one.frames.length > 0);
    const told = (all.frames as unknown as { s: string; E: number }[][]).map((tickers) => tickers.map(({ s }) => s));
    expect(told).toEqual([["ETHUSDT"], ["BTCUSDT", "SOLUSDT"]]);
    expect(one.frames[0]).toMatchObject({ e: "24hrMiniTicker", s: "ETHUSDT", E: START + 1_000 } as never);
  });

  test("SUBSCRIBE, UNSUBSCRIBE and LIST_SUBSCRIPTIONS; nonsense is acknowledged too, and stays silent", async () => {
    const listener = await listen("/ws");
    listener.ask({ method: "SUBSCRIBE", params: ["btcusdt@kline_1m", "nonsense@kline_1m"], id: 1 });
    listener.ask({ method: "LIST_SUBSCRIPTIONS", id: "two" });
    listener.ask({ method: "UNSUBSCRIBE", params: ["nonsense@kline_1m"], id: 3 });
    await until(() => listener.frames.length === 3);
    expect(listener.frames).toEqual([
      { result: null, id: 1 },
      { result: ["btcusdt@kline_1m", "nonsense@kline_1m"], id: "two" },
      { result: null, id: 3 },
    ] as never);
    await turn(2_000, listener, 4);
    listener.ask({ method: "UNSUBSCRIBE", params: ["btcusdt@kline_1m"], id: 4 });
    await until(() => listener.frames.length === 5);
    await clock.turn(10_000);
    listener.ask({ method: "LIST_SUBSCRIPTIONS", id: 5 });
    await until(() => listener.frames.length === 6);
    expect(listener.frames[5]).toEqual({ result: [], id: 5 } as never);
  });

  test.each([
    ["{half", 3],
    ["7", 2],
    [{ method: "DANCE", id: 1 }, 2],
    [{ method: "SUBSCRIBE", params: "btcusdt@kline_1m", id: 1 }, 2],
    [{ method: "SUBSCRIBE", params: [], id: 1, more: 1 }, 2],
    [{ method: "SUBSCRIBE", params: [], id: {} }, 2],
  ])("%j is refused in words", async (request, code) => {
    const listener = await listen("/ws");
    listener.ask(request);
    await until(() => listener.frames.length === 1);
    expect(listener.frames[0]).toMatchObject({ error: { code } } as never);
  });

  test("the sixth message in a second closes the connection", async () => {
    const listener = await listen("/ws");
    for (let id = 1; id <= 5; id += 1) listener.ask({ method: "LIST_SUBSCRIPTIONS", id });
    await until(() => listener.frames.length === 5);
    await clock.turn(1_000);
    for (let id = 6; id <= 10; id += 1) listener.ask({ method: "LIST_SUBSCRIPTIONS", id });
    await until(() => listener.frames.length === 10);
    listener.ask({ method: "LIST_SUBSCRIPTIONS", id: 11 });
    expect((await listener.closed).code).toBe(1008);
  });

  test("the 1025th stream closes the connection", async () => {
    const listener = await listen("/ws");
    const names = Array.from({ length: 1_025 }, (_, index) => `s${index}usdt@kline_1m`);
    listener.ask({ method: "SUBSCRIBE", params: names.slice(1), id: 1 });
    await until(() => listener.frames.length === 1);
    listener.ask({ method: "SUBSCRIBE", params: names, id: 2 });
    expect((await listener.closed).code).toBe(1008);
  });

  test("pings come each 20 s, and whoever doesn't answer for a minute is let go", async () => {
    const answers = await listen("/ws");
    const silent = await RawSocket.open(`${exchange.url}/ws`);
    await until(() => silent.open);
    for (let pings = 0; pings < 4; pings += 1) {
      await clock.turn(20_000);
      if (pings < 3) await until(() => silent.pings === pings + 1);
    }
    await until(() => silent.closed !== undefined);
    expect(silent.closed).toBe(1008);
    answers.ask({ method: "LIST_SUBSCRIPTIONS", id: 1 });
    await until(() => answers.frames.length === 1);
    silent.end();
  });
});

describe("market time", () => {
  test("runs as fast as asked, leaves no step out when it is late, and ends with the data", async () => {
    await exchange.stop();
    exchange = createExchange({ port: 0, clock, speed: 60, symbols: ["BTCUSDT"], start: START });
    const listener = await listen("/ws/btcusdt@kline_1m");
    await clock.turn(1_000);
    expect(exchange.now()).toBe((START + MINUTE) as UnixMs);
    await until(() => listener.frames.length === 30);
    expect(openTimeOf("1m", exchange.now())).toBe((START + MINUTE) as UnixMs);
  });

  test("options that can't be met are named", () => {
    expect(() => createExchange({ port: 0, clock, speed: 0 })).toThrow("speed 0 is not possible");
    const other = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => {} } });
    expect(() => createExchange({ port: other.port, clock })).toThrow(`can't listen on 127.0.0.1:${other.port}`);
    other.stop();
  });
});

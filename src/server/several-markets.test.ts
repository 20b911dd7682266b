import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { BTC, type ServedMarket, serveMarket } from "../../tests/helpers/served-market.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { until } from "../../tests/helpers/until.ts";
import { createClient, packed } from "../client/mod.ts";
import {
  addCandles,
  type FeedState,
  type Kline,
  type MarketId,
  openTimeOf,
  parseSymbol,
  type Symbol,
  type SymbolInfo,
  tickerOf,
  type UnixMs,
} from "../core/mod.ts";
import { MarketStore, Markets } from "../store/mod.ts";
import type { ClosesAnswer, HealthAnswer, KlinesAnswer, SeriesAnswer, SymbolsAnswer } from "../wire/mod.ts";
import { type ScreenService, screenRoutes } from "./screen-routes.ts";

const MINUTE = 60_000;
const SPOT = parseSymbol("BYBIT:BTCUSDT");
const PERPETUALS = ["BYBIT:BTCUSDT.P", "BYBIT:ETHUSDT.P"].map(parseSymbol);

/** Binance spot as {@link serveMarket} has it, and behind it Bybit spot and its perpetuals with prices of their own. */
let market: ServedMarket;
let others: ReadonlyMap<MarketId, { readonly store: MarketStore; feed: { state: FeedState; silentForMs: number } }>;

beforeEach(() => {
  const own = new MarketStore({ intervals: ["1m", "5m", "1h"], capacity: 500 });
  const first = { store: own, feed: { state: "live" as FeedState, silentForMs: 0 } };
  const make = (id: MarketId, symbols: readonly Symbol[], seed: number) => {
    const store = new MarketStore({ market: id, intervals: ["1m", "5m", "1h"], capacity: 500 });
    fill(store, symbols, seed);
    return [id, { store, feed: { state: "live" as FeedState, silentForMs: 0 } }] as const;
  };
  others = new Map([make("bybit", [SPOT], 50), make("bybit-linear", PERPETUALS, 60)]);
  fill(own, [BTC], 11);
  const served = [first, ...others.values()].map(({ store, feed }) => ({
    store,
    feed: {
      status: () => ({ source: "simulated" as const, connections: 1, lastEventAt: START as UnixMs, ...feed }),
    },
  }));
  const stores = new Markets(served.map(({ store }) => store));
  market = serveMarket({ store: own, with: { markets: served, routes: screenRoutes(stores, NO_MATCHES) } });
});
afterEach(() => market.server.stop());

const START = Date.UTC(2026, 1, 10);

const NO_MATCHES: ScreenService = {
  timeframesOf: async ({ timeframes = [] }) => timeframes,
  screen: async ({ interval, closeTime }) =>
    ({ interval, closeTime, matches: [], checked: 0, skipped: [], errors: [] }) as never,
  preview: async () => ({ closes: [], errors: [] }) as never,
};

/** The header that marks an answer as stale. */
async function staleScreen(symbols: readonly string[] | undefined): Promise<string | null> {
  const body = JSON.stringify({ code: "return true", timeframes: ["1m"], symbols });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${market.server.url}/screen`, { method: "POST", headers, body });
  expect(answer.status).toBe(200);
  return answer.headers.get("vyx-stale");
}

function minutesOf(seed: number): Kline[] {
  return minuteKlines(START, 400, seed, () => false);
}

function seedOf(symbols: readonly Symbol[], symbol: Symbol, seed: number): number {
  return seed + symbols.indexOf(symbol);
}

function fill(store: MarketStore, symbols: readonly Symbol[], seed: number): void {
  const about: Omit<SymbolInfo, "symbol"> = {
    ...{ base: "A", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 },
  };
  store.apply({ type: "symbols", symbols: symbols.map((symbol) => ({ symbol, ...about })) });
  for (const symbol of symbols) {
    const klines = minutesOf(seedOf(symbols, symbol, seed)).slice(0, 300);
    const to = (START + 299 * MINUTE) as UnixMs;
    // The market is as old as its first minute: the exchange was asked for more, and had none.
    for (const interval of store.intervals) {
      const from = addCandles(interval, openTimeOf(interval, START), -600);
      const asked = { type: "history", symbol, interval, from } as const;
      if (interval === "1m") store.apply({ ...asked, to, klines });
      else store.apply({ ...asked, to: START as UnixMs, klines: [] });
    }
    const last = klines.at(-1) as Kline;
    const { close: price, open, high, low, volume, quoteVolume } = last;
    const figures = { price, open, high, low, volume, quoteVolume, updatedAt: (last.closeTime + 1) as UnixMs };
    store.apply({ type: "ticker", ticker: tickerOf({ symbol, ...figures }) });
  }
}

const get = async <Answer>(path: string): Promise<Answer> => (await (await market.get(path)).json()) as Answer;
const refusal = async (path: string): Promise<[number, string]> => {
  const response = await market.get(path);
  return [response.status, ((await response.json()) as { detail: string }).detail];
};

describe("over HTTP", () => {
  test("a symbol's name says where its klines are", async () => {
    for (const [symbol, seed] of [
      ["BTCUSDT", 11],
      ["binance:btcusdt", 11],
      ["BYBIT:BTCUSDT", 50],
      ["bybit:btcusdt.p", 60],
      ["BYBIT:ETHUSDT.P", 61],
    ] as const) {
      const { symbol: named, klines } = await get<KlinesAnswer>(`/klines/${symbol}/1m?limit=3&closed=true`);
      expect(named as string).toBe(parseSymbol(symbol));
      expect(klines).toEqual(minutesOf(seed).slice(297, 300));
    }
    expect((await get<{ symbol: string }>("/ticker/BYBIT:BTCUSDT")).symbol).toBe("BYBIT:BTCUSDT");
    expect((await get<{ count: number }>("/coverage/BYBIT:BTCUSDT.P/1m")).count).toBe(300);
  });

  test("wildcards mean the symbols of markets, and * those of the first one", async () => {
    const of = async (symbols: string): Promise<string[]> => {
      const { series } = await get<SeriesAnswer>(`/klines?symbols=${symbols}&intervals=1m&limit=1`);
      return series.map((one) => one.symbol);
    };
    expect(await of("*")).toEqual([BTC]);
    expect(await of("BINANCE:*")).toEqual([BTC]);
    expect(await of("BYBIT:*")).toEqual([SPOT]);
    expect(await of("bybit:*.p")).toEqual(PERPETUALS);
    expect(await of("*:*")).toEqual([BTC, SPOT, ...PERPETUALS]);
    expect(await of("BYBIT:ETHUSDT.P,BYBIT:*.P,BTCUSDT")).toEqual(["BYBIT:ETHUSDT.P", "BYBIT:BTCUSDT.P", BTC]);
    const tickers = await get<{ tickers: { symbol: string }[] }>("/tickers?symbols=BYBIT:*,BYBIT:*.P");
    expect(tickers.tickers.map(({ symbol }) => symbol)).toEqual([SPOT, ...PERPETUALS]);
    expect((await get<{ count: number }>("/tickers")).count).toBe(1);
    expect(await refusal("/klines?symbols=BINANCE:*.P&intervals=1m")).toEqual([
      404,
      "BINANCE:*.P means a market that this server doesn't have: it has * (Binance spot), BYBIT:* (Bybit spot), BYBIT:*.P (Bybit linear perpetuals)",
    ]);
    expect(await refusal("/klines/BINANCE:BTCUSDT.P/1m")).toEqual([
      404,
      expect.stringContaining("is not followed here, and neither is any of Binance USDⓈ-M perpetuals"),
    ]);
  });

  test("the market parameter chooses one, or all symbols", async () => {
    const symbols = async (query: string): Promise<string[]> =>
      (await get<SymbolsAnswer>(`/symbols${query}`)).symbols.map(({ symbol }) => symbol);
    expect(await symbols("")).toEqual([BTC]);
    expect(await symbols("?market=bybit-linear")).toEqual(PERPETUALS);
    expect(await symbols("?market=all")).toEqual([BTC, SPOT, ...PERPETUALS]);
    expect(await refusal("/symbols?market=binance-usdm")).toEqual([
      400,
      "market: this server doesn't have binance-usdm: expected one of binance, bybit, bybit-linear",
    ]);
    expect((await refusal("/symbols?market=kraken"))[1]).toContain("expected one of binance, binance-usdm, bybit");
    others.get("bybit")?.store.apply({
      ...{ type: "kline", symbol: SPOT, interval: "1m", eventTime: (START + 301 * MINUTE) as UnixMs },
      kline: minutesOf(50)[300] as Kline,
    });
    const closes = async (query: string): Promise<unknown> =>
      (await get<ClosesAnswer>(`/closes${query}`)).intervals["1m"];
    expect(await closes("")).toMatchObject({ closeTime: START + 300 * MINUTE - 1, pending: [] });
    expect(await closes("?market=bybit")).toMatchObject({ closeTime: START + 301 * MINUTE - 1, closed: 1 });
  });

  test("one that is silent is named, and marks its own answers only", async () => {
    const linear = others.get("bybit-linear");
    if (linear === undefined) throw new Error("there is one");
    linear.feed = Object.assign(linear.feed, { state: "silent", silentForMs: 42_000 });
    const health = await get<HealthAnswer>("/health");
    expect(health).toMatchObject({ status: "degraded", source: "simulated", symbols: 4 });
    expect(health.reasons).toEqual(["Bybit linear perpetuals: the exchange has said nothing for 42 s"]);
    expect(health.markets.map(({ market: id, status }) => [id, status])).toEqual([
      ["binance", "ok"],
      ["bybit", "ok"],
      ["bybit-linear", "degraded"],
    ]);
    const ready = async (query: string): Promise<number> => (await market.get(`/ready${query}`)).status;
    expect([await ready(""), await ready("?market=bybit"), await ready("?market=bybit-linear")]).toEqual([
      503, 200, 503,
    ]);
    const stale = async (path: string): Promise<string | null> => (await market.get(path)).headers.get("vyx-stale");
    expect(await stale("/klines/BTCUSDT/1m")).toBeNull();
    expect(await stale("/klines/BYBIT:BTCUSDT/1m")).toBeNull();
    expect(await stale("/klines/BYBIT:BTCUSDT.P/1m")).toBe("42");
    expect(await stale("/klines?symbols=*:*&intervals=1m&limit=1")).toBe("42");
    expect(await stale("/closes?market=bybit-linear")).toBe("42");
    for (const path of ["/tickers", "/closes", "/symbols"]) expect(await stale(path)).toBeNull();
    expect(await staleScreen(undefined)).toBeNull();
    expect(await staleScreen(["BTCUSDT", "BYBIT:*"])).toBeNull();
    expect(await staleScreen(["BYBIT:BTCUSDT.P"])).toBe("42");
    expect(await staleScreen(["*:*"])).toBe("42");
    const metrics = await (await market.get("/metrics")).text();
    expect(metrics).toContain('vyx_market_ready{market="bybit"} 1');
    expect(metrics).toContain('vyx_market_ready{market="bybit-linear"} 0');
    expect(metrics).toContain('vyx_symbols{market="bybit-linear"} 2');
  });
});

describe("with the client", () => {
  test("each call says which market is meant", async () => {
    const client = createClient({ url: market.server.url });
    expect((await client.symbols({ market: "all" })).count).toBe(4);
    expect((await client.symbols()).count).toBe(1);
    expect(await client.ready({ market: "bybit" })).toEqual({ ready: true });
    expect((await client.closes({ market: "bybit-linear" })).intervals["1m"]?.total).toBe(2);
    expect((await client.tickers({ symbols: "*:*" })).count).toBe(4);
    const series = await client.series({ symbols: "BYBIT:*.P", intervals: ["1m"], limit: 2 });
    expect(series.series.map(({ symbol }) => symbol as string)).toEqual([...PERPETUALS]);
  });

  test.each([
    ["JSON", undefined],
    ["packed", packed],
  ])("a subscription of all markets as %s resumes each where it was cut", async (_name, format) => {
    const client = createClient({ url: market.server.url, format });
    const heard: string[] = [];
    const subscription = client.subscribe(["closed:*:*:1m"]);
    const reading = (async () => {
      for await (const message of subscription) {
        if (message.type === "kline") heard.push(`${message.channel} ${(message.kline.openTime - START) / MINUTE}`);
        if (message.type === "connected") heard.push("connected");
      }
    })();
    await until(() => market.server.hub.subscriptions === 3);
    const stores = [
      [market.store, BTC, 11],
      [others.get("bybit")?.store, SPOT, 50],
      [others.get("bybit-linear")?.store, PERPETUALS[0] as Symbol, 60],
    ] as const;
    const closeMinute = (at: number): void => {
      for (const [store, symbol, seed] of stores) {
        const kline = minutesOf(seed)[at] as Kline;
        store?.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
      }
    };
    closeMinute(300);
    await until(() => heard.length === 4);
    market.server.hub.closeWhere(() => true, 4001, "come back");
    closeMinute(301);
    await until(() => heard.length === 8);
    const at = (minute: number): string[] => stores.map(([, symbol]) => `closed:${symbol}:1m ${minute}`);
    expect([heard[0], heard[4]]).toEqual(["connected", "connected"]);
    expect([heard.slice(1, 4).toSorted(), heard.slice(5).toSorted()]).toEqual([at(300).toSorted(), at(301).toSorted()]);
    await subscription.return?.();
    await reading;
  });
});

describe("over WebSocket", () => {
  type Message = Record<string, unknown> & { type: string };

  async function subscribed(channels: readonly string[], since?: Record<string, number>) {
    const socket = new WebSocket(`${market.server.url.replace("http", "ws")}/ws`);
    const heard: Message[] = [];
    socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
    await until(() => heard.length > 0);
    const ask = (request: object): void => socket.send(JSON.stringify(request));
    ask({ id: 1, op: "subscribe", channels, since });
    await until(() => heard.some(({ type }) => type === "ack" || type === "error"));
    /** What has come, once all that was under way has. */
    const settled = async (): Promise<Message[]> => {
      const pongs = (): number => heard.filter(({ type }) => type === "pong").length;
      const before = pongs();
      ask({ op: "ping" });
      await until(() => pongs() > before);
      return heard;
    };
    return { ask, heard, settled, answer: heard.find(({ type }) => type === "ack" || type === "error") };
  }

  /** The next minute of a symbol closes. */
  function close(store: MarketStore | undefined, symbol: Symbol, seed: number): void {
    const kline = minutesOf(seed)[300] as Kline;
    store?.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
  }

  const closeAll = (): void => {
    close(market.store, BTC, 11);
    close(others.get("bybit")?.store, SPOT, 50);
    for (const [at, symbol] of PERPETUALS.entries()) close(others.get("bybit-linear")?.store, symbol, 60 + at);
  };

  const klinesIn = (heard: readonly Message[]): unknown[] =>
    heard.filter(({ type }) => type === "kline").map(({ channel }) => channel);

  test("channels of all markets are one for each, and each message comes once", async () => {
    const { ask, settled, heard, answer } = await subscribed(["closed:*:*:1m", "closed:BYBIT:ETHUSDT.P:1m"]);
    expect(answer?.channels).toEqual([
      "closed:*:1m",
      "closed:BYBIT:*:1m",
      "closed:BYBIT:*.P:1m",
      "closed:BYBIT:ETHUSDT.P:1m",
    ]);
    closeAll();
    const all = [BTC, SPOT, ...PERPETUALS].map((symbol) => `closed:${symbol}:1m`);
    expect(klinesIn(await settled())).toEqual(all);
    ask({ id: 2, op: "unsubscribe", channels: ["closed:*:*:1m"] });
    await until(() => heard.filter(({ type }) => type === "ack").length === 2);
    heard.length = 0;
    others.get("bybit-linear")?.store.apply({
      ...{
        type: "kline",
        symbol: PERPETUALS[1] as Symbol,
        interval: "1m",
        eventTime: (START + 302 * MINUTE) as UnixMs,
      },
      kline: minutesOf(61)[301] as Kline,
    });
    expect(klinesIn(await settled())).toEqual(["closed:BYBIT:ETHUSDT.P:1m"]);
  });

  test.each([
    ["kline:BTCUSDT:5m", [BTC]],
    ["kline:binance:btcusdt:5m", [BTC]],
    ["kline:*:5m", [BTC]],
    ["kline:BINANCE:*:5m", [BTC]],
    ["kline:bybit:btcusdt.p:5m", PERPETUALS.slice(0, 1)],
    ["kline:BYBIT:*.P:5m", PERPETUALS],
    ["kline:*:*:5m", [BTC, SPOT, ...PERPETUALS]],
  ])("%s brings each state of an open candle that is rolled up", async (name, symbols) => {
    let state = 0;
    const statesOfAll = (): void => {
      for (let more = 0; more < 4; more += 1) {
        state += 1;
        for (const [at, symbol] of [BTC, SPOT, ...PERPETUALS].entries()) {
          const store = [market.store, others.get("bybit")?.store][at] ?? others.get("bybit-linear")?.store;
          const final = minutesOf(50)[300] as Kline;
          const kline = { ...final, volume: final.volume + state, closed: false };
          const eventTime = (kline.openTime + state) as UnixMs;
          store?.apply({ type: "kline", symbol, interval: "1m", kline, eventTime });
        }
      }
    };
    // By now nobody follows a longer candle, and its states wait.
    statesOfAll();
    const { ask, settled, heard } = await subscribed([name]);
    const acked = async (op: string, channel: string): Promise<void> => {
      heard.length = 0;
      ask({ id: 2, op, channels: [channel] });
      await until(() => heard.some(({ type }) => type === "ack"));
      await settled();
      heard.length = 0;
    };
    const expected = Array.from({ length: 4 }, () => symbols.map((symbol) => `kline:${symbol}:5m`)).flat();
    await acked("subscribe", name);
    statesOfAll();
    expect(klinesIn(await settled())).toEqual(expected);
    // Of two that both bring them, one is ended; another one that was never begun, too.
    await acked("subscribe", "kline:*:*:5m");
    if (name !== "kline:*:*:5m") await acked("unsubscribe", "kline:BYBIT:ETHUSDT.P:5m");
    await acked("unsubscribe", "kline:*:*:5m");
    await acked("subscribe", name);
    statesOfAll();
    expect(klinesIn(await settled())).toEqual(expected);
  });

  test("since brings what was missed of the market that is named", async () => {
    const since = { "closed:BYBIT:*.P:1m": START + 297 * MINUTE };
    const { settled } = await subscribed(["closed:BYBIT:*.P:1m"], since);
    const snapshots = (await settled()).filter(({ type }) => type === "snapshot");
    expect(
      snapshots.map(({ channel, klines }) => [channel, (klines as Kline[]).map(({ openTime }) => openTime)]),
    ).toEqual(
      PERPETUALS.map((symbol) => [`closed:${symbol}:1m`, [297, 298, 299].map((minute) => START + minute * MINUTE)]),
    );
  });

  test("closes and tickers are the first market's, or those of the one that is named", async () => {
    const { settled } = await subscribed([
      "close:1m",
      "close:bybit-linear:1m",
      "tickers:bybit-linear",
      "ticker:BYBIT:BTCUSDT",
    ]);
    closeAll();
    const heard = await settled();
    const closes = heard.filter(({ type }) => type === "close");
    expect(closes.map(({ market: id, symbols }) => [id, symbols])).toEqual([
      [undefined, [BTC]],
      ["bybit-linear", PERPETUALS],
    ]);
    const [tickers] = heard.filter(({ type }) => type === "tickers");
    expect(tickers).toMatchObject({ market: "bybit-linear" });
    expect(tickers?.tickers).toMatchObject(PERPETUALS.map((symbol) => ({ symbol })));
    expect(heard.find(({ type }) => type === "ticker")?.channel).toBe("ticker:BYBIT:BTCUSDT");
  });

  test("a market that the server doesn't have is refused in words", async () => {
    for (const [channel, detail] of [
      ["closed:BINANCE:*.P:1m", "means a market that this server doesn't have"],
      [
        "close:binance-usdm:1m",
        "market: this server doesn't have binance-usdm: expected one of binance, bybit, bybit-linear",
      ],
      ["kline:BYBIT:NOPE:1m", "BYBIT:NOPE is not followed here"],
    ] as const) {
      expect((await subscribed([channel])).answer).toMatchObject({
        type: "error",
        detail: expect.stringContaining(detail),
      });
    }
  });
});

test("an interval that one market has and another doesn't is refused by the other in words", async () => {
  const first = new MarketStore({ intervals: ["1s", "1m"], capacity: 10 });
  const bybit = new MarketStore({ market: "bybit", intervals: ["1m"], capacity: 10 });
  fill(bybit, [SPOT], 50);
  const feed = { status: () => ({ state: "live" as const, source: "simulated" as const, connections: 1, ...SILENT }) };
  const served = serveMarket({ with: { markets: [first, bybit].map((store) => ({ store, feed })) } });
  const answer = await served.get(`/klines/${SPOT}/1s`);
  expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
    404,
    "Bybit spot has no 1s klines here: expected one of 1m",
  ]);
  expect((await served.get(`/klines/${SPOT}/1m`)).status).toBe(200);
  await served.server.stop();
});

const SILENT = { lastEventAt: undefined, silentForMs: 0 };

describe("on a server whose first market isn't Binance spot", () => {
  let reversed: ServedMarket;
  beforeEach(() => {
    const stores = (["bybit", "binance"] as const).map((id) => {
      const store = new MarketStore({ market: id, intervals: ["1m"], capacity: 500 });
      fill(store, [id === "bybit" ? SPOT : BTC], id === "bybit" ? 50 : 11);
      return store;
    });
    const feed = {
      status: () => ({ state: "live" as const, source: "simulated" as const, connections: 1, ...SILENT }),
    };
    reversed = serveMarket({ with: { markets: stores.map((store) => ({ store, feed })) } });
  });
  afterEach(() => reversed.server.stop());

  test("* is the first market in every name, and Binance spot has a name of its own", async () => {
    const socket = new WebSocket(`${reversed.server.url.replace("http", "ws")}/ws`);
    const heard: { type: string; channels?: string[]; channel?: string }[] = [];
    socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
    await until(() => heard.length > 0);
    const ask = (request: object): void => socket.send(JSON.stringify(request));
    const acks = (): unknown[] => heard.filter(({ type }) => type === "ack").map(({ channels }) => channels);
    const since = { "closed:BINANCE:*:1m": START + 297 * MINUTE };
    ask({ op: "subscribe", channels: ["closed:*:1m", "closed:BINANCE:*:1m"], since });
    await until(() => heard.some(({ type }) => type === "snapshot"));
    ask({ op: "unsubscribe", channels: ["closed:*:1m"] });
    ask({ op: "unsubscribe", channels: ["closed:BYBIT:*:1m", "closed:BINANCE:*:1m"] });
    await until(() => acks().length === 3);
    expect(acks()).toEqual([
      ["closed:*:1m", "closed:BINANCE:*:1m"],
      ["closed:*:1m"],
      ["closed:*:1m", "closed:BINANCE:*:1m"],
    ]);
    const snapshots = heard.filter(({ type }) => type === "snapshot").map(({ channel }) => channel as string);
    expect(snapshots).toEqual([`closed:${BTC}:1m`]);
    expect((await (await reversed.get("/klines?symbols=BYBIT:*.P&intervals=1m")).json()) as object).toMatchObject({
      detail: expect.stringContaining("it has * (Bybit spot), BINANCE:* (Binance spot)"),
    });
  });
});

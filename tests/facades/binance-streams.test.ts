import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import ccxt from "ccxt";
import type { RunningVyx } from "../../src/cli/serve.ts";
import type { MarketId, UnixMs } from "../../src/core/mod.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";
import { until } from "../helpers/until.ts";

const START = Date.UTC(2026, 1, 10, 12, 34, 17) as UnixMs;
const MINUTES = 12;

const MARKETS = [
  { market: "binance", prefix: "/binance", own: "", symbols: ["BTCUSDT", "ETHUSDT", "币安人生USDT"] },
  { market: "binance-usdm", prefix: "/binance-usdm/market", own: "/market", symbols: ["BTCUSDT", "ETHUSDT"] },
] as const;

/** A client that keeps what it hears. */
interface Listener {
  readonly heard: Record<string, unknown>[];
  send(message: object): void;
  /** The answer to a request. */
  answer(id: number): Promise<Record<string, unknown>>;
  close(): void;
}

async function listen(url: string): Promise<Listener> {
  const socket = new WebSocket(url);
  const heard: Record<string, unknown>[] = [];
  socket.onmessage = ({ data }) => heard.push(JSON.parse(String(data)));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  return {
    heard,
    send: (message) => socket.send(JSON.stringify(message)),
    answer: async (id) => {
      await until(() => heard.some((message) => message.id === id));
      return heard.find((message) => message.id === id) ?? {};
    },
    close: () => socket.close(),
  };
}

describe.each(MARKETS)("the streams of $market", ({ market, prefix, own, symbols }) => {
  let exchange: TurnedExchange;
  let vyx: RunningVyx;
  const ws = (url: string): string => url.replace("http", "ws");

  beforeAll(async () => {
    exchange = startTurnedExchange({ as: market as MarketId, symbols: [...symbols], seed: 3, start: START });
    vyx = await startOn(exchange, { markets: market, intervals: "1m,5m", capacity: "100", quote: "any" });
    await exchange.passDuring(untilReady(vyx));
  });

  afterAll(async () => {
    await vyx?.stop();
    await exchange?.stop();
  });

  test("bring the exchange's closed klines, text for text, each once and in order, raw and combined", async () => {
    const streams = symbols.flatMap((symbol) =>
      ["1m", "5m"].map((interval) => `${symbol.toLowerCase()}@kline_${interval}`),
    );
    const listed = streams.map(encodeURIComponent).join("/");
    const theirs = await listen(`${ws(exchange.url)}${own}/stream?streams=${listed}`);
    const combined = await listen(`${ws(vyx.url)}${prefix}/stream?streams=${listed}`);
    const raw = await listen(`${ws(vyx.url)}${prefix}/ws/${listed}`);
    const closedOf = (events: readonly unknown[]): string[] =>
      (events as { e?: string; k?: { x: boolean; f: unknown; L: unknown; s: string; i: string } }[])
        .filter(({ e, k }) => e === "kline" && k?.x === true)
        // The numbers of trades are the exchange's alone.
        .map(({ k }) => JSON.stringify({ ...k, f: null, L: null }))
        .sort();
    const inside = ({ heard }: Listener): unknown[] => heard.map(({ data }) => data);
    await exchange.pass(MINUTES * 60_000);
    const wanted = (MINUTES + Math.floor(MINUTES / 5)) * symbols.length;
    await exchange.passUntil(() =>
      [inside(theirs), inside(combined), raw.heard].every((heard) => closedOf(heard).length >= wanted),
    );
    await exchange.passUntil(() => Bun.deepEquals(closedOf(inside(combined)), closedOf(inside(theirs))));
    expect(closedOf(raw.heard)).toEqual(closedOf(inside(theirs)));
    expect(new Set(closedOf(raw.heard)).size).toBe(closedOf(raw.heard).length);
    expect(new Set(combined.heard.map(({ stream }) => stream as string))).toEqual(new Set(streams));
    // Open states come too, in the same members.
    const open = raw.heard.find((event) => (event.k as { x: boolean } | undefined)?.x === false);
    expect(Object.keys(open?.k as object)).toEqual(
      Object.keys(inside(theirs).map((event) => (event as { k: object }).k)[0] as object),
    );
    for (const one of [theirs, combined, raw]) one.close();
  });

  test("bring those that are there, of an address that also names one that isn't", async () => {
    const good = `${symbols[0].toLowerCase()}@kline_1m`;
    const client = await listen(`${ws(vyx.url)}${prefix}/stream?streams=noneusdt@kline_1m/${good}`);
    await exchange.passUntil(() => client.heard.some(({ stream }) => stream === good));
    expect(client.heard[0]).toMatchObject({ error: { code: 2, msg: expect.stringContaining("noneusdt") } });
    client.close();
  });

  test("bring tickers of one symbol, and of all that changed", async () => {
    const raw = await listen(`${ws(vyx.url)}${prefix}/ws/${symbols[0].toLowerCase()}@miniTicker`);
    const all = await listen(`${ws(vyx.url)}${prefix}/ws/!miniTicker@arr`);
    await exchange.passUntil(() => raw.heard.length > 2 && all.heard.length > 0);
    expect(raw.heard[0]).toMatchObject({ e: "24hrMiniTicker", s: symbols[0], c: expect.stringMatching(/^\d+\.\d+$/) });
    const [first] = all.heard as unknown as { s: string }[][];
    expect(symbols as readonly string[]).toContain(first?.[0]?.s as string);
    raw.close();
    all.close();
  });

  test("are subscribed to, listed and left by requests, and what isn't there is refused with words", async () => {
    const client = await listen(`${ws(vyx.url)}${prefix}/ws/0`);
    const [one, other] = symbols.map((symbol) => `${symbol.toLowerCase()}@kline_1m`) as [string, string];
    client.send({ method: "SUBSCRIBE", params: [one, other], id: 1 });
    expect(await client.answer(1)).toEqual({ result: null, id: 1 });
    client.send({ method: "LIST_SUBSCRIPTIONS", id: 2 });
    expect(await client.answer(2)).toEqual({ result: [one, other], id: 2 });
    client.send({ method: "UNSUBSCRIBE", params: [one], id: 3 });
    expect(await client.answer(3)).toEqual({ result: null, id: 3 });
    await exchange.passUntil(() => client.heard.some(({ e }) => e === "kline"));
    const kinds = new Set(client.heard.filter(({ e }) => e === "kline").map(({ s }) => s));
    expect([...kinds]).toEqual([symbols[1]]);
    const wrong: [object, RegExp][] = [
      [{ method: "SUBSCRIBE", params: ["btcusdt@trade"] }, /expected one of miniTicker, kline_1m, kline_5m/],
      [{ method: "SUBSCRIBE", params: ["noneusdt@kline_1m"] }, /expected a symbol that the server has/],
      [{ method: "SUBSCRIBE", params: ["BTCUSDT@kline_1m"] }, /in lower case/],
      [{ method: "SUBSCRIBE", params: "x" }, /must be a list/],
      [{ method: "NONE" }, /expected one of SUBSCRIBE/],
    ];
    for (const [index, [request, words]] of wrong.entries()) {
      client.send({ ...request, id: 10 + index });
      expect(await client.answer(10 + index)).toMatchObject({ error: { code: 2, msg: expect.stringMatching(words) } });
    }
    client.close();
  });
});

test("ccxt follows candles", async () => {
  const exchange = startTurnedExchange({ symbols: ["BTCUSDT"], seed: 3, start: START });
  const vyx = await startOn(exchange, { intervals: "1m", capacity: "100" });
  await exchange.passDuring(untilReady(vyx));
  const options = { defaultType: "spot", fetchMarkets: { types: ["spot"] }, fetchCurrencies: false };
  const bot = new ccxt.pro.binance({ options });
  const addresses = bot.urls.api as unknown as { public: string; ws: Record<string, string> };
  addresses.public = `${vyx.url}/binance/api/v3`;
  addresses.ws.spot = `${vyx.url.replace("http", "ws")}/binance/ws`;
  await bot.loadMarkets();
  // It wants one for addresses without TLS.
  await bot.loadHttpProxyAgent();
  for (let looks = 0; looks < 3; looks += 1) {
    const candles = await exchange.passDuring(bot.watchOHLCV("BTC/USDT", "1m"));
    expect(Number(candles.at(-1)?.[0])).toBeGreaterThanOrEqual(START - 60_000);
  }
  await bot.close();
  await vyx.stop();
  await exchange.stop();
});

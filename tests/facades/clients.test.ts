import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { MainClient } from "binance";
import Binance from "binance-api-node";
import ccxt from "ccxt";
import type { RunningVyx } from "../../src/cli/serve.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import { KeyRing, parseRate } from "../../src/server/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import type { KlinesAnswer } from "../../src/wire/mod.ts";
import { keyAccess, keyRecord } from "../helpers/keys.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";

const START = Date.UTC(2026, 1, 10, 12, 34, 17) as UnixMs;
const SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT"];

/** The clients that people have, as they are, with another address. */
let exchange: TurnedExchange;
let vyx: RunningVyx;
/** A server that lets each address ask once, and one that hasn't heard of any symbol yet. */
let strict: ServedMarket;
let empty: ServedMarket;

beforeAll(async () => {
  exchange = startTurnedExchange({ symbols: SYMBOLS, seed: 3, start: START });
  vyx = await startOn(exchange, { intervals: "1m,5m" });
  await exchange.passDuring(untilReady(vyx));
  await exchange.passUntil(async () => (await fetch(`${vyx.url}/ticker/SOLUSDT`)).ok);
  const once = { keys: undefined, scopesWithoutKeys: ["read"], addressRate: parseRate("1/h") } as const;
  strict = serveMarket({ with: { access: keyAccess(new KeyRing([]), once) } });
  empty = serveMarket({ store: new MarketStore({ intervals: ["1m"], capacity: 10 }) });
});
afterAll(async () => {
  await vyx?.stop();
  await exchange?.stop();
  await strict?.server.stop();
  await empty?.server.stop();
});

async function native(path: string): Promise<KlinesAnswer> {
  return (await (await fetch(`${vyx.url}${path}`)).json()) as KlinesAnswer;
}

describe("ccxt", () => {
  const client = (url = vyx.url): InstanceType<typeof ccxt.binance> => {
    const options = { defaultType: "spot", fetchMarkets: { types: ["spot"] }, fetchCurrencies: false };
    // As freqtrade hands its ccxt_config on.
    return new ccxt.binance({ options, urls: { api: { public: `${url}/binance/api/v3` } } });
  };

  test("loads markets, and reads candles and tickers", async () => {
    const bot = client();
    const markets = await bot.loadMarkets();
    expect(Object.keys(markets).sort()).toEqual(["BTC/USDT", "ETH/USDT", "SOL/USDT"]);
    expect(markets["BTC/USDT"]?.active).toBe(true);
    // A bound that isn't known is none: a bot that keeps within 0 would order nothing.
    expect(markets["BTC/USDT"]?.limits?.amount?.max).toBeUndefined();
    const candles = await bot.fetchOHLCV("BTC/USDT", "5m", undefined, 50);
    const { klines } = await native("/klines/BTCUSDT/5m?limit=50");
    expect(candles.map((row) => row.map(Number))).toEqual(
      klines.map(({ openTime, open, high, low, close, volume }) => [openTime, open, high, low, close, volume]),
    );
    const since = klines[10]?.openTime as number;
    const later = await bot.fetchOHLCV("BTC/USDT", "5m", since, 7);
    expect(later.map(([openTime]) => Number(openTime))).toEqual(klines.slice(10, 17).map(({ openTime }) => openTime));
    const tickers = await bot.fetchTickers(["BTC/USDT", "ETH/USDT"]);
    expect(Object.keys(tickers).sort()).toEqual(["BTC/USDT", "ETH/USDT"]);
    expect(tickers["BTC/USDT"]?.last).toBeGreaterThan(0);
    expect(await bot.fetchTime()).toBeGreaterThan(since);
    const hour = (await bot.publicGetTicker({ symbol: "BTCUSDT", windowSize: "1h" })) as unknown as { count: number };
    expect(hour.count).toBeGreaterThan(0);
  });

  test("throws its own errors", async () => {
    const bot = client();
    await bot.loadMarkets();
    const raw = (symbol: string): Promise<unknown> => bot.publicGetKlines({ symbol, interval: "1m" });
    await expect(raw("NONEUSDT")).rejects.toBeInstanceOf(ccxt.BadSymbol);
    await expect(bot.fetchOHLCV("BTC/USDT", "1m", undefined, 1_000)).rejects.toBeInstanceOf(ccxt.BadRequest);
    await expect(bot.fetchOrderBook("BTC/USDT")).rejects.toBeInstanceOf(ccxt.BadRequest);
    const hasty = client(strict.server.url);
    await hasty.publicGetPing();
    await expect(hasty.publicGetPing()).rejects.toBeInstanceOf(ccxt.DDoSProtection);
    const early = client(empty.server.url).publicGetKlines({ symbol: "BTCUSDT", interval: "1m" });
    await expect(early).rejects.toBeInstanceOf(ccxt.ExchangeNotAvailable);
  });
});

test("a key may come in the header that Binance's clients have for it", async () => {
  const guarded = serveMarket({
    with: { access: keyAccess(new KeyRing([keyRecord("the key", { scopes: ["read"] })])) },
  });
  const path = `${guarded.server.url}/binance/api/v3/time`;
  expect((await fetch(path)).status).toBe(401);
  expect((await fetch(path, { headers: { "X-MBX-APIKEY": "the key" } })).status).toBe(200);
  const urls = { api: { public: `${guarded.server.url}/binance/api/v3` } };
  const bot = new ccxt.binance({ urls, headers: { "X-MBX-APIKEY": "the key" } });
  expect(await bot.fetchTime()).toBeGreaterThan(0);
  await guarded.server.stop();
});

test("binance-api-node reads candles, prices and the listing", async () => {
  const client = Binance({ httpBase: `${vyx.url}/binance` });
  const { klines } = await native("/klines/ETHUSDT/1m?limit=20");
  const candles = await client.candles({ symbol: "ETHUSDT", interval: "1m", limit: 20 });
  expect(candles.map(({ openTime, close, trades }) => [openTime, Number(close), trades])).toEqual(
    klines.map(({ openTime, close, trades }) => [openTime, close, Number(trades)]),
  );
  const day = (await client.dailyStats({ symbol: "ETHUSDT" })) as unknown as { lastPrice: string };
  expect(Number(day.lastPrice)).toBeGreaterThan(0);
  expect((await client.exchangeInfo()).symbols.map(({ symbol }: { symbol: string }) => symbol).sort()).toEqual(SYMBOLS);
  expect(Object.keys(await client.prices()).sort()).toEqual(SYMBOLS);
  expect(Number(((await client.avgPrice({ symbol: "ETHUSDT" })) as { price: string }).price)).toBeGreaterThan(0);
  await expect(client.candles({ symbol: "NONEUSDT", interval: "1m" })).rejects.toMatchObject({ code: -1121 });
});

test("binance reads klines and the day's figures", async () => {
  const client = new MainClient({ baseUrl: `${vyx.url}/binance` });
  const { klines } = await native("/klines/SOLUSDT/1m?limit=20");
  const rows = await client.getKlines({ symbol: "SOLUSDT", interval: "1m", limit: 20 });
  expect(rows.map((row) => [row[0], Number(row[4])])).toEqual(klines.map(({ openTime, close }) => [openTime, close]));
  const day = (await client.get24hrChangeStatistics({ symbol: "SOLUSDT" })) as { lastPrice: string | number };
  expect(Number(day.lastPrice)).toBeGreaterThan(0);
  expect((await client.getExchangeInfo()).symbols.map(({ symbol }) => symbol).sort()).toEqual(SYMBOLS);
  await expect(client.getKlines({ symbol: "NONEUSDT", interval: "1m" })).rejects.toMatchObject({ code: -1121 });
});

import type { Method } from "./route.ts";

/** Values that make a right request of a route: its body, and its parameters by name. */
export interface RouteExamples {
  readonly body?: unknown;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Headers that a request needs besides. */
  readonly headers?: Readonly<Record<string, string>>;
}

const ID = "00000000-0000-4000-8000-000000000000";
const CODE = 'return rsi(candles("1h").close, 14).at(-1) < 30;';
/** The last millisecond of an hour and of its candle. */
const CLOSE = "2026-02-10T11:59:59.999Z";
const CLOSE_AFTER = "2026-02-10T12:59:59.999Z";

/** Parts of paths that mean the same wherever they stand. */
const EVERYWHERE: Readonly<Record<string, unknown>> = {
  id: ID,
  token: ID,
  symbol: "BTCUSDT",
  interval: "1h",
};

const SERIES = { symbol: "BTCUSDT", interval: "1h", limit: 3 };

/** By method and path, as the contract writes them. */
const BY_ROUTE: Readonly<Record<string, RouteExamples>> = {
  "GET /klines/{symbol}/{interval}": { parameters: { limit: 3 } },
  "GET /klines": { parameters: { symbols: ["BTCUSDT", "ETHUSDT"], intervals: ["1h"], limit: 3 } },
  "GET /tickers": { parameters: { symbols: ["BTCUSDT", "ETHUSDT"] } },
  "GET /history/files": { parameters: { symbol: "BTCUSDT" } },
  "GET /history/file": { parameters: { path: "BTCUSDT/2026-01.parquet" } },
  "GET /binance/ws/{streams}": { parameters: { streams: "btcusdt@kline_1m" } },
  "GET /binance/stream": { parameters: { streams: "btcusdt@kline_1m/ethusdt@miniTicker" } },
  "GET /binance/api/v3/klines": { parameters: SERIES },
  "GET /binance/api/v3/uiKlines": { parameters: SERIES },
  ...Object.fromEntries(
    ["exchangeInfo", "avgPrice", "ticker/24hr", "ticker/price"].map((name) => [
      `GET /binance/api/v3/${name}`,
      { parameters: { symbol: "BTCUSDT" } },
    ]),
  ),
  "GET /binance/api/v3/ticker": { parameters: { symbol: "BTCUSDT", windowSize: "1h" } },
  "GET /udf/symbols": { parameters: { symbol: "BTCUSDT" } },
  "GET /udf/search": { parameters: { query: "BTC", limit: 3 } },
  "GET /udf/history": { parameters: { symbol: "BTCUSDT", resolution: "60", countback: 3 } },
  "GET /functions/v1/traders/{id}/performance": { parameters: { id: ID, feesPercent: 0.2 } },
  "GET /functions/v1/signals": { parameters: { search: "btc", limit: 3 } },
  "POST /upstash": { body: ["GET", "ticker:BTCUSDT"] },
  "POST /upstash/pipeline": {
    body: [
      ["GET", "ticker:BTCUSDT"],
      ["GET", "lastClosed:BTCUSDT:1h"],
    ],
  },
  "POST /upstash/multi-exec": {
    body: [
      ["GET", "ticker:BTCUSDT"],
      ["GET", "lastClosed:BTCUSDT:1h"],
    ],
  },
  "PUT /log-level": { body: { level: "info" } },
  "POST /screen": { body: { code: CODE } },
  "POST /preview": { body: { code: CODE, closes: 24 } },
  "POST /explain": { body: { code: CODE, symbol: "BTCUSDT" } },
  "POST /misses": { body: { code: CODE, limit: 5 } },
  "POST /backtest": { body: { code: CODE, from: "2026-02-10T06:00Z", to: "2026-02-10T14:00Z" } },
  "POST /outcomes": {
    body: { signals: [{ symbol: "BTCUSDT", interval: "1h", closeTime: CLOSE, price: 64_000 }] },
  },
  "POST /performance": {
    body: {
      market: "binance",
      interval: "1h",
      symbols: ["BTCUSDT"],
      closes: [[CLOSE, CLOSE_AFTER]],
      signals: [{ closeTime: CLOSE, returns: [0.2, 0.4, -0.1, null] }],
      feesPercent: 0.2,
    },
  },
  "POST /import": {
    body: {
      symbol: "BTCUSDT",
      interval: "1h",
      klines: [
        {
          openTime: 1_770_721_200_000,
          open: 64_000,
          high: 64_250.5,
          low: 63_900,
          close: 64_120,
          volume: 812.4,
          closeTime: 1_770_724_799_999,
          quoteVolume: 52_063_488.2,
          trades: 18_204,
          takerBuyVolume: 402.1,
          takerBuyQuoteVolume: 25_768_990.5,
          closed: true,
        },
      ],
    },
  },
  "POST /mcp": {
    body: { jsonrpc: "2.0", id: 1, method: "tools/list" },
    headers: { Accept: "application/json, text/event-stream" },
  },
  "POST /functions/v1/get-klines": { body: { symbol: "BTCUSDT", timeframe: "1h", limit: 3 } },
  "POST /functions/v1/execute-trader": { body: { traderId: ID } },
  "POST /functions/v1/trigger-executions": { body: { trigger: "manual" } },
  "POST /functions/v1/traders": {
    body: { name: "Oversold", code: CODE, triggerInterval: "1h", enabled: true, cooldownCandles: 4 },
  },
  "POST /functions/v1/traders/validate": { body: { code: CODE } },
  "PATCH /functions/v1/traders/{id}": { body: { cooldownCandles: 12 } },
  "POST /functions/v1/traders/{id}/enable": { body: { enabled: false } },
  "POST /functions/v1/destinations": {
    body: { name: "Phone", address: { kind: "ntfy", url: "https://ntfy.sh/my-topic" }, maxPerHour: 30 },
  },
  "PATCH /functions/v1/destinations/{id}": { body: { quiet: { from: 1_320, until: 420 } } },
  "POST /functions/v1/destinations/{id}/confirm": { body: { code: "12345678" } },
  "POST /functions/v1/destinations/{id}/again": { body: { delivery: 1 } },
  "POST /functions/v1/price-alerts": {
    body: {
      symbol: "BTCUSDT",
      condition: { kind: "move", direction: "down", percent: 5, minutes: 60 },
      note: "look at it",
      again: 240,
    },
  },
  "PATCH /functions/v1/price-alerts/{id}": { body: { active: true } },
};

/** The examples of a route, whose path is as the contract writes it. */
export function examplesOf(method: Method, path: string): RouteExamples {
  const { body, parameters, headers } = BY_ROUTE[`${method} ${path}`] ?? {};
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const shared = Object.fromEntries(names.flatMap((name) => (name in EVERYWHERE ? [[name, EVERYWHERE[name]]] : [])));
  return { body, parameters: { ...shared, ...parameters }, ...(headers === undefined ? {} : { headers }) };
}

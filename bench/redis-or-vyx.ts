// Question: how long do get-klines and execute-trader take through Deno, reading from Redis as before, and from Vyx?
// Input:    500 symbols of 500 minutes each, the same on both sides; PostgreSQL for the trader.
// Rival:    Redis behind Upstash's REST (a real redis-server, a front of ours on loopback), by the same function.
// Budget:   none is set: what counts is that moving over doesn't make readers wait; see the ratio.
import { addCandles, closeTimeOf, type Kline, parseSymbol, tickerOf, type UnixMs } from "../src/core/mod.ts";
import { createServer, screenRoutes } from "../src/server/mod.ts";
import { MarketStore } from "../src/store/mod.ts";
import { openDatabase, TradersTable } from "../src/traders/mod.ts";
import { migratedOn } from "../tests/helpers/databases.ts";
import { type DenoFunctions, startDenoFunctions } from "../tests/helpers/deno-functions.ts";
import { hasPostgres, startPostgres } from "../tests/helpers/postgres.ts";
import { screensOf } from "../tests/helpers/screens.ts";
import { minuteKlines } from "../tests/helpers/truth.ts";
import { Collector } from "../tests/redis/collector.ts";
import { hasRedis, startRedis } from "../tests/redis/redis-server.ts";
import { startUpstashFront } from "../tests/redis/upstash-front.ts";
import { liveFeed } from "./lib/live-feed.ts";
import { sized } from "./lib/quick.ts";
import { machine, machineLoad, quantile, writeResult } from "./lib/results.ts";

const SYMBOLS = Number(process.argv[2] ?? sized(500, 20));
const READS = Number(process.argv[3] ?? sized(300, 6));
const RUNS = Number(process.argv[4] ?? sized(10, 2));
const START = Date.UTC(2026, 1, 10);
const KEY = "service-key-of-the-bench";
/** More closes than a source keeps, so that each run reads its market anew. */
const CLOSES = 12;

if (!hasRedis || !hasPostgres) {
  console.error("redis-or-vyx: redis-server or PostgreSQL is not installed here (Debian: redis-server, postgresql)");
  process.exit(1);
}

const symbols = Array.from({ length: SYMBOLS }, (_, index) => parseSymbol(`S${index}USDT`));
const redis = await startRedis();
const front = startUpstashFront(redis.socketUrl);
const postgres = await startPostgres();
const store = new MarketStore({ intervals: ["1m"], capacity: 500 });
const infos = symbols.map((symbol) => ({
  symbol,
  base: symbol.slice(0, -4),
  quote: "USDT",
  status: "TRADING" as const,
  priceDecimals: 2,
  quantityDecimals: 5,
}));
store.apply({ type: "symbols", symbols: infos });
const collector = new Collector(redis.client);
const last = addCandles("1m", START, 499);
for (const [index, symbol] of symbols.entries()) {
  const klines = minuteKlines(START, 500, index + 1, () => false);
  const from = addCandles("1m", START, -10);
  store.apply({ type: "history", symbol, interval: "1m", from, to: last, klines });
  const kline = klines.at(-1) as Kline;
  store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
  const { open, high, low, close, volume, quoteVolume, closeTime: updatedAt } = kline;
  const ticker = { symbol, price: close, open, high, low, volume, quoteVolume, updatedAt };
  store.apply({ type: "ticker", ticker: tickerOf(ticker) });
  await collector.storeKlines(symbol, "1m", klines);
}
const screens = screensOf(store);
const server = createServer({
  markets: [{ store, feed: liveFeed("simulated") }],
  clock: { now: () => Date.now() as UnixMs, sleep: (span) => Bun.sleep(span) },
  page: new Map(),
  version: "bench",
  hostname: "127.0.0.1",
  port: 0,
  routes: screenRoutes(store, screens),
  onError: (_, cause) => console.error(cause),
});
const url = await postgres.createDatabase();
await (await migratedOn(url)).end();
const sql = openDatabase({ url, connections: 1 });
const traderOf = async (some: typeof symbols | null): Promise<string> => {
  const code = 'const close = candles("1m").close;\nreturn close.at(-1) > sma(close, 20).at(-1);';
  const when = { timeframes: ["1m"], triggerInterval: "1m", symbols: some, cooldownCandles: 0 } as const;
  const what = { name: "bench", description: "", enabled: false, code };
  return (await new TradersTable(sql).create("bench", { ...what, ...when }, undefined)).id;
};
const traders = { 1: await traderOf(symbols.slice(0, 1)), all: await traderOf(null) };

const common = { SUPABASE_DB_URL: url, VYX_SERVICE_KEY: KEY };
const upstash = { UPSTASH_REDIS_REST_URL: front.url, UPSTASH_REDIS_REST_TOKEN: front.token };
const SOURCES = ["redis", "vyx"] as const;
const hosts: Record<(typeof SOURCES)[number], DenoFunctions> = {
  redis: await startDenoFunctions(["get-klines", "execute-trader"], { ...common, ...upstash, VYX_SOURCE: "redis" }),
  vyx: await startDenoFunctions(["get-klines", "execute-trader"], { ...common, VYX_URL: server.url }),
};

/** Both sources in turn, so that what else the machine does befalls both. */
async function inTurn(
  name: "get-klines" | "execute-trader",
  count: number,
  bodyOf: (index: number) => object,
): Promise<{ source: string; p50: number; p95: number }[]> {
  const times: Record<(typeof SOURCES)[number], number[]> = { redis: [], vyx: [] };
  const warmUp = Math.min(5, count);
  for (let index = -warmUp; index < count; index += 1) {
    for (const source of SOURCES) {
      const began = performance.now();
      const response = await fetch(hosts[source].urlOf(name), {
        method: "POST",
        headers: { authorization: `Bearer ${KEY}` },
        body: JSON.stringify(bodyOf(Math.abs(index))),
      });
      const answer = (await response.json()) as { readFrom?: { source: string } };
      if (answer.readFrom?.source !== source) throw new Error(`${name}: ${JSON.stringify(answer).slice(0, 300)}`);
      if (index >= 0) times[source].push(performance.now() - began);
    }
  }
  return SOURCES.map((source) => {
    return { source, p50: quantile(times[source], 0.5), p95: quantile(times[source], 0.95) };
  });
}

const rows: string[] = [];
let worst = 0;
const add = (what: string, [theirs, ours]: { p50: number; p95: number }[]): void => {
  if (theirs === undefined || ours === undefined) return;
  const ratio = ours.p95 / theirs.p95;
  if (what.startsWith("get-klines")) worst = Math.max(worst, ratio);
  const figures = [theirs.p50, theirs.p95, ours.p50, ours.p95].map((figure) => figure.toFixed(1));
  rows.push(`| ${what} | ${figures.join(" | ")} | ${ratio.toFixed(2)} |`);
  console.log(rows.at(-1));
};
for (const of of [1, SYMBOLS]) {
  for (const limit of [100, 500]) {
    const body = (index: number): object => ({ symbol: symbols[index % of], timeframe: "1m", limit });
    add(`get-klines, limit ${limit}, ${of} symbols in turn`, await inTurn("get-klines", READS, body));
  }
}
for (const [name, count] of [
  ["1", READS / 3],
  ["all", RUNS],
] as const) {
  const body = (index: number): object => ({
    traderId: traders[name],
    closeTime: closeTimeOf("1m", addCandles("1m", last, -(index % CLOSES))),
  });
  add(`execute-trader, ${name === "1" ? 1 : SYMBOLS} symbols`, await inTurn("execute-trader", count, body));
}
writeResult(
  "redis-or-vyx",
  `Through Deno, the functions as Supabase hosts them, reading the same ${SYMBOLS} symbols × 500 minutes from either source in turn: Redis
behind Upstash's REST, and Vyx. Both are on loopback, so what the way to Upstash's region costs comes on top for Redis, and
what the way to the server costs for Vyx. A run of a trader reads a market of 250 klines that no run before it has read.

| | Redis p50, ms | p95 | Vyx p50, ms | p95 | ratio of p95 |
| --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

The worst ratio of get-klines is ${worst.toFixed(2)}. ${machine()}. ${machineLoad()}`,
);
await Promise.all(Object.values(hosts).map((host) => host.stop()));
screens.stop();
await sql.end();
await front.stop();
await Promise.all([redis.stop(), postgres.stop(), server.stop()]);
process.exit(0);

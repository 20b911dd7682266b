import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { createClient } from "../../src/client/mod.ts";
import { type Interval, type MarketId, type UnixMs, wildcardOf } from "../../src/core/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import type { HealthAnswer, TickersAnswer } from "../../src/wire/mod.ts";
import { getJson, untilReady } from "../helpers/running-vyx.ts";
import { until } from "../helpers/until.ts";
import { listening, startVyxProcess, type VyxProcess } from "../helpers/vyx-process.ts";
import { closedKlines, overRange, startFollower } from "./chain.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
const SPEED = 60;
const MARKETS: readonly MarketId[] = ["binance", "bybit"];
const INTERVALS: readonly Interval[] = ["1m", "5m", "1h"];
const FLAGS = {
  ...{ markets: MARKETS.join(), intervals: INTERVALS.join(), capacity: "200" },
  exchangeSpeed: String(SPEED),
};

const exchanges = new Map<MarketId, Exchange>();
const asked = new Set<string>();
let folder: string;
let leader: VyxProcess;
let leaderUrl: string;
let near: RunningVyx;
let far: RunningVyx;
let spies: { mockRestore(): void }[];

/** A leader in a process of its own, a follower of it, and a follower of that one. What the followers ask for is noted. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "vyx-chain-"));
  for (const market of MARKETS) {
    const made = createExchange({ as: market, symbols: 3, start: START, speed: SPEED, port: 0, clock: systemClock });
    exchanges.set(market, made);
  }
  const of = (scheme: string): string =>
    MARKETS.map((market) => `${market}=${exchanges.get(market)?.url.replace("http", scheme)}`).join(";");
  leader = startVyxProcess([
    ...["serve", "--port", "0", "--data-dir", "none", "--log-level", "error", "--markets", FLAGS.markets],
    ...["--symbols", MARKETS.map((market) => `${market}=*`).join(";"), "--intervals", FLAGS.intervals],
    ...["--capacity", FLAGS.capacity, "--exchange-speed", FLAGS.exchangeSpeed],
    ...["--exchange-rest", of("http"), "--exchange-ws", of("ws")],
  ]);
  leaderUrl = await listening(leader);
  const { fetch: realFetch, WebSocket: RealSocket } = globalThis;
  spies = [
    spyOn(globalThis, "fetch").mockImplementation(((input: string, init?: RequestInit) => {
      asked.add(new URL(input).host);
      return realFetch(input, init);
    }) as typeof fetch),
    spyOn(globalThis, "WebSocket").mockImplementation(((url: string, options: never) => {
      asked.add(new URL(url).host);
      return new RealSocket(url, options);
    }) as never),
  ];
  near = await startFollower(leaderUrl, { ...FLAGS, dataDir: join(folder, "near") });
  far = await startFollower(near.url, FLAGS);
  await untilReady(near);
  await untilReady(far);
});

afterAll(async () => {
  await far?.stop();
  await near?.stop();
  for (const spy of spies ?? []) spy.mockRestore();
  leader?.kill("SIGKILL");
  await leader?.exited;
  for (const exchange of exchanges.values()) await exchange.stop();
  rmSync(folder, { recursive: true });
});

const nodes = (): string[] => [leaderUrl, near.url, far.url];

describe("a chain of two followers, of two markets", () => {
  test("all three hold the exchanges' closed klines, and answer with the same bytes and entity tags", async () => {
    for (const [market, exchange] of exchanges) {
      const { symbols } = await getJson<{ symbols: { symbol: string }[] }>(far, `/symbols?market=${market}`);
      expect(symbols).toHaveLength(3);
      for (const { symbol } of symbols) {
        for (const interval of INTERVALS) {
          const range = overRange(exchange, interval, (START - 3_600_000) as UnixMs);
          const name = symbol.replace("BYBIT:", "");
          const truth = exchange.truth(name, range.from, range.to, interval);
          const wire = JSON.parse(JSON.stringify(truth));
          for (const url of nodes()) {
            await until(async () => Bun.deepEquals(await closedKlines(url, symbol, interval, range), wire));
          }
          const path = `/klines/${encodeURIComponent(symbol)}/${interval}?startTime=${range.from}&endTime=${range.to}`;
          const answers = await Promise.all(nodes().map((url) => fetch(`${url}${path}&closed=true&limit=200`)));
          const [tag, ...tags] = answers.map(({ headers }) => headers.get("etag"));
          const [body, ...bodies] = await Promise.all(answers.map((answer) => answer.text()));
          expect([tags, bodies]).toEqual([
            [tag as string, tag as string],
            [body as string, body as string],
          ]);
          const again = await fetch(`${far.url}${path}&closed=true&limit=200`, {
            headers: { "if-none-match": tag as string },
          });
          expect(again.status).toBe(304);
        }
      }
    }
  });

  test("data is labelled as at its source, and each node says which others it passed", async () => {
    const asked = (): Promise<HealthAnswer[]> =>
      Promise.all(nodes().map(async (url) => (await (await fetch(`${url}/health`)).json()) as HealthAnswer));
    // A follower hears of an epoch after it is ready.
    await until(async () => (await asked()).every(({ markets }) => markets.every(({ epoch }) => epoch !== "")));
    const [one, two, three] = await asked();
    for (const health of [one, two, three]) {
      expect(health?.markets.map(({ market, source }) => [market, source])).toEqual([
        ["binance", "simulated"],
        ["bybit", "simulated"],
      ]);
      for (const { marketTime } of health?.markets ?? []) expect(marketTime).toBeGreaterThan(START);
      const epochs = health?.markets.map(({ epoch }) => epoch) ?? [];
      expect(epochs).toEqual([expect.stringMatching(/^simulated-/), expect.stringMatching(/^simulated-/)]);
      expect(epochs).toEqual(one?.markets.map(({ epoch }) => epoch) ?? []);
    }
    expect([one?.following, two?.following?.path, three?.following?.path]).toEqual([
      null,
      [one?.node as string],
      [two?.node as string, one?.node as string],
    ]);
    expect(two?.following?.upstream).toBe(new URL(leaderUrl).host);
  });

  test("no exchange is asked anything by a follower", () => {
    const own = [new URL(leaderUrl).host, new URL(near.url).host];
    expect(own.filter((host) => !asked.has(host))).toEqual([]);
    for (const { url } of exchanges.values()) expect(asked.has(new URL(url).host)).toBe(false);
    expect([...asked].filter((host) => !host.startsWith("127.0.0.1:"))).toEqual([]);
  });

  test("a client that goes on with since at another node gets the candles that follow, each once", async () => {
    const exchange = exchanges.get("binance") as Exchange;
    const heard: number[] = [];
    for (const url of [far.url, leaderUrl, near.url, far.url]) {
      const since = heard.at(-1);
      const channel = "closed:BTCUSDT:1m";
      const ending = new AbortController();
      const client = createClient({ url });
      const options = {
        signal: ending.signal,
        ...(since === undefined ? {} : { since: { [channel]: since as UnixMs } }),
      };
      let fresh = 0;
      for await (const message of client.subscribe([channel], options)) {
        if (message.type !== "kline" || message.restated === true) continue;
        const { openTime } = message.kline;
        if (openTime <= (since ?? 0)) continue;
        heard.push(openTime);
        fresh += 1;
        if (fresh >= 2) break;
      }
      ending.abort();
    }
    const [first, last] = [heard[0] as number, heard.at(-1) as number];
    expect(heard).toEqual(exchange.truth("BTCUSDT", first, last).map(({ openTime }) => openTime as number));
  });

  test("tickers are the upstream's", async () => {
    const read = async (url: string): Promise<string[]> => {
      const answer = await fetch(`${url}/tickers?symbols=${encodeURIComponent(wildcardOf("bybit"))}`);
      return ((await answer.json()) as TickersAnswer).tickers.map((ticker) => JSON.stringify(ticker));
    };
    // They come a second later at each node.
    const told = new Set<string>();
    await until(async () => {
      for (const ticker of await read(leaderUrl)) told.add(ticker);
      const here = await read(far.url);
      return here.length === 3 && here.every((ticker) => told.has(ticker));
    });
  });
});

describe("a follower that can't follow", () => {
  test.each([
    [
      { markets: "binance-usdm" },
      "it doesn't serve Binance USDⓈ-M perpetuals: expected --markets with some of binance, bybit",
    ],
    [{ intervals: "1m,1d" }, "it doesn't serve 1d of Binance spot, which is served here or rolled up from"],
    [{ capacity: "500" }, "it keeps 200 klines of a series: expected --capacity 200 at most"],
    [{ symbols: "NONEUSDT" }, "the upstream's list has no NONEUSDT"],
  ])("ends at the start: %j", async (flags, why) => {
    const vyx = await startFollower(leaderUrl, { ...FLAGS, markets: "binance", ...flags });
    const failure = await vyx.failed.catch((cause: Error) => cause.message);
    expect(failure).toContain(why);
    await vyx.stop();
  });
});

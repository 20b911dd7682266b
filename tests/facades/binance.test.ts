import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { RunningVyx } from "../../src/cli/serve.ts";
import type { MarketId, UnixMs } from "../../src/core/mod.ts";
import { hasRecorded, RECORDED } from "../helpers/recorded.ts";
import { startOn, untilReady } from "../helpers/running-vyx.ts";
import { sized } from "../helpers/size.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";

/** Random questions for each market; the long form asks 10,000. */
const QUESTIONS = Number(process.env.FACADE_QUESTIONS ?? sized(200, 600));
const SEED = Number(process.env.VYX_SEED ?? 1);
const CAPACITY = 300;
const INTERVALS = ["1m", "5m", "15m", "1h"];
const START = Date.UTC(2026, 1, 10, 12, 34, 17) as UnixMs;

/** Recorded data where there is some; elsewhere a made-up market. */
const DATA = hasRecorded ? { data: join(RECORDED, "um_1m_full") } : { symbols: 5 };

const MARKETS = [
  { market: "binance", facade: "/binance/api/v3", own: "/api/v3" },
  { market: "binance-usdm", facade: "/binance-usdm/fapi/v1", own: "/fapi/v1" },
] as const;

describe.each(MARKETS)("the façade of $market", ({ market, facade, own }) => {
  let exchange: TurnedExchange;
  let vyx: RunningVyx;
  /** The same question to the server and to the exchange that it follows, which stands still. */
  const ask = async (path: string): Promise<[Response, Response]> =>
    Promise.all([fetch(`${vyx.url}${facade}/${path}`), fetch(`${exchange.url}${own}/${path}`)]);
  const texts = async (path: string): Promise<{ status: number; text: string }[]> =>
    Promise.all((await ask(path)).map(async (answer) => ({ status: answer.status, text: await answer.text() })));

  beforeAll(async () => {
    exchange = startTurnedExchange({ ...DATA, as: market as MarketId, start: START });
    vyx = await startOn(exchange, {
      markets: market,
      ...{ intervals: INTERVALS.join(), capacity: String(CAPACITY), quote: "any" },
    });
    await exchange.passDuring(untilReady(vyx));
    await goOn();
  });

  /** The market goes on by a minute, and stands still again once the server has its newest state. */
  async function goOn(): Promise<void> {
    await exchange.pass(60_000);
    const last = (symbol: string): string => `klines?symbol=${encodeURIComponent(symbol)}&interval=1m&limit=2`;
    for (const symbol of exchange.symbols) {
      await exchange.passUntil(async () => {
        const [ours, theirs] = await texts(last(symbol));
        return ours?.text === theirs?.text;
      });
    }
  }

  afterAll(async () => {
    await vyx?.stop();
    await exchange?.stop();
  });

  test(`answers as the exchange does, text for text, over ${QUESTIONS} questions for klines`, async () => {
    const random = randomFrom(SEED);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
    let rows = 0;
    for (let asked = 0; asked < QUESTIONS; asked += 1) {
      const symbol = pick(exchange.symbols);
      const interval = pick(INTERVALS);
      const limit = 1 + Math.floor(random() * (CAPACITY - 1));
      const span = { "1m": 6e4, "5m": 3e5, "15m": 9e5, "1h": 36e5 }[interval] ?? 0;
      const end = START + Math.floor((random() * 1.1 - 1) * span * 200);
      const begin = end - Math.floor(random() * span * 90);
      const range = pick([
        `&limit=${limit}`,
        `&startTime=${begin}&endTime=${end}`,
        `&startTime=${begin}&limit=${limit}`,
        `&endTime=${end}&limit=${1 + (limit % 90)}`,
        `&startTime=${end}&endTime=${begin}`,
      ]);
      const path = `klines?symbol=${encodeURIComponent(symbol)}&interval=${interval}${range}`;
      let [ours, theirs] = await texts(path);
      // Who asks the exchange itself is sent away at times.
      if (theirs?.status === 429) {
        await goOn();
        [ours, theirs] = await texts(path);
      }
      expect([path, ours]).toEqual([path, theirs]);
      rows += JSON.parse(ours?.text ?? "[]").length;
    }
    expect(rows).toBeGreaterThan(20 * QUESTIONS);
  });

  test("has the prices of one symbol and of all, and the day's figures that it knows", async () => {
    const prices = async (at: string): Promise<Map<string, string>> => {
      const all = (await (await fetch(`${at}/ticker/price`)).json()) as { symbol: string; price: string }[];
      return new Map(all.map(({ symbol, price }) => [symbol, price]));
    };
    const theirs = await prices(`${exchange.url}${own}`);
    const ours = await prices(`${vyx.url}${facade}`);
    expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
    // A ticker comes each second, a kline's state each two: neither may be older than that.
    const [symbol = ""] = exchange.symbols;
    expect(Number(ours.get(symbol)) / Number(theirs.get(symbol))).toBeCloseTo(1, 2);
    const [day] = await ask(`ticker/24hr?symbol=${symbol}`);
    const known = (await day.json()) as Record<string, unknown>;
    for (const name of ["openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume"]) {
      expect([name, typeof known[name]]).toEqual([name, "string"]);
    }
    expect([known.symbol, known.bidPrice ?? null, known.count]).toEqual([symbol, null, null]);
  });

  test.each([
    ["klines?interval=1m", 400, -1102],
    ["klines?symbol={symbol}", 400, -1102],
    ["klines?symbol=NONEUSDT&interval=1m", 400, -1121],
    ["klines?symbol={symbol}&interval=7m", 400, -1120],
    ["klines?symbol={symbol}&interval=1m&limit=x", 400, -1100],
    ["klines?symbol={symbol}&interval=1m&limit=0", 400, -1130],
    ["klines?symbol={symbol}&interval=1m&startTime=-5", 400, -1100],
    ["ticker/price?symbol=NONEUSDT", 400, -1121],
  ])("refuses %s as the exchange does: %d, %d", async (path, status, code) => {
    for (const answer of await ask(path.replace("{symbol}", exchange.symbols[0] ?? ""))) {
      const body = (await answer.json()) as { code: number; msg: string };
      expect({ status: answer.status, code: body.code }).toEqual({ status, code });
      expect(body.msg.length).toBeGreaterThan(5);
    }
  });

  test("refuses what it doesn't keep with words, and never with fewer rows", async () => {
    const [symbol = ""] = exchange.symbols;
    const old = START - 60_000 * 2_000;
    for (const range of ["limit=1000", `startTime=${old}`, `endTime=${old}&limit=5`]) {
      const answer = await fetch(`${vyx.url}${facade}/klines?symbol=${symbol}&interval=1m&${range}`);
      const { code, msg } = (await answer.json()) as { code: number; msg: string };
      expect({ status: answer.status, code }).toEqual({ status: 400, code: -1130 });
      expect(msg).toMatch(/keeps fewer klines: from 2026-/);
    }
  });

  test("asks the exchange for what it doesn't keep, where it may, and says so", async () => {
    const filling = await startOn(exchange, {
      markets: market,
      ...{ intervals: INTERVALS.join(), capacity: String(CAPACITY), quote: "any", historyFill: "true" },
    });
    await exchange.passDuring(untilReady(filling));
    const symbol = encodeURIComponent(exchange.symbols[0] ?? "");
    const old = START - 60_000 * 1_500;
    for (const range of [
      `limit=1000&endTime=${START - 120_000}`,
      `startTime=${old}&limit=30`,
      `endTime=${old}&limit=7`,
    ]) {
      const path = `klines?symbol=${symbol}&interval=1m&${range}`;
      const ours = await exchange.passDuring(fetch(`${filling.url}${facade}/${path}`));
      const theirs = await fetch(`${exchange.url}${own}/${path}`);
      expect(await ours.text()).toBe(await theirs.text());
      expect(ours.headers.get("vyx-source")).toContain("exchange");
    }
    await filling.stop();
  });

  test("says how much of the caller's rate is used, passes over what it doesn't know, and takes conditional requests", async () => {
    const path = `${vyx.url}${facade}/klines?symbol=${exchange.symbols[0]}&interval=1h&limit=5&endTime=${START - 7_200_000}`;
    const answer = await fetch(`${path}&recvWindow=5000`);
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get("x-mbx-used-weight-1m"))).toBeGreaterThanOrEqual(0);
    const tag = answer.headers.get("etag") ?? "";
    expect((await fetch(path, { headers: { "if-none-match": tag } })).status).toBe(304);
  });
});

/** Random numbers from a seed: from 0 to below 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

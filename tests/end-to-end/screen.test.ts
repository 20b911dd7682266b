import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Kline, openTimeOf, parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { createServer, type RunningServer, StoreView, screenRoutes } from "../../src/server/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import { preview, Screening } from "../../src/strategy/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { screensOf } from "../helpers/screens.ts";
import { serveMarket } from "../helpers/served-market.ts";
import { minuteKlines, rolledUp } from "../helpers/truth.ts";

const START = Date.UTC(2026, 1, 10);
const SYMBOLS = ["AUSDT", "BUSDT", "CUSDT"].map(parseSymbol);
const MINUTES = 420;
const HISTORY = 400;
const CODE = `const minute = candles("1m").close;
return {match: rsi(minute, 14).at(-1) < 50, facts: {rsi: rsi(minute, 14).at(-1), hours: candles("1h").length}};`;
const LOOP = "for (;;) {} return true;";

const truth = new Map(SYMBOLS.map((symbol, at) => [symbol, minuteKlines(START, MINUTES, at + 1, () => false)]));
const store = new MarketStore({ intervals: ["1m", "1h"], capacity: 500 });
const screens = screensOf(store);
let server: RunningServer;
let inProcess: Screening;

beforeAll(async () => {
  const about = { base: "A", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: SYMBOLS.map((symbol) => ({ symbol, ...about })) });
  for (const symbol of SYMBOLS) history(symbol, "1m", (truth.get(symbol) ?? []).slice(0, HISTORY));
  for (const symbol of SYMBOLS) {
    const end = openTimeOf("1h", START + HISTORY * 60_000);
    const whole = (truth.get(symbol) ?? []).filter(({ openTime }) => openTime < end);
    history(symbol, "1h", rolledUp("1h", whole, Number.POSITIVE_INFINITY));
  }
  for (const symbol of SYMBOLS) minute(symbol, HISTORY);
  const clock = new ManualClock();
  server = createServer({
    markets: [
      {
        store,
        feed: {
          status: () => ({
            state: "live",
            source: "simulated",
            connections: 1,
            lastEventAt: undefined,
            silentForMs: 0,
          }),
        },
      },
    ],
    clock,
    version: "test",
    hostname: "127.0.0.1",
    port: 0,
    page: new Map(),
    routes: screenRoutes(store, screens),
    onError: (_, cause) => console.error(cause),
  });
  const runner = await createSandbox({ stopwatch: () => 0 });
  inProcess = new Screening({ view: new StoreView(store), runner, stopwatch: () => 0 });
});
afterAll(async () => {
  screens.stop();
  await server.stop();
});

function history(symbol: (typeof SYMBOLS)[number], interval: "1m" | "1h", klines: Kline[]): void {
  const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
  store.apply({ type: "history", symbol, interval, from, to, klines });
}

/** The next minute arrives from the stream, closed. */
function minute(symbol: (typeof SYMBOLS)[number], index: number): void {
  const kline = truth.get(symbol)?.[index] as Kline;
  store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
}

async function post(path: string, body: unknown): Promise<{ status: number; answer: Record<string, unknown> }> {
  const response = await fetch(`${server.url}${path}`, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

function movedTo(kline: Kline, openTime: number): Kline {
  return { ...kline, openTime: openTime as UnixMs, closeTime: (openTime + 59_999) as UnixMs };
}

function lastClose(): UnixMs {
  return store.close("1m")?.closeTime as UnixMs;
}

describe("POST /screen", () => {
  test("without timeframes, the filter reads the intervals that its code names, and sees what its indicators need", async () => {
    const code = `const c = candles("1m");
      return {match: c.close.at(-1) > 0, facts: {seen: c.length, hours: candles("1h").length, slow: ema(c.close, 50).at(-1)}};`;
    const { answer } = await post("/screen", { code });
    const expected = inProcess.screen({ code, closeTime: lastClose() });
    expect(answer).toMatchObject({ interval: "1m", checked: 3, notes: [] });
    const priced = expected.matches.map((match) => ({ ...match, price: expect.any(Number) }));
    expect(answer.matches).toEqual(priced);
    expect(expected.matches[0]?.facts).toMatchObject({ seen: Math.min(350, HISTORY + 1) });
    const slow = await post("/screen", { code: 'return ema(candles("1m").close, 300).at(-1) > 0;' });
    expect(slow.answer.notes).toEqual([expect.stringContaining("ema(1m.close,300) needs 2,074 closed klines of 1m")]);
  });

  test("a filter without an end holds up no other request", async () => {
    const order: string[] = [];
    const screened = post("/screen", { code: LOOP, timeframes: ["1m"] }).then((result) => {
      order.push("screen");
      return result;
    });
    await fetch(`${server.url}/health`);
    order.push("health");
    const { answer } = await screened;
    expect(order).toEqual(["health", "screen"]);
    expect(answer).toMatchObject({ matches: [], checked: 3 });
    expect(answer.errors).toHaveLength(3);
  });

  test("its thread sees what the store has, minute by minute", async () => {
    for (let index = HISTORY + 1; index < HISTORY + 6; index += 1) {
      for (const symbol of SYMBOLS) minute(symbol, index);
      const { status, answer } = await post("/screen", { code: CODE, timeframes: ["1m", "1h"] });
      const expected = inProcess.screen({ code: CODE, timeframes: ["1m", "1h"], closeTime: lastClose() });
      expect(status).toBe(200);
      expect(answer.closeTime).toBe(START + (index + 1) * 60_000 - 1);
      const withPrices = expected.matches.map(({ symbol, facts }) => {
        return { symbol, price: truth.get(symbol)?.[index]?.close, facts };
      });
      expect(answer.matches).toEqual(withPrices);
      expect(answer.pending).toEqual([]);
      expect(answer).toMatchObject({ checked: 3, skipped: [], errors: [], engine: "compiled", handedOver: 0 });
    }
  });

  test("a symbol whose candle hasn't closed is pending, and has no price", async () => {
    const [late, ...others] = SYMBOLS as [(typeof SYMBOLS)[number], ...(typeof SYMBOLS)[number][]];
    const index = HISTORY + 6;
    for (const symbol of others) minute(symbol, index);
    const closeTime = START + (index + 1) * 60_000 - 1;
    // The filter doesn't read the interval that closed, so it has an answer for the late symbol, too.
    const asked = { code: "return true;", timeframes: ["1h"], interval: "1m", closeTime };
    const { answer } = await post("/screen", asked);
    const price = (symbol: (typeof SYMBOLS)[number]): unknown => truth.get(symbol)?.[index]?.close;
    expect(answer.pending).toEqual([late]);
    const byName = (a: { symbol: string }, b: { symbol: string }): number => (a.symbol < b.symbol ? -1 : 1);
    expect((answer.matches as { symbol: string }[]).sort(byName)).toEqual(
      [
        { symbol: late, price: null, facts: {} },
        ...others.map((symbol) => ({ symbol, price: price(symbol), facts: {} })),
      ].sort(byName),
    );
    minute(late, index);
    expect((await post("/screen", asked)).answer).toMatchObject({ pending: [] });
  });

  test("a symbol in doubt is skipped, and asked again once its history is settled", async () => {
    const [symbol] = SYMBOLS;
    const from = (START + 300 * 60_000) as UnixMs;
    if (symbol === undefined) throw new Error("no symbol");
    store.apply({ type: "gap", symbol, interval: "1m", from, reason: "a test" });
    const doubtful = await post("/screen", { code: CODE, timeframes: ["1m", "1h"], symbols: [symbol] });
    expect(doubtful.answer.skipped).toEqual([{ symbol, reason: "its 1m klines are not certain yet" }]);
    history(symbol, "1m", (truth.get(symbol) ?? []).slice(300, HISTORY + 7));
    const settled = await post("/screen", { code: "return true;", timeframes: ["1m"], symbols: [symbol] });
    expect(settled.answer).toMatchObject({ matches: [{ symbol, facts: {} }], skipped: [] });
  });

  test.each([
    [{ code: "return 1 +;", timeframes: ["1m"] }, 400, "line 1, column 11: Unexpected token"],
    [{ code: "1", timeframes: ["2m"] }, 400, 'timeframes.0 is "2m": expected one of 1m, 1h'],
    [{ code: "1", timeframes: [] }, 400, "timeframes: expected the intervals that the filter reads"],
    [{ code: "return candles('4h').length > 1;" }, 404, "4h is not served here: expected one of 1m, 1h"],
    [
      { code: "return candles('60m').length > 1;" },
      400,
      'line 1, column 16: "60m" is not an interval: did you mean "1h"?',
    ],
    [
      { code: "return candles('1m').length > 1;", timeframes: ["1h"] },
      400,
      'line 1, column 16: "1m" is not among the filter\'s timeframes',
    ],
    [
      { code: "return rsi(candles('1m').close) < 30;" },
      400,
      "line 1, column 8: rsi(candles('1m').close) is a column, not a number: did you mean rsi(candles('1m').close).at(-1)?",
    ],
    [{ code: "return true;", timeframes: ["1m"], cooldownCandles: 1 }, 400, 'unknown member "cooldownCandles"'],
    [{ code: "return 1;", timeframes: ["4h"] }, 404, "4h is not served here: expected one of 1m, 1h"],
    [
      { code: "return 1;", timeframes: ["1m"], symbols: ["AUSD"] },
      404,
      "AUSD is not followed here: did you mean AUSDT?",
    ],
    [{ code: "return 1;", timeframes: ["1m"], closeTime: 5 }, 400, "5 is not the close of a 1m candle"],
    [{ code: "return 1;", timeframes: ["1m"], closes: 5 }, 400, 'unknown member "closes"'],
  ])("refuses %j", async (body, status, detail) => {
    const refused = await post("/screen", body);
    expect(refused.status).toBe(status);
    expect(refused.answer.detail as string).toStartWith(detail);
  });

  test("a caller's places are its own: more than eight at a time are refused, and nobody else is", async () => {
    const request = { code: CODE, timeframes: ["1m", "1h"] as const, closeTime: lastClose() };
    const anna = { caller: "anna" };
    const waiting = Array.from({ length: 8 }, () => screens.screen(request, anna));
    await expect(screens.screen(request, anna)).rejects.toThrow(
      "8 screens or previews of yours wait already: try again when one has ended",
    );
    expect((await screens.screen(request, { caller: "bert" })).checked).toBe(3);
    for (const one of await Promise.all(waiting)) expect(one.checked).toBe(3);
    expect((await screens.screen(request, anna)).checked).toBe(3);
    expect(screens.figures()).toMatchObject({
      waiting: 0,
      places: 0,
      refused: { caller: 1, total: 0, quarantined: 0, wait: 0 },
    });
  });

  test("whoever's places are taken is told so with 429, and when all are taken anyone with 503, both with Retry-After", async () => {
    const body = JSON.stringify({ code: CODE, timeframes: ["1m"] });
    for (const [bounds, status, retryAfter] of [
      [{ perCaller: 0, total: 5 }, 429, "1"],
      [{ perCaller: 5, total: 0 }, 503, "5"],
    ] as const) {
      const full = screensOf(store, { bounds });
      const market = serveMarket({ with: { routes: screenRoutes(store, full) } });
      const response = await fetch(`${market.server.url}/screen`, { method: "POST", body });
      expect([response.status, response.headers.get("retry-after")]).toEqual([status, retryAfter]);
      await market.server.stop();
      full.stop();
    }
  });
});

test("POST /preview says of each past close what a screen at it says", async () => {
  const request = { code: CODE, timeframes: ["1m", "1h"] as const, closes: 30 };
  const { status, answer } = await post("/preview", request);
  expect(status).toBe(200);
  const expected = preview(inProcess, { ...request, closeTime: lastClose() });
  const { milliseconds: _, ...rest } = answer;
  const { milliseconds: __, ...same } = expected;
  expect(rest).toEqual(JSON.parse(JSON.stringify(same)));
  for (const { closeTime, matches } of expected.closes) {
    expect(inProcess.screen({ ...request, closeTime }).matches).toEqual(matches);
  }
  expect(expected.closes.some(({ matches }) => matches.length > 0)).toBe(true);
});

// The last one: afterwards one symbol is ahead of the others.
describe("an outage of the exchange", () => {
  test("candles that the exchange itself lacks are no doubt: the symbol is screened all the same", async () => {
    const [, symbol] = SYMBOLS;
    if (symbol === undefined) throw new Error("no symbol");
    // The exchange was asked for two hours, and twenty minutes of them don't exist.
    const asked = truth.get(symbol)?.slice(HISTORY - 120, HISTORY + 6) ?? [];
    const from = (START + (HISTORY + 6) * 60_000) as UnixMs;
    const outage = 20;
    const after = asked.slice(0, 5).map((kline, index) => movedTo(kline, from + (outage + index) * 60_000));
    for (const kline of after) {
      store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
    }
    const closeTime = after.at(-1)?.closeTime;
    const body = { code: "return true;", timeframes: ["1m"], symbols: [symbol], closeTime };
    const unasked = await post("/screen", body);
    expect(unasked.answer.skipped).toEqual([{ symbol, reason: "its 1m klines are not certain yet" }]);
    history(symbol, "1m", [...asked, ...after]);
    const path = `${server.url}/klines/${symbol}/1m?limit=250&closed=true`;
    expect(await (await fetch(path)).json()).toMatchObject({ count: 250, complete: false, settled: true });
    const screened = await post("/screen", body);
    expect(screened.answer).toMatchObject({ matches: [{ symbol, facts: {} }], skipped: [] });
  });
});

test("what the thread has of a young symbol grows with it, close by close", async () => {
  const young = new MarketStore({ intervals: ["1m"], capacity: 100 });
  const ownScreens = screensOf(young);
  const [symbol] = SYMBOLS;
  const klines = symbol === undefined ? [] : (truth.get(symbol) ?? []);
  if (symbol === undefined) throw new Error("no symbol");
  const about = { base: "A", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 } as const;
  young.apply({ type: "symbols", symbols: [{ symbol, ...about }] });
  const [from, to] = [START - 30 * 60_000, START + 2 * 60_000] as UnixMs[];
  young.apply({
    type: "history",
    symbol,
    interval: "1m",
    from: from as UnixMs,
    to: to as UnixMs,
    klines: klines.slice(0, 3),
  });
  const seen: unknown[] = [];
  try {
    for (const kline of klines.slice(3, 30)) {
      young.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (kline.closeTime + 1) as UnixMs });
      const code = 'return {match: true, facts: {length: candles("1m").length, last: candles("1m").close.at(-1)}};';
      const found = await ownScreens.screen(
        { code, timeframes: ["1m"], closeTime: kline.closeTime },
        { caller: "anna" },
      );
      seen.push(found.matches[0]?.facts ?? found.skipped[0]);
    }
  } finally {
    ownScreens.stop();
  }
  expect(seen).toEqual(klines.slice(3, 30).map(({ close }, at) => ({ length: at + 4, last: close })));
});

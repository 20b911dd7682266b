import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ClientError, createClient, explain } from "../../src/client/mod.ts";
import type { Symbol, UnixMs } from "../../src/core/mod.ts";
import { explainRoutes, functionTraders, KeyRing, screenRoutes } from "../../src/server/mod.ts";
import type { Functions } from "../../src/traders/mod.ts";
import type { ExplainAnswer, ExplainRequest } from "../../src/wire/mod.ts";
import { keyAccess, keyRecord } from "../helpers/keys.ts";
import { screensOf } from "../helpers/screens.ts";
import { BTC, type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";

const TRADER_ID = "50940459-1276-4f0d-ad20-8a9cee09a682";
const CLOSE = (START + 300 * 60_000 - 1) as UnixMs;
const CODE = `const last = candles("1m").close.at(-1);
if (last < 0 || !symbol) return true;
return {match: last > 1e9 ? closeTime : last === NaN, facts: {last}};`;

/** A trader with a cooldown of ten candles, and its signals: one three minutes before the close, or what a test says. */
const TRADER = {
  ...{ id: TRADER_ID, owner: "o", name: "n", description: "", enabled: true, code: "return closeTime > 0;" },
  ...{ timeframes: ["1m"], triggerInterval: "1m", market: "binance", symbols: null, cooldownCandles: 10, version: 7 },
  ...{ createdAt: 1, updatedAt: 1, problem: null, lastExecution: null },
};
const signalAt = (closeTime: number, traderVersion: number): object => ({
  ...{ id: 1, traderId: TRADER_ID, traderVersion, symbol: BTC, interval: "1m", closeTime, price: 1, facts: {} },
  createdAt: 1,
});
let trader: object = TRADER;
let signals: readonly object[] = [];
let versions: readonly object[] = [];
const asked: string[] = [];
const functions: Functions = async (name, request, caller) => {
  const url = new URL(request.url);
  asked.push(`${caller?.owner} ${name}${url.search}`);
  if (name === "signals") return Response.json({ count: signals.length, signals, cursor: null });
  if (url.pathname.endsWith("/versions")) return Response.json({ count: versions.length, versions, cursor: null });
  if (url.pathname.endsWith(TRADER_ID)) return Response.json(trader);
  const problem = { type: "about:blank", title: "Not found", status: 404, detail: "no such trader", requestId: "r" };
  return Response.json({ ...problem, code: "not_found" }, { status: 404 });
};

let market: ServedMarket;
let screens: ReturnType<typeof screensOf>;
beforeAll(() => {
  const keys = [
    keyRecord("all", { name: "all", scopes: ["screen", "trade"], rate: "1000/h" }),
    keyRecord("screener", { name: "screener", scopes: ["screen"], rate: "1000/h" }),
    keyRecord("poor", { name: "poor", scopes: ["screen", "trade"], rate: "3/h" }),
  ];
  market = serveMarket();
  const { store } = market;
  market.server.stop();
  screens = screensOf(store);
  const routes = [...explainRoutes(store, screens, functionTraders(functions)), ...screenRoutes(store, screens)];
  market = serveMarket({ store, with: { access: keyAccess(new KeyRing(keys)), routes } });
});
afterAll(async () => {
  screens.stop();
  await market.server.stop();
});

async function asking(request: ExplainRequest, apiKey = "all"): Promise<ExplainAnswer> {
  return await explain({ url: market.server.url, apiKey, maxTries: 1 }, request);
}

async function refusalOf(request: ExplainRequest, apiKey?: string): Promise<string> {
  return await asking(request, apiKey).then(
    () => "it was answered",
    (cause) => (cause instanceof ClientError ? `${cause.status} ${cause.message}` : String(cause)),
  );
}

describe("POST /explain", () => {
  test("tells each condition in the order of the code, its values, and how far it was from its bound", async () => {
    const { conditions, ...rest } = await asking({ code: CODE, symbol: BTC });
    const last = market.store.series(BTC, "1m")?.ring;
    expect(rest).toMatchObject({ symbol: BTC, interval: "1m", closeTime: CLOSE, match: false, engine: "compiled" });
    expect(rest).toMatchObject({ error: null, missing: [], notes: [] });
    expect(rest.windows).toEqual([
      { interval: "1m", klines: 250, from: (CLOSE + 1 - 250 * 60_000) as UnixMs, to: CLOSE, settled: true },
    ]);
    expect(last).toBeDefined();
    const value = conditions[1]?.values[0]?.value as number;
    const seen = (text: string, verdict: boolean | null, values: object[], more = {}): object => {
      return { text, verdict, values, times: verdict === null ? 0 : 1, ...more };
    };
    expect(conditions.map(({ line: _, column: __, ...one }) => one as object)).toEqual([
      seen("last < 0 || !symbol", false, []),
      seen("last < 0", false, [{ text: "last", value }], { distance: value, share: 1 }),
      seen("!symbol", false, []),
      seen("symbol", true, [{ text: "symbol", value: BTC }]),
      seen("last > 1e9 ? closeTime : last === NaN", false, [
        { text: "last > 1e9 ? closeTime : last === NaN", value: false },
      ]),
      seen("last > 1e9", false, [{ text: "last", value }], { distance: value - 1e9, share: (1e9 - value) / 1e9 }),
      seen("last === NaN", false, [
        { text: "last", value },
        { text: "NaN", value: null, is: "NaN" },
      ]),
    ]);
    expect(conditions.map(({ line, column }) => [line, column])).toEqual([
      ...[
        [2, 5],
        [2, 5],
        [2, 17],
        [2, 18],
      ],
      ...[
        [3, 16],
        [3, 16],
        [3, 41],
      ],
    ]);
  });

  test("has the verdict of a screen at the same close, also an earlier one", async () => {
    const client = createClient({ url: market.server.url, apiKey: "all" });
    const code = 'const c = candles("1m").close; return {match: c.at(-1) > c.at(-2), facts: {now: c.at(-1)}};';
    for (let back = 0; back < 5; back += 1) {
      const request = { code, closeTime: CLOSE - back * 60_000 };
      const [{ matches }, { match, facts }] = await Promise.all([
        client.screen({ ...request, symbols: [BTC] }),
        asking({ ...request, symbol: BTC }),
      ]);
      expect([match, facts]).toEqual([matches.length === 1, matches[0]?.facts ?? null]);
    }
  });

  test("says what is missing as a screen does, and where a filter failed", async () => {
    const short = await asking({ code: 'return sma(candles("1m").close, 900).at(-1) > 0;', symbol: BTC });
    expect(short.match).toBeNull();
    expect(short.missing).toEqual([
      { reason: expect.stringContaining("wants 900 closed klines of 1m"), interval: "1m", wanted: 900 },
    ]);
    const old = { code: 'return candles("1m").length > 0;', symbol: BTC, closeTime: CLOSE - 600 * 60_000 };
    expect(await asking(old)).toMatchObject({
      ...{ match: null, windows: [{ interval: "1m", klines: 0, from: null, settled: false }] },
      ...{ missing: [{ interval: "1m", reason: expect.stringContaining("is not there") }] },
      conditions: [{ text: 'candles("1m").length > 0', verdict: null, values: [], times: 0 }],
    });
    const failed = await asking({ code: 'if (candles("1m").length > 3) null.x;\nreturn true;', symbol: BTC });
    expect(failed).toMatchObject({ match: null, error: { line: 1 }, conditions: [{ verdict: true, distance: 247 }] });
    const endless = await asking({ code: "for (;;) {} return true;", symbol: BTC, interval: "1m" });
    expect(endless).toMatchObject({ match: null, conditions: [], error: { message: "it took longer than 20 ms" } });
    expect(endless.notes).toEqual(["the filter was stopped, so its conditions are left out"]);
    const many = `let n = 0;\n${"if (n > closeTime) n += 1;\n".repeat(150)}return n === 0;`;
    const crowded = await asking({ code: many, symbol: BTC, interval: "1m" });
    expect(crowded).toMatchObject({ match: true, conditions: [] });
    expect(crowded.notes).toEqual(["the filter has too many conditions to watch, so they are left out"]);
  });

  test("a filter that reads where its stack is gets the verdict of a screen, and no conditions", async () => {
    const code =
      "try { if (symbol && null.x) return false; } catch (e) { return {match: true, facts: {stack: e.stack}}; }";
    const { match, facts, conditions, notes } = await asking({ code, symbol: BTC, interval: "1m" });
    const client = createClient({ url: market.server.url, apiKey: "all" });
    const { matches } = await client.screen({ code, symbols: [BTC], interval: "1m" });
    expect([match, facts]).toEqual([true, matches[0]?.facts ?? null]);
    expect(conditions).toEqual([]);
    expect(notes).toEqual(["watching the conditions changed what the filter does, so they are left out"]);
  });

  test("a trader's filter comes with its version, its cooldown and the signal that is cooling", async () => {
    signals = [signalAt(CLOSE - 3 * 60_000, 7)];
    asked.length = 0;
    const answer = await asking({ traderId: TRADER_ID, symbol: BTC });
    expect(answer).toMatchObject({ match: true, interval: "1m", notes: [] });
    expect(answer.trader).toEqual({ id: TRADER_ID, version: 7, cooldownCandles: 10 });
    expect(answer.cooling).toEqual({
      since: (CLOSE - 3 * 60_000) as UnixMs,
      until: (CLOSE + 7 * 60_000) as UnixMs,
    });
    expect(asked).toEqual([
      "key:all traders",
      `key:all signals?traderId=${TRADER_ID}&symbol=${BTC}&interval=1m&to=${CLOSE}&limit=2`,
    ]);
    signals = [signalAt(CLOSE, 6), signalAt(CLOSE - 30 * 60_000, 6)];
    trader = { ...TRADER, enabled: false, symbols: ["ETHUSDT"] };
    const later = await asking({ traderId: TRADER_ID, symbol: BTC });
    expect(later.cooling).toBeUndefined();
    expect(later.notes).toEqual([
      "the trader doesn't watch BTCUSDT: it gives no signals of it",
      "the trader is switched off: it gives no signals",
      "the signal of this close is of version 6, and this explains version 7",
    ]);
    trader = TRADER;
  });

  test("an older version of a trader is explained as the trader was then, at its own last close", async () => {
    const { code: _, ...about } = TRADER;
    const before = { ...about, version: 6, code: "return closeTime < 0;", timeframes: ["5m"], triggerInterval: "5m" };
    versions = [{ ...before, cooldownCandles: 3, signals: 1 }];
    signals = [{ ...signalAt(CLOSE, 6), interval: "5m" }];
    asked.length = 0;
    const request = { traderId: TRADER_ID, traderVersion: 6, symbol: BTC };
    const answer = await asking({ ...request, closeTime: CLOSE });
    expect(answer).toMatchObject({ match: false, interval: "5m", closeTime: CLOSE });
    expect(answer.trader).toEqual({ id: TRADER_ID, version: 6, cooldownCandles: 3 });
    expect(answer.notes).toEqual(["the trader is at version 7 now; this explains version 6, which gave the signal"]);
    expect(asked.slice(1)).toEqual([
      "key:all traders?cursor=7&limit=1",
      `key:all signals?traderId=${TRADER_ID}&symbol=${BTC}&interval=5m&to=${CLOSE}&limit=2`,
    ]);
    expect((await asking({ ...request, closeTime: CLOSE - 60_000 })).closeTime as number).toBe(CLOSE - 300_000);
    versions = [];
    signals = [signalAt(CLOSE, 6)];
    const gone = await asking({ ...request, closeTime: CLOSE });
    expect([gone.match, gone.trader?.version, gone.notes]).toEqual([
      true,
      7,
      ["the signal is of version 6, and this explains version 7"],
    ]);
    signals = [];
    const present = await asking({ ...request, traderVersion: 7, closeTime: CLOSE });
    expect([present.trader?.version, present.notes]).toEqual([7, []]);
  });

  test("refuses what it can't mean, in words", async () => {
    const code = "return true;";
    const mine = { traderId: TRADER_ID, symbol: BTC };
    expect(await refusalOf({ symbol: BTC })).toContain("expected either code or traderId");
    expect(await refusalOf({ ...mine, code })).toContain("expected either code or traderId");
    expect(await refusalOf({ code, symbol: BTC, traderVersion: 6 })).toContain("expected traderVersion with traderId");
    expect(await refusalOf({ ...mine, interval: "1m" })).toContain("a trader has its own interval and timeframes");
    expect(await refusalOf({ code, symbol: "NOPEUSDT" as Symbol })).toMatch(/^404 .*NOPEUSDT is not followed here/);
    expect(await refusalOf({ code, symbol: BTC, interval: "1m", closeTime: CLOSE - 1 })).toContain(
      "is not the close of",
    );
    expect(await refusalOf({ code: "return tru;", symbol: BTC })).toContain("line 1, column 8: tru is not defined");
    expect(await refusalOf(mine, "screener")).toMatch(/^403 .*scope trade/);
    expect(await refusalOf({ traderId: TRADER_ID.replace("5", "6"), symbol: BTC })).toMatch(/^404 .*no such trader/);
  });

  test("costs what a screen of one symbol does, and two tokens more for a trader", async () => {
    expect((await asking({ traderId: TRADER_ID, symbol: BTC }, "poor")).match).toBe(true);
    expect(await refusalOf({ code: "return true;", symbol: BTC }, "poor")).toMatch(/^429 /);
  });
});

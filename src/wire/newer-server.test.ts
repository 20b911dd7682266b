import { expect, test } from "bun:test";
import { healthSchema, pageSettingsSchema, readAnswer } from "./mod.ts";

const FEED = { state: "live", connections: 1, lastEventAgeMs: 5 };
const ABOUT = { status: "ok", reasons: [], symbols: 1, coverage: { complete: 1, total: 1 }, feed: FEED } as const;
const HEALTH = { ...ABOUT, version: "9", uptimeSeconds: 1, source: "binance", intervals: ["1m"], series: 1 };
const BINANCE = { ...ABOUT, market: "binance", source: "binance", intervals: ["1m"] };

test("markets of a newer server that aren't known here are left out, whatever is said of them", () => {
  const markets = [{ market: "okx", source: "okx" }, BINANCE, { ...ABOUT, market: "okx-swap", source: "okx" }];
  const read = readAnswer(healthSchema, { ...HEALTH, markets });
  expect("answer" in read && read.answer.markets.map(({ market }) => market)).toEqual(["binance"]);
  const settings = { signIn: null, functionsUrl: null, markets: ["okx", "bybit", "binance"], scopes: ["new", "read"] };
  expect(readAnswer(pageSettingsSchema, settings)).toMatchObject({
    answer: { markets: ["bybit", "binance"], scopes: ["new", "read"] },
  });
});

test("what is wrong with one that is known is refused", () => {
  for (const markets of [[{ ...BINANCE, symbols: -1 }], [{ market: 7 }], [null], "binance"]) {
    expect(readAnswer(healthSchema, { ...HEALTH, markets })).toHaveProperty("fault");
  }
  for (const markets of [[7], [null], {}]) {
    expect(readAnswer(pageSettingsSchema, { signIn: null, functionsUrl: null, markets })).toHaveProperty("fault");
  }
});

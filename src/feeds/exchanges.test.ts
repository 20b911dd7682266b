import { expect, test } from "bun:test";
import { MARKET_IDS, marketOf, symbolAt } from "../core/mod.ts";
import { EXCHANGES } from "./mod.ts";

test("every market has an adapter, which is its own", () => {
  expect(Object.keys(EXCHANGES).sort()).toEqual([...MARKET_IDS].sort());
  for (const id of MARKET_IDS) expect(EXCHANGES[id].id).toBe(id);
});

test("the same name is another symbol in each market, and no two reach the same streams or klines", () => {
  const range = { from: 1_770_681_600_000, to: 1_770_685_140_000 } as never;
  const reached = MARKET_IDS.map((id) => {
    const { streams, rest } = EXCHANGES[id];
    const symbol = symbolAt(id, "BTCUSDT");
    if (symbol === undefined || marketOf(symbol) !== id) throw new Error(`${id} has no BTCUSDT`);
    const { url } = streams.address(streams.url, []);
    return { symbol, stream: url.split("?")[0], klines: `${rest.url}${rest.klines(symbol, "1m", range).path}` };
  });
  for (const what of ["symbol", "stream", "klines"] as const) {
    expect(new Set(reached.map((one) => one[what])).size).toBe(MARKET_IDS.length);
  }
});

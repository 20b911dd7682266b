import { expect, test } from "bun:test";
import { FIRST_MARKET, parseSymbol, type Symbol, type SymbolInfo } from "../core/mod.ts";
import { MarketStore, Markets } from "../store/mod.ts";
import { followed } from "./symbols-asked.ts";

test("a wildcard that is named again and again is looked up once", () => {
  const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
  const symbols = ["AUSDT", "BUSDT"].map(parseSymbol);
  store.apply({ type: "symbols", symbols: symbols.map(infoOf) });
  let looks = 0;
  const all = store.symbols.bind(store);
  store.symbols = () => {
    looks += 1;
    return all();
  };
  const asked = [...Array.from({ length: 2_000 }, () => FIRST_MARKET), parseSymbol("BUSDT")];
  expect(followed(asked, new Markets([store]))).toEqual(symbols);
  expect(looks).toBe(1);
});

function infoOf(symbol: Symbol): SymbolInfo {
  return { symbol, base: "A", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 };
}

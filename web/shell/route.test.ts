import { expect, test } from "bun:test";
import { parseRoute, routeHash } from "./route.ts";

test("an address is read as it was written, non-ASCII symbols too", () => {
  for (const parts of [[], ["BTCUSDT", "5m"], ["币安人生USDT", "1M"], ["a/b?c#d", "%"]]) {
    for (const query of [{}, { at: "1770681600000" }, { trader: "a b&c=d" }] as Record<string, string>[]) {
      expect(parseRoute(routeHash("chart", parts, query))).toEqual({ screen: "chart", parts, query });
    }
  }
});

test("anything else is no address", () => {
  for (const hash of ["", "#", "#/", "#markets", "#//x", "#/chart//5m", "#/%E0%A4%A/5m"]) {
    expect({ hash, route: parseRoute(hash) }).toEqual({ hash, route: undefined });
  }
});

import { expect, test } from "bun:test";
import { parseRoute, routeHash } from "./route.ts";

test("an address is read as it was written, non-ASCII symbols too", () => {
  for (const symbol of ["BTCUSDT", "币安人生USDT"]) {
    expect(parseRoute(routeHash({ symbol, interval: "5m" }))).toEqual({ symbol, interval: "5m" });
  }
});

test("a symbol may be typed in lower case, an interval not: 1m is a minute, 1M a month", () => {
  expect(parseRoute("#/btcusdt/1M")).toEqual({ symbol: "BTCUSDT", interval: "1M" });
});

test("anything else is no address", () => {
  for (const hash of ["", "#", "#/BTCUSDT", "#/BTCUSDT/5m/x", "#/%E0%A4%A/5m"])
    expect(parseRoute(hash)).toBeUndefined();
});

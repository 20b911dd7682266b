import { expect, test } from "bun:test";
import { suggestedPath } from "./path-suggestion.ts";

const ROUTES = [
  "/health",
  "/symbols",
  "/klines",
  "/klines/{symbol}/{interval}",
  "/ticker/{symbol}",
  "/tickers",
  "/series",
  "/coverage/{symbol}/{interval}",
  "/functions/v1/get-klines",
  "/functions/v1/traders",
  "/functions/v1/traders/{id}",
  "/functions/v1/signals",
].map((path) => path.split("/"));

test.each([
  ["/functions/v1/trader", "/functions/v1/traders"],
  ["/tickers/BTCUSDT", "/ticker/BTCUSDT"],
  ["/klines/BTCUSDT", "/klines/BTCUSDT/{interval}"],
  ["/kline/BTCUSDT/1m", "/klines/BTCUSDT/1m"],
  ["/signals", "/functions/v1/signals"],
  ["/traders", "/functions/v1/traders"],
  ["/api/v3/klines", "/klines"],
  ["/helth", "/health"],
  ["/v1/symbols/", "/symbols"],
  ["/nothing", undefined],
  ["/", undefined],
  [`/${"x/".repeat(100)}`, undefined],
])("%s: %s", (asked, meant) => {
  expect(suggestedPath(asked.split("/"), ROUTES)).toBe(meant as string);
});

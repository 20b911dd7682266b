import { expect, test } from "bun:test";
import { parseSymbol, type SymbolInfo, type UnixMs } from "../../core/mod.ts";
import { BINANCE_STREAMS } from "../binance/streams.ts";
import { CloseWatchdog } from "./close-watchdog.ts";
import { Followed } from "./followed.ts";

const NOON = Date.UTC(2026, 1, 10, 12);
const minute = (count: number): UnixMs => (NOON + count * 60_000) as UnixMs;

/** What became of a symbol with this status that was last heard in the first minute, at the close of the second. */
function atSecondClose(
  status: SymbolInfo["status"],
  { isQuiet, isDelisted = false }: { isQuiet: boolean; isDelisted?: boolean },
): unknown[] {
  const symbol = parseSymbol("BTCUSDT");
  const followed = new Followed(
    { symbol, base: "BTC", quote: "USDT", status, priceDecimals: 2, quantityDecimals: 5 },
    BINANCE_STREAMS,
    false,
  );
  followed.isWarm = true;
  if (isDelisted) followed.delistedAt = 0;
  followed.lastOpenTime = minute(-1);
  followed.settle(minute(-2));
  followed.tickedAt = minute(-1) + 10_000;
  const seen: unknown[] = [];
  const watchdog = new CloseWatchdog({
    finalWithinMs: 2_000,
    followed: () => [followed],
    isQuiet: () => isQuiet,
    late: (_, from, isHeard) => seen.push(["late", (from - NOON) / 60_000, isHeard]),
    idle: () => seen.push("idle"),
    wake: () => seen.push("silent"),
  });
  watchdog.moved(minute(0) + 1_000);
  watchdog.moved(minute(1) + 2_000);
  return seen;
}

test("a symbol that isn't said to trade, and wasn't heard, is left alone while others are heard", () => {
  for (const status of ["UNKNOWN", "BREAK"] as const)
    expect(atSecondClose(status, { isQuiet: false })).toEqual(["idle"]);
});

test("while nothing is heard at all, it may trade again: the close is asked for, as every other", () => {
  for (const status of ["UNKNOWN", "BREAK"] as const) {
    expect(atSecondClose(status, { isQuiet: true })).toEqual([["late", 0, false]]);
  }
  expect(atSecondClose("TRADING", { isQuiet: true })).toEqual([["late", -1, false]]);
});

test("what is delisted isn't asked for, whatever is heard", () => {
  expect(atSecondClose("DELISTED", { isQuiet: true, isDelisted: true })).toEqual(["idle"]);
});

import { expect, test } from "bun:test";
import type { MarketId } from "../../src/core/mod.ts";
import type { HealthAnswer } from "../../src/wire/mod.ts";
import { faultsOf, feedFaultOf, leastAge } from "./feed-faults.ts";

const SAID = "the exchange has said nothing for 19 s";

function healthOf(
  states: Readonly<Partial<Record<MarketId, "live" | "warming" | "silent" | "connecting">>>,
): HealthAnswer {
  const markets = Object.entries(states).map(([market, state]) => {
    const ageMs = state === "live" ? 300 : 19_000;
    const feed = { state, lastEventAgeMs: ageMs, marketLagMs: state === "connecting" ? null : ageMs };
    return { market, reasons: state === "live" ? [] : [SAID], feed };
  });
  return { reasons: [SAID], feed: markets[0]?.feed, markets } as unknown as HealthAnswer;
}

test("a market that is silent makes its own prices old, and no others, whichever it is", () => {
  const binance = healthOf({ binance: "silent", bybit: "live" });
  expect(feedFaultOf(binance)).toBeUndefined();
  expect([...faultsOf(binance)]).toEqual([["binance", `Binance spot: ${SAID}`]]);
  expect(leastAge(binance, ({ lastEventAgeMs }) => lastEventAgeMs)).toBe(300);
  const bybit = healthOf({ binance: "live", bybit: "connecting" });
  expect(feedFaultOf(bybit)).toBeUndefined();
  expect([...faultsOf(bybit).keys()]).toEqual(["bybit"]);
});

test("once all are silent everything is old, and said once", () => {
  for (const health of [healthOf({ binance: "silent" }), healthOf({ binance: "silent", bybit: "connecting" })]) {
    expect(feedFaultOf(health)).toBe(SAID);
    expect(faultsOf(health).size).toBe(0);
    expect(leastAge(health, ({ lastEventAgeMs }) => lastEventAgeMs)).toBe(19_000);
  }
});

test("while nothing is known nothing is old", () => {
  expect([feedFaultOf(undefined), faultsOf(undefined).size, leastAge(undefined, () => 1)]).toEqual([
    undefined,
    0,
    null,
  ]);
  expect(feedFaultOf(healthOf({ binance: "warming" }))).toBeUndefined();
});

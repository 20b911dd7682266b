import { describe, expect, test } from "bun:test";
import { MARKET_IDS, type MarketId } from "../../src/core/mod.ts";
import { sized } from "../helpers/size.ts";
import { simulateMarkets } from "./simulate.ts";

const FAULTS = "all,disconnect=30/h,stall=6/h,drop=0.02,http-5xx=0.05,halt=4/h,dead-air@6m,restate=0.02";
/** What a ban is called in each market. */
const BANS = {
  binance: "http-418",
  "binance-usdm": "http-418",
  bybit: "403-ten-minutes",
  "bybit-linear": "403-ten-minutes",
};

describe("markets beside each other, under one clock", () => {
  test("with all faults in each, everything comes right again in each", async () => {
    const markets = MARKET_IDS.map((market) => ({ market, faults: `${FAULTS},${BANS[market]}=4/h` }));
    const outcomes = await simulateMarkets({
      ...{
        seed: 3,
        hours: sized(0.2, 0.3),
        symbols: sized(2, 3),
        intervals: ["1m", "5m"],
        capacity: 40,
        clockStepsPerHour: 10,
        markets,
      },
    });
    expect(outcomes.map(({ market }) => market)).toEqual([...MARKET_IDS]);
    for (const { market, violations, end, callsWhileBanned, faults, completeReads } of outcomes) {
      expect([market, violations]).toEqual([market, []]);
      expect([market, end]).toMatchObject([market, { lost: 0, doubled: 0, invented: 0, differing: 0 }]);
      expect(end.checked).toBeGreaterThan(100);
      expect([callsWhileBanned, completeReads > 0]).toEqual([0, true]);
      for (const kind of ["disconnect", "drop", "dead-air", "clock-step"] as const) {
        expect([market, kind, faults[kind]]).not.toEqual([market, kind, 0]);
      }
    }
  });

  test("what goes wrong in one changes nothing in another's history, nor do the others' being there", async () => {
    const run = {
      ...({
        seed: 9,
        hours: 0.1,
        symbols: sized(1, 2),
        intervals: ["1m"],
        capacity: 40,
        clockStepsPerHour: 20,
      } as const),
    };
    const stories = async (
      markets: readonly MarketId[],
      faulty: readonly MarketId[],
    ): Promise<Partial<Record<MarketId, string>>> => {
      const plans = markets.map((market) => ({ market, ...(faulty.includes(market) ? { faults: FAULTS } : {}) }));
      const outcomes = await simulateMarkets({ ...run, markets: plans });
      return Object.fromEntries(outcomes.map(({ market, story }) => [market, story]));
    };
    const calm = await stories(MARKET_IDS, []);
    const faulty = await stories(MARKET_IDS, MARKET_IDS);
    expect(new Set([...Object.values(calm), ...Object.values(faulty)]).size).toBe(2 * MARKET_IDS.length);
    for (const market of ["binance", "bybit-linear"] as const) {
      expect(await stories(MARKET_IDS, [market])).toEqual({ ...calm, [market]: faulty[market] });
    }
    const { bybit } = await stories(["bybit"], ["bybit"]);
    expect(bybit).toBe(faulty.bybit as string);
  });
});

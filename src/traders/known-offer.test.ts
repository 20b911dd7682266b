import { expect, test } from "bun:test";
import { ManualClock, SettableClock } from "../../tests/helpers/clock.ts";
import { RuleMarket, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import { until } from "../../tests/helpers/until.ts";
import { KnownOffer } from "./known-offer.ts";
import type { MarketOffer } from "./ports.ts";

const OFFER: MarketOffer = { intervals: ["1m"], symbols: new Set(SYMBOLS) };

test("what a market offers is read once in ten seconds, and again as long as it isn't known", async () => {
  const [market, clock] = [new RuleMarket(), new ManualClock()];
  let asked = 0;
  const known = new KnownOffer(
    {
      offer: async () => {
        asked += 1;
        return await market.offer();
      },
    },
    clock,
    clock.stopwatch,
  );
  market.fault = () => new Error("it is away");
  expect([await known.get(), asked]).toEqual([undefined, 1]);
  market.fault = undefined;
  expect([await known.get(), asked]).toEqual([undefined, 2]);
  market.offered = OFFER;
  expect([await known.get(), asked]).toEqual([OFFER, 3]);
  await clock.turn(9_999);
  expect([await known.get(), asked]).toEqual([OFFER, 3]);
  market.offered = { ...OFFER, intervals: ["5m"] };
  await clock.turn(1);
  expect([(await known.get())?.intervals, asked]).toEqual([["5m"], 4]);
  expect(clock.sleepers).toBe(0);
});

test("nobody waits longer than a second for a market that doesn't answer", async () => {
  const clock = new ManualClock();
  const known = new KnownOffer({ offer: () => new Promise(() => {}) }, clock, clock.stopwatch);
  const asked = known.get();
  await until(() => clock.sleepers === 1);
  await clock.turn(1_000);
  expect(await asked).toBeUndefined();
});

test("how long it is believed counts by the stopwatch: a machine's clock that is set changes nothing", async () => {
  const beneath = new ManualClock();
  const local = new SettableClock(beneath);
  let asked = 0;
  const offer = async (): Promise<MarketOffer> => {
    asked += 1;
    return OFFER;
  };
  const known = new KnownOffer({ offer }, local, beneath.stopwatch);
  await known.get();
  local.step(3_600_000);
  await known.get();
  expect(asked).toBe(1);
  local.step(-3_600_000 - 10_000);
  await beneath.turn(10_000);
  await known.get();
  expect(asked).toBe(2);
});

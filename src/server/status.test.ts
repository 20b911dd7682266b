import { expect, test } from "bun:test";
import { ManualClock, SettableClock } from "../../tests/helpers/clock.ts";
import { type FeedStatus, parseSymbol, type UnixMs } from "../core/mod.ts";
import { MarketStore } from "../store/mod.ts";
import { DEFAULT_STALE_AFTER_MS, ServerStatus } from "./status.ts";

const LIVE = { state: "live", source: "simulated", connections: 1, lastEventAt: undefined, silentForMs: 0 } as const;
const SYMBOL = parseSymbol("BTCUSDT");

test.each([3_600_000, -3_600_000])("coverage and uptime go on when the clock is set by %p ms", async (step) => {
  const clock = new ManualClock();
  const local = new SettableClock(clock);
  const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
  const feed: FeedStatus = {
    state: "live",
    source: "simulated",
    connections: 1,
    lastEventAt: undefined,
    silentForMs: 0,
  };
  const status = new ServerStatus({
    markets: [{ store, feed: { status: () => feed } }],
    now: () => local.now(),
    stopwatch: clock.stopwatch,
    version: "0",
    staleAfterMs: DEFAULT_STALE_AFTER_MS,
    commit: "unknown",
    database: () => undefined,
    faults: () => [],
  });
  const about = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  store.apply({ type: "symbols", symbols: [{ symbol: SYMBOL, ...about }] });
  expect(status.health()).toMatchObject({ coverage: { complete: 0, total: 1 }, uptimeSeconds: 0 });
  local.step(step);
  const to = (clock.now() - 60_000) as UnixMs;
  const from = (to - 20 * 60_000) as UnixMs;
  store.apply({ type: "history", symbol: SYMBOL, interval: "1m", from, to, klines: [] });
  await clock.turn(1_000);
  expect(status.health()).toMatchObject({ coverage: { complete: 1, total: 1 }, uptimeSeconds: 1 });
});

test("however often it is asked, series are counted and faults are looked up twice a second", async () => {
  const clock = new ManualClock();
  const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
  const looked = { coverage: 0, faults: 0 };
  const coverage = store.coverage.bind(store);
  store.coverage = () => {
    looked.coverage += 1;
    return coverage();
  };
  const faults: string[] = [];
  const status = new ServerStatus({
    markets: [{ store, feed: { status: () => LIVE } }],
    now: () => clock.now(),
    stopwatch: clock.stopwatch,
    version: "0",
    commit: "unknown",
    database: () => undefined,
    staleAfterMs: DEFAULT_STALE_AFTER_MS,
    faults: () => {
      looked.faults += 1;
      return [...faults];
    },
  });
  for (let asked = 0; asked < 100; asked += 1) status.health();
  expect(looked).toEqual({ coverage: 1, faults: 1 });
  faults.push("the traders' database is gone");
  await clock.turn(500);
  for (let asked = 0; asked < 100; asked += 1) expect(status.health().reasons).toEqual(faults);
  expect(looked).toEqual({ coverage: 2, faults: 2 });
});

test("reasons of a market that comes from another server call that the upstream", () => {
  const clock = new ManualClock();
  const store = new MarketStore({ intervals: ["1m"], capacity: 10 });
  const troubles = [{ symbol: SYMBOL, reason: "the exchange isn't certain of its history yet" }];
  const feed: FeedStatus = { ...LIVE, state: "disconnected", connections: 0, silentForMs: 14_000, troubles };
  const status = new ServerStatus({
    markets: [{ store, feed: { status: () => feed }, counterpart: "the upstream" }],
    ...{ now: () => clock.now(), stopwatch: clock.stopwatch, version: "0", commit: "unknown" },
    ...{ database: () => undefined, staleAfterMs: DEFAULT_STALE_AFTER_MS, faults: () => [] },
  });
  const reasons = ["a connection to the upstream is lost (0 up)", "the upstream has said nothing for 14 s"];
  expect(status.ready()).toEqual({ ready: false, reasons });
  expect(status.health().reasons).toEqual([...reasons, "BTCUSDT: the upstream isn't certain of its history yet"]);
});

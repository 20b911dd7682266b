import { expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { until } from "../../../tests/helpers/until.ts";
import { parseSymbol, type SymbolInfo, type SymbolStatus, seededRandom } from "../../core/mod.ts";
import { BINANCE_STREAMS } from "../binance/streams.ts";
import type { Asker } from "./asking/asker.ts";
import { Following } from "./following.ts";

test("a run that begins while the whole exchange is halted waits until something trades", async () => {
  const clock = new ManualClock();
  let status: SymbolStatus = "HALT";
  const info = (): SymbolInfo => ({
    symbol: parseSymbol("BTCUSDT"),
    base: "BTC",
    quote: "USDT",
    status,
    priceDecimals: 2,
    quantityDecimals: 5,
  });
  const rest = {
    listed: async () => ({
      serverTime: clock.now(),
      symbols: [info()],
      refused: { count: 0 },
      askedAt: clock.stopwatch(),
    }),
    tickers: async () => [],
  };
  const warnings: string[] = [];
  const followed: string[] = [];
  const following = new Following({
    rest: rest as unknown as Asker,
    selection: { kind: "all" },
    quote: "USDT",
    remembered: () => [],
    streams: BINANCE_STREAMS,
    withSeconds: false,
    clock,
    stopwatch: clock.stopwatch,
    random: seededRandom(1),
    learnTime: () => {},
    marketTime: () => clock.now(),
    follows: (infos) => followed.push(...infos.map(({ symbol }) => symbol)),
    unwanted: () => {},
    onWarm: () => {},
    note: () => {},
    warn: (message) => warnings.push(message),
  });
  const begun = following.begin(new AbortController().signal);
  await until(() => clock.sleepers === 1);
  expect([warnings, followed]).toEqual([["nothing trades against USDT now; asking again"], []]);
  status = "TRADING";
  await clock.turn(30_000);
  expect(await begun).toEqual([]);
  expect(followed).toEqual(["BTCUSDT"]);
});

/** Follows BTCUSDT and ETHUSDT while the exchange's list is what the test says. */
function listed(listsDelisted = false): {
  clock: ManualClock;
  following: Following;
  list: { names: string[] };
  statuses(): Record<string, string>;
  stop(): void;
} {
  const clock = new ManualClock();
  const list = { names: ["BTCUSDT", "ETHUSDT"] };
  let infos: readonly SymbolInfo[] = [];
  const infoOf = (name: string): SymbolInfo => ({
    symbol: parseSymbol(name),
    base: name.slice(0, 3),
    quote: "USDT",
    status: "TRADING",
    priceDecimals: 2,
    quantityDecimals: 5,
  });
  const rest = {
    listed: async () => ({
      serverTime: clock.now(),
      symbols: list.names.map(infoOf),
      refused: { count: 0 },
      askedAt: clock.stopwatch(),
    }),
    tickers: async () => [],
    listsDelisted,
  };
  const ending = new AbortController();
  const following = new Following({
    rest: rest as unknown as Asker,
    selection: { kind: "all" },
    quote: "USDT",
    remembered: () => [],
    streams: BINANCE_STREAMS,
    withSeconds: false,
    clock,
    stopwatch: clock.stopwatch,
    random: seededRandom(1),
    learnTime: () => {},
    marketTime: () => clock.now(),
    follows: (followed) => {
      infos = followed;
    },
    unwanted: () => {},
    onWarm: () => {},
    note: () => {},
    warn: () => {},
  });
  void following.begin(ending.signal).then(() => following.run(ending.signal));
  return {
    clock,
    following,
    list,
    statuses: () => Object.fromEntries(infos.map(({ symbol, status }) => [symbol, status])),
    stop: () => ending.abort(new Error("stopped")),
  };
}

test("a symbol that one list doesn't name stays; the next one is asked for soon, and is the second witness", async () => {
  const { clock, list, statuses, stop } = listed();
  await clock.turn(0);
  list.names = ["BTCUSDT"];
  await clock.turn(600_000);
  expect(statuses()).toEqual({ BTCUSDT: "TRADING", ETHUSDT: "TRADING" });
  await clock.turn(60_000);
  expect(statuses()).toEqual({ BTCUSDT: "TRADING", ETHUSDT: "DELISTED" });
  list.names = ["BTCUSDT", "ETHUSDT"];
  await clock.turn(600_000);
  expect(statuses()).toEqual({ BTCUSDT: "TRADING", ETHUSDT: "TRADING" });
  stop();
});

test("what a list that has delisted symbols doesn't name any more isn't followed, and isn't called delisted", async () => {
  const { clock, following, list, statuses, stop } = listed(true);
  await clock.turn(0);
  list.names = ["BTCUSDT"];
  await clock.turn(600_000);
  expect(statuses()).toEqual({ BTCUSDT: "TRADING", ETHUSDT: "TRADING" });
  await clock.turn(60_000);
  expect(statuses()).toEqual({ BTCUSDT: "TRADING" });
  list.names = [];
  await clock.turn(600_000);
  following.readAgainSoon(parseSymbol("BTCUSDT"));
  await clock.turn(0);
  expect(statuses()).toEqual({});
  stop();
});

test("a list that was cut short once takes nothing away, and neither do many while a symbol is heard", async () => {
  const { clock, following, list, statuses, stop } = listed();
  await clock.turn(0);
  list.names = [];
  await clock.turn(600_000);
  list.names = ["BTCUSDT", "ETHUSDT"];
  await clock.turn(60_000);
  expect(statuses()).toEqual({ BTCUSDT: "TRADING", ETHUSDT: "TRADING" });
  list.names = [];
  for (let minute = 0; minute < 30; minute += 1) {
    for (const followed of following.all()) followed.heardAt = clock.now();
    await clock.turn(60_000);
  }
  expect(statuses()).toEqual({ BTCUSDT: "TRADING", ETHUSDT: "TRADING" });
  stop();
});

test("REST, which doesn't know a symbol, is a second witness", async () => {
  const { clock, following, list, statuses, stop } = listed();
  await clock.turn(0);
  list.names = ["BTCUSDT"];
  await clock.turn(600_000);
  expect(statuses()).toEqual({ BTCUSDT: "TRADING", ETHUSDT: "TRADING" });
  following.readAgainSoon(parseSymbol("ETHUSDT"));
  expect(statuses()).toEqual({ BTCUSDT: "TRADING", ETHUSDT: "DELISTED" });
  stop();
});

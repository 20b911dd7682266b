import { expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { until } from "../../../tests/helpers/until.ts";
import { parseSymbol, type SymbolInfo, type SymbolStatus, seededRandom } from "../../core/mod.ts";
import { Following } from "./following.ts";
import type { BinanceRest } from "./rest.ts";

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
    exchangeInfo: async () => ({
      serverTime: clock.now(),
      symbols: [info()],
      refused: { count: 0 },
      askedAt: clock.now(),
    }),
    tickers: async () => [],
  };
  const warnings: string[] = [];
  const followed: string[] = [];
  const following = new Following({
    rest: rest as unknown as BinanceRest,
    selection: { kind: "all" },
    quote: "USDT",
    remembered: () => [],
    withSeconds: false,
    clock,
    random: seededRandom(1),
    learnTime: () => {},
    marketTime: () => clock.now(),
    follows: (infos) => followed.push(...infos.map(({ symbol }) => symbol)),
    leaves: () => {},
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

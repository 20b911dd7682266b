import { expect, test } from "bun:test";
import { serveMarket } from "../../tests/helpers/served-market.ts";
import type { Interval, MarketId, Symbol, UnixMs } from "../core/mod.ts";
import { mostCloses, type PerformanceAsked } from "../traders/mod.ts";
import { performanceRoutes } from "./performance-routes.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const closeAt = (minute: number): UnixMs => (START + minute * 60_000 - 1) as UnixMs;

test("more closes than a baseline of so many symbols may have are refused, before anything is computed", async () => {
  const computed: PerformanceAsked[] = [];
  const since: unknown[] = [];
  const { server } = serveMarket({
    with: {
      routes: performanceRoutes({
        mostCloses: async (_: MarketId, interval: Interval, symbols: readonly Symbol[] | null, from?: UnixMs) => {
          since.push(from);
          return mostCloses(symbols?.length ?? 1_000, interval);
        },
        performance: async (asked) => {
          computed.push(asked);
          return { outcomes: [], symbols: 0, baselineFrom: null };
        },
      }),
    },
  });
  const post = (symbols: readonly string[] | null, closes: number): Promise<Response> =>
    fetch(`${server.url}/performance`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        ...{ market: "binance", interval: "1m", symbols, signals: [], feesPercent: 0 },
        closes: [[closeAt(1), closeAt(closes)]],
      }),
    });
  expect((await post(null, 2_000)).status).toBe(200);
  expect([computed[0]?.closes.length, since]).toEqual([2_000, [closeAt(1)]]);
  const refused = await post(null, 2_001);
  expect([refused.status, ((await refused.json()) as { detail: string }).detail]).toEqual([
    400,
    "closes: expected at most 2,000 closes of 1m of so many symbols: ask for fewer of either",
  ]);
  expect((await post(["BTCUSDT"], 2_001)).status).toBe(200);
  expect(computed).toHaveLength(2);
  await server.stop();
});

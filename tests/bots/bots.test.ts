import { expect, test } from "bun:test";
import { runBots } from "./run.ts";

// `npm run bots` asks for a minute. Weight doesn't depend on how fast this machine is: the exchange bans after 3,000 requests in a minute.
test("200 bots' candles cost nothing of the exchange's weight, and the exchange itself bans the same bots", async () => {
  const size = { bots: 200, symbols: 20, seconds: 4, everySeconds: 20, processes: 2, directSeconds: 90 };
  const { vyx, direct } = await runBots(size, () => {});
  expect(vyx).toMatchObject({ errors: {}, short: 0, bans: 0, exchangeWeight: 0, exchangeRequests: {} });
  expect(vyx.good).toBeGreaterThan(100);
  expect(direct.bans).toBeGreaterThan(0);
  expect(direct.good).toBeLessThanOrEqual(6_000);
});

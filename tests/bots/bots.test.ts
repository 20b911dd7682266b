import { expect, test } from "bun:test";
import { runBots } from "./run.ts";

// `npm run bots` asks for a minute. The exchange bans after 6,000 of weight in a minute, of which the bots find 400 here: a slow machine takes longer
// than a minute for all of it.
test("200 bots' candles cost nothing of the exchange's weight, and the exchange itself bans the same bots", async () => {
  const size = {
    bots: 200,
    symbols: 20,
    seconds: 4,
    everySeconds: 20,
    processes: 2,
    directSeconds: 40,
    spentBefore: 5_600,
  };
  const { vyx, direct } = await runBots(size, () => {});
  expect(vyx).toMatchObject({ errors: {}, short: 0, bans: 0, exchangeWeight: 0, exchangeRequests: {} });
  expect(vyx.good).toBeGreaterThan(100);
  expect(direct.bans).toBeGreaterThan(0);
  expect(direct.good).toBeLessThanOrEqual(400);
});

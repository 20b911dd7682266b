import { test } from "bun:test";
import { pino } from "pino";
import { systemClock } from "../../src/cli/clock.ts";
import { readSettings } from "../../src/cli/read-settings.ts";
import { startVyx } from "../../src/cli/serve.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { until } from "../helpers/until.ts";

test("a start that waits for request weight says in /ready and the log how much is read and how long the rest takes", async () => {
  const exchange = createExchange({ port: 0, clock: systemClock, symbols: 60 });
  // Of 6,000 a minute that is 120: 100 for the list of symbols and their tickers, and ten series a minute at first.
  const flags = { symbols: "*", intervals: "1m,5m,1h", weightShare: "2", dataDir: "none", port: "0" };
  const addresses = { exchangeRest: exchange.url, exchangeWs: exchange.url.replace("http", "ws") };
  const { settings } = readSettings({ ...flags, ...addresses }, {});
  let log = "";
  const write = (line: string): void => {
    log += line;
  };
  const vyx = await startVyx(settings, pino({ level: "info" }, { write }));
  try {
    const told = /history is being read: \d+ of 60 symbols; the exchange's request limit allows the rest within \d+ s/;
    await until(async () => told.test(await (await fetch(`${vyx.url}/ready`)).text()));
    await until(() =>
      /history read for \d+ of 60 symbols; the exchange's request limit allows the rest within \d+ s/.test(log),
    );
  } finally {
    await vyx.stop();
    await exchange.stop();
  }
});

import { rmSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import type { UnixMs } from "../../src/core/mod.ts";
import { ChartReader } from "./chart-reader.ts";
import { dataFolder } from "./made-database.ts";
import { launchChromium, openPage } from "./page-browser.ts";
import { startOn, untilReady } from "./running-vyx.ts";
import { startTurnedExchange, type TurnedExchange } from "./turned-exchange.ts";

/** In the market of this seed, BTC has gained at this moment, and on rising volume. */
const SEED = 36;
const START = Date.UTC(2026, 1, 10, 12, 1, 10) as UnixMs;

/** Columns of the gainers' screen that its trader's signals shall not have. */
export const UNWANTED = ["Change 5m", "Change 1h", "Change 4h", "Change 1d", "24h volume"];

/** What a day's work in the page needs: a market that the test turns on, a server that follows it, and the page. */
export interface TradersDay {
  readonly exchange: TurnedExchange;
  readonly browser: Browser;
  readonly page: Page;
  readonly chart: ChartReader;
  /** What the page complained about so far. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

/** Opens the page's first screen on a market of six symbols, in which BTC gains. */
export async function startDay(settings: Record<string, string> = {}): Promise<TradersDay> {
  const exchange = startTurnedExchange({ symbols: 6, seed: SEED, start: START });
  const folder = await dataFolder();
  const [vyx, browser] = await Promise.all([
    startOn(exchange, {
      dataDir: folder,
      intervals: "1m,5m,1h",
      // What a backtest without a history looks at: 1,500 minutes.
      capacity: "1500",
      ...settings,
    }),
    launchChromium(),
  ]);
  await exchange.passDuring(untilReady(vyx));
  const { page, complaints } = await openPage(browser, {
    viewport: { width: 1440, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    reducedMotion: "reduce",
  });
  await page.goto(vyx.url);
  const stop = async (): Promise<void> => {
    await browser.close();
    await vyx.stop();
    await exchange.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { exchange, browser, page, chart: new ChartReader(page), complaints, stop };
}

/** The matches of a preview or a backtest, as its table has them; the first fact is the distance to the average. */
export async function matchesIn(
  page: Page,
  rows: string,
): Promise<{ close: string; symbol: string; distance: number }[]> {
  const texts = await page
    .locator(rows)
    .evaluateAll((all) =>
      all.map((row) => ["td", "th", "td.facts"].map((cell) => row.querySelector(cell)?.textContent.trim() ?? "")),
    );
  return texts.map(([close = "", symbol = "", facts = ""]) => {
    const distance = Number(/^emaDistance20 (-?[\d.]+)/.exec(facts)?.[1]);
    return { close, symbol, distance };
  });
}

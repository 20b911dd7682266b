import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { closeTimeOf, openTimeOf, tickerOf, type UnixMs } from "../../src/core/mod.ts";
import { Backtests, type Screens } from "../../src/screening/mod.ts";
import { backtestRoutes, functionRoutes } from "../../src/server/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import type { BacktestLine, WireBacktestResult, WireBacktestSignal } from "../../src/wire/mod.ts";
import { buildPage } from "../../web/build.ts";
import { returnText } from "../../web/text/returns.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { MemoryPast, wholeSymbol } from "../helpers/past.ts";
import { screensOf } from "../helpers/screens.ts";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";
import { minuteKlines } from "../helpers/truth.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** How far the history reaches back. */
const DAYS = 20;
const BEGIN = (START - DAYS * DAY) as UnixMs;

const suite = CHROMIUM === null ? "backtests in the page (chromium is not installed)" : "backtests in the page";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let threads: Screens[] = [];
  let backtests: Backtests;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];
  /** While it is held, a backtest goes no further than its first line. */
  let held: PromiseWithResolvers<void> | undefined;
  /** The last request's body. */
  let asked = "";

  beforeAll(async () => {
    const store = storeOf();
    const past = new MemoryPast(
      new Map(
        [BTC, LIFE].map((symbol, seed) => [
          symbol,
          wholeSymbol(minuteKlines(BEGIN, DAYS * 1_440, seed + 5, () => false)),
        ]),
      ),
      10_000,
    );
    threads = [screensOf(store), screensOf(store)];
    backtests = new Backtests({ past, threads, capacity: 500 });
    market = serveMarket({
      store,
      with: {
        page: await buildPage(),
        routes: [
          ...functionRoutes(
            async (_name, request) => Response.json(request.method === "POST" ? VALID : TRADER),
            () => 2,
          ),
          ...backtestRoutes(store, holding),
        ],
      },
    });
    browser = await launchChromium();
    ({ page, complaints } = await openPage(browser));
    page.on("request", (request) => {
      if (request.url().endsWith("/backtest")) asked = request.postData() ?? "";
    });
    await page.goto(`${market.server.url}/#/traders/${TRADER.id}`);
    await page.getByRole("button", { name: "Backtest", exact: true }).click();
  });

  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
    for (const thread of threads) thread.stop();
  });

  const holding: Parameters<typeof backtestRoutes>[1] = {
    plan: async (request, by) => {
      const planned = await backtests.plan(request, by);
      return {
        symbolCloses: planned.symbolCloses,
        close: () => planned.close(),
        events: async function* () {
          for await (const event of planned.events()) {
            yield event;
            await held?.promise;
          }
        },
      };
    },
  };

  const phase = (kind: string) => page.locator(`[data-backtest="${kind}"]`);
  const says = () => page.locator(".backtest-says").textContent();
  const run = () => page.getByRole("button", { name: "Run backtest" });

  /** The lines that the server gives for what the page asked last. */
  async function answer(): Promise<{ signals: WireBacktestSignal[]; result: WireBacktestResult }> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${market.server.url}/backtest`, { method: "POST", headers, body: asked });
    const lines = (await response.text()).trim().split("\n");
    const read = lines.map((line): BacktestLine => JSON.parse(line));
    const result = read.at(-1)?.result;
    if (result === undefined) throw new Error(`no result: ${lines.at(-1)}`);
    return { signals: read.flatMap(({ signal }) => signal ?? []), result };
  }

  test("says before it asks what is wrong with the choice, and what the server has no history of", async () => {
    await page.getByLabel("Range").selectOption("dates");
    await run().click();
    await phase("failed").waitFor();
    expect(await says()).toBe("No result: Enter the first day.");
    await page.getByLabel("First day, UTC").fill("2001-01-01");
    await page.getByLabel("Last day, UTC").fill("2001-01-02");
    await run().click();
    await untilSo(async () => (await says())?.includes("no 5m candle closes in the range") === true);
    expect(await says()).toContain("the history here is of 2026-01-21T00:00:00.000Z to 2026-02-10T00:00:00.000Z");
    await page.getByLabel("Range").selectOption("month");
  });

  test("shows how far it is, and stops where the user says so", async () => {
    held = Promise.withResolvers();
    const before = await page.locator(".backtest-form").boundingBox();
    await run().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("progressbar").waitFor();
    await untilSo(async () => backtests.running === 1);
    expect(await page.locator(".backtest-form").boundingBox()).toEqual(before);
    expect(await barriers(page)).toEqual([]);
    // The same button, which still has the focus.
    await page.keyboard.press("Enter");
    await phase("stopped").waitFor();
    expect(await says()).toBe("Stopped before the end, so there is no result.");
    held.resolve();
    held = undefined;
    await untilSo(async () => backtests.running === 0);
  });

  test("says that another backtest of the user runs", async () => {
    held = Promise.withResolvers();
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ code: "return false;", timeframes: ["5m"], from: START - DAY });
    const other = await fetch(`${market.server.url}/backtest`, { method: "POST", headers, body });
    await run().click();
    await phase("failed").waitFor();
    expect(await says()).toContain("1 backtest of yours runs already");
    held.resolve();
    held = undefined;
    await other.body?.cancel();
    await untilSo(async () => backtests.running === 0);
  });

  test("shows the server's figures, the signals' never without the baseline's", async () => {
    await page.keyboard.press("Control+Enter");
    await phase("done").waitFor();
    const { result } = await answer();
    expect(result.from).toBe(closeTimeOf("5m", BEGIN));
    expect(result.signals).toBeGreaterThan(50);
    const rows = await page
      .locator(".outcomes tbody tr")
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
    const share = (rate: number | null): string => `${(100 * (rate ?? 0)).toFixed(1)}%`;
    expect(rows.map((row) => row.slice(-6, -2))).toEqual(
      result.outcomes.flatMap(({ signals, baseline }) => [
        ["signals", signals.count.toLocaleString("en-US"), share(signals.hitRate), returnText(signals.meanPercent)],
        ["baseline", baseline.count.toLocaleString("en-US"), share(baseline.hitRate), returnText(baseline.meanPercent)],
      ]),
    );
    const edges = await page.getByRole("list", { name: "What the figures say" }).locator("li").allTextContents();
    for (const [at, { edge }] of result.outcomes.entries()) expect(edges[at]).toContain(edge.says);
    const notes = await page.getByRole("list", { name: "Notes" }).textContent();
    expect(notes).toContain("The history begins later than the range: the first close is 2026-01-21 00:05 UTC.");
    expect(notes).toContain("0.2% of fees are subtracted");
  });

  test("draws the returns of the horizon that is chosen", async () => {
    const { result } = await answer();
    for (const { horizon, signals } of result.outcomes) {
      await page
        .locator(".returns")
        .getByRole("button", { name: String(horizon), exact: true })
        .click();
      const counts = await page.locator(".returns rect title").allTextContents();
      const sum = counts.reduce(
        (total, text) => total + Number(/: ([\d,]+) signal/.exec(text)?.[1]?.replace(",", "")),
        0,
      );
      expect(sum).toBe(signals.count);
      expect(await page.locator(".returns svg").getAttribute("aria-label")).toContain(`after ${horizon} candle`);
    }
  });

  test("is for everyone in both themes, and fits a phone", async () => {
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await barriers(page)).toEqual([]);
      await picture(scheme);
    }
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      expect(await barriers(page)).toEqual([]);
      await page.locator(".outcomes").scrollIntoViewIfNeeded();
      const table = await page.locator(".outcomes").boundingBox();
      expect((table?.x ?? 0) + (table?.width ?? 0)).toBeLessThanOrEqual(380);
      await picture("phone");
    });
  });

  test("says that its figures are of an older choice", async () => {
    await page.getByLabel("Fees, %").fill("0.5");
    await untilSo(async () => (await says())?.endsWith("The trader or the choice above has changed since.") === true);
    await page.getByLabel("Fees, %").fill("0.2");
    await untilSo(async () => (await says())?.includes("has changed since") === false);
  });

  test("lists the newest signals first; each leads to its candle, and back to the result", async () => {
    const { signals } = await answer();
    const [newest] = signals.toSorted((a, b) => b.closeTime - a.closeTime || (a.symbol < b.symbol ? -1 : 1));
    if (newest === undefined) throw new Error("there are signals");
    const link = page.locator(".panel-body .row-link a").first();
    expect(await link.textContent()).toBe(newest.symbol);
    await link.click();
    const at = openTimeOf("5m", newest.closeTime);
    await page.waitForURL(`**/#/chart/${encodeURIComponent(newest.symbol)}/5m?at=${at}`);
    await page.goBack();
    await phase("done").waitFor();
    expect(await page.locator(".outcomes tbody").count()).toBe(4);
    // Refused on purpose: a range without history, and a second backtest at a time.
    expect(complaints.filter((text) => !/status of (400|429)/.test(text))).toEqual([]);
  });

  async function picture(name: string): Promise<void> {
    if (process.env.PICTURES !== undefined) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
  }
});

/** The trader, as a server with a database would tell it. */
const TRADER = {
  id: "4b6e4f43-0000-4000-8000-000000000001",
  owner: "local",
  name: "Dips",
  description: "",
  enabled: true,
  code: `const strength = rsi(candles("5m").close, 14).at(-1);
return {match: strength < 35, facts: {rsi: strength}};
`,
  timeframes: ["5m"],
  triggerInterval: "5m",
  market: "binance",
  symbols: null,
  cooldownCandles: 12,
  version: 1,
  createdAt: START,
  updatedAt: START,
} as const;

/** What the functions say of the filter when it is checked. */
const VALID = { valid: true, errors: [], engine: "compiled", timeframes: ["5m"], notes: [] };

/** Two symbols, whose candles are all in the history, and a ticker, which says when now is. */
function storeOf(): MarketStore {
  const store = new MarketStore({ intervals: ["1m", "5m"], capacity: 500 });
  const info = { quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  const symbols = [BTC, LIFE].map((symbol) => ({ symbol, base: symbol.replace("USDT", ""), ...info }));
  store.apply({ type: "symbols", symbols });
  const figures = { price: 101, open: 100, high: 110, low: 90, volume: 5, quoteVolume: 500, updatedAt: START };
  store.apply({ type: "ticker", ticker: tickerOf({ symbol: BTC, ...figures }) });
  return store;
}

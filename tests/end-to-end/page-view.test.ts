import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { CHROMIUM, launchChromium, openPage, untilSo } from "../helpers/page-browser.ts";
import { type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";

const MINUTE = 60_000;

const suite = CHROMIUM === null ? "the chart's view (chromium is not installed)" : "the chart's view";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let browser: Browser;
  let page: Page;
  let chart: ChartReader;
  let complaints: string[] = [];

  beforeAll(async () => {
    market = serveMarket({ with: { page: await buildPage() } });
    browser = await launchChromium();
    ({ page, complaints } = await openPage(browser));
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m`);
    chart = new ChartReader(page);
    await chart.shows("BTCUSDT:1m");
  });

  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
  });

  test("is in the address, without an entry in the history for each move", async () => {
    const entries = await page.evaluate(() => history.length);
    await untilSo(async () => /\?range=newest-\d+$/.test(page.url()));
    await page.keyboard.press("l");
    await untilSo(async () => page.url().endsWith("&scale=log"));
    await chart.scrollBack(900);
    await untilSo(async () => /range=\d{13}-\d{13}/.test(page.url()));
    expect(await page.evaluate(() => history.length)).toBe(entries);
  });

  test("is the same in a second browser, whatever that one has kept", async () => {
    await page.evaluate(() => localStorage.setItem("vyx.studies", "ema 50"));
    const from = await chart.candleAt(0.1);
    const to = await chart.candleAt(0.9);
    const address = page.url();
    const second = await openPage(browser);
    await second.page.addInitScript(() => localStorage.setItem("vyx.studies", "rsi 14,sma 20"));
    await second.page.goto(address);
    const other = new ChartReader(second.page);
    await other.shows("BTCUSDT:1m");
    await untilSo(async () => (await other.candleAt(0.1)) === from);
    expect(await other.candleAt(0.9)).toBe(to);
    expect(await second.page.getByRole("button", { name: "Log" }).getAttribute("aria-pressed")).toBe("true");
    expect(await second.page.locator(".legend-studies").count()).toBe(0);
    expect(await second.page.evaluate(() => localStorage.getItem("vyx.studies"))).toBe("rsi 14,sma 20");
    expect(second.page.url()).toMatch(/range=\d{13}-\d{13}&scale=log$/);
    complaints.push(...second.complaints);
    await second.page.context().close();
  });

  test("leaves nonsense in an address alone, and says so", async () => {
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?scale=cubic&range=newest-80`);
    await page.locator(".notice", { hasText: '"scale=cubic" in the address means nothing' }).waitFor();
    await untilSo(async () => /\/1m\?range=newest-(79|80|81)$/.test(page.url()));
    expect(await page.getByRole("button", { name: "Log" }).getAttribute("aria-pressed")).toBe("false");
  });

  test("says so where the server has no candles of the range", async () => {
    const [from, to] = [START - 900 * 1_440 * MINUTE, START - 899 * 1_440 * MINUTE];
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?range=${from}-${to}`);
    await page.locator(".notice", { hasText: "The server has no candles around" }).waitFor();
  });

  test("has given the browser nothing to complain about", () => {
    // This server hosts no traders, and has no history.
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  });
});

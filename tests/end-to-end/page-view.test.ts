import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { barriers, CHROMIUM, launchChromium, openPage, untilSo } from "../helpers/page-browser.ts";
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

  test("has any number of indicators, which keep their colours while one is changed, also by keyboard alone", async () => {
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?range=newest-120`);
    await page.keyboard.press("i");
    for (const search of ["exponential", "ema", "macd", "crosses above"]) {
      await page.getByRole("searchbox", { name: "Search indicators" }).fill(search);
      await page.keyboard.press("Enter");
    }
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await address("studies=ema-20-c1_ema-50-c2_macd-12-26-9-c3_crossOver-1.value-2.value-c4");
    await page.getByRole("button", { name: "EMA 20", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "EMA 20" }).waitFor();
    await page.keyboard.type("7");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowLeft");
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await address("studies=ema-7-c8_ema-50-c2_macd-12-26-9-c3_crossOver-1.value-2.value-c4");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("EMA 7");
  });

  test("changes, moves, hides and removes them from the legend", async () => {
    await page.getByRole("button", { name: "EMA 50", exact: true }).click();
    await page.getByRole("radio", { name: "Thick" }).check();
    await page.getByRole("button", { name: "Earlier" }).click();
    await page.getByRole("button", { name: "Hidden" }).click();
    await address("studies=ema-50-c2-w3-h_ema-7-c8_macd-12-26-9-c3_crossOver-2.value-1.value-c4");
    await page.getByRole("button", { name: "Cross over EMA 7, EMA 50" }).click();
    await page.getByLabel("crosses").selectOption("Close");
    await page.getByRole("button", { name: "EMA 50", exact: true }).click();
    await page.getByRole("button", { name: "Remove" }).click();
    await address("studies=ema-7-c8_macd-12-26-9-c3_crossOver-1.value-close-c4");
    await page.keyboard.press("Delete");
    await address("studies=macd-12-26-9-c3");
    await page.reload();
    await chart.shows("BTCUSDT:1m");
    expect(await page.locator(".legend-studies dt").allTextContents()).toEqual(["MACD 12 26 9"]);
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

  /** Waits until the address states the part, and no more behind it. */
  const address = (part: string): Promise<void> => untilSo(async () => page.url().endsWith(part));

  test("has given the browser nothing to complain about", () => {
    // This server hosts no traders, and has no history.
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import { functionRoutes } from "../../src/server/mod.ts";
import type { Functions } from "../../src/traders/mod.ts";
import { buildPage } from "../../web/build.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { barriers, CHROMIUM, launchChromium, openPage, untilSo } from "../helpers/page-browser.ts";
import { type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";

const MINUTE = 60_000;
/** A candle in the middle of what is in sight. */
const AT = START + 240 * MINUTE;

const suite = CHROMIUM === null ? "drawing on the chart (chromium is not installed)" : "drawing on the chart";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    const none: Functions = async () => Response.json({ count: 0, traders: [], signals: [], cursor: null });
    market = serveMarket({ with: { page: await buildPage(), routes: functionRoutes(none, () => 0) } });
    browser = await launchChromium();
    ({ page, complaints } = await openPage(browser, { permissions: ["clipboard-read", "clipboard-write"] }));
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=${AT}`);
    await new ChartReader(page).shows("BTCUSDT:1m");
    await untilSo(async () => (await page.locator(".legend-time").textContent())?.includes("04:00") === true);
  });

  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
  });

  const chart = (): Locator => page.getByRole("application", { name: "Candles and volume of BTCUSDT, 1m" });
  const menu = (): Locator => page.getByRole("menu");
  const focused = (): Promise<string | null> => page.evaluate(() => document.activeElement?.textContent ?? null);

  describe("the menu", () => {
    test("opens at a right click and names the price there, which it copies", async () => {
      await chart().click({ button: "right", position: { x: 300, y: 150 } });
      const copy = menu().getByRole("menuitem", { name: /^Copy price [\d,.]+$/ });
      const price = (await copy.textContent())?.replace(/[^\d.]/g, "") ?? "";
      expect(await barriers(page)).toEqual([]);
      await copy.click();
      await menu().waitFor({ state: "detached" });
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(price);
    });

    test("opens at the crosshair with a key, goes by arrows and letters, and Escape gives the focus back", async () => {
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=${AT}`);
      await chart().focus();
      for (const key of ["Shift+F10", "ContextMenu"]) {
        await page.keyboard.press(key);
        expect(await focused()).toBe("Why did a trader match or not?");
        await page.keyboard.press("ArrowUp");
        expect(await focused()).toStartWith("Copy price ");
        await page.keyboard.press("w");
        expect(await focused()).toBe("Why did a trader match or not?");
        await page.keyboard.press("Escape");
        expect(await menu().count()).toBe(0);
        expect(await chart().evaluate((one) => one === document.activeElement)).toBe(true);
      }
      expect(complaints).toEqual([]);
    });
  });

  describe("the crosshair", () => {
    const spoken = (): Promise<string | null> => page.locator(".chart [aria-live]").textContent();

    test("goes by keys, and each candle is read out in one sentence", async () => {
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=${AT}`);
      await chart().focus();
      await page.keyboard.press("ArrowRight");
      const kline = market.minutes[241];
      expect(await spoken()).toMatch(
        /^2026-02-10 04:01 UTC: open [\d,.]+, high .*, close [\d,.]+, [+−]?[\d.]+%, volume .*\.$/,
      );
      expect(await spoken()).toContain(`close ${kline?.close.toFixed(2)}`);
      await page.keyboard.press("Shift+ArrowLeft");
      expect(await spoken()).toStartWith("2026-02-10 03:51 UTC: ");
      expect(await page.locator(".legend-time").textContent()).toContain("03:51");
      await page.keyboard.press("ArrowUp");
      expect(await spoken()).toMatch(/^Price [\d,.]+\.$/);
      await page.keyboard.press("Home");
      const first = await spoken();
      await page.keyboard.press("Home");
      expect(await spoken()).toBe(first);
      await page.keyboard.press("ArrowLeft");
      expect(first).not.toBe(await spoken());
    });

    test("the menu opens at its price", async () => {
      await page.keyboard.press("ArrowUp");
      const price = (await spoken())?.match(/[\d,.]+\d/)?.[0] ?? "";
      await page.keyboard.press("Shift+F10");
      await menu()
        .getByRole("menuitem", { name: `Copy price ${price}` })
        .waitFor();
      await page.keyboard.press("Escape");
      expect(complaints).toEqual([]);
    });
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import { functionRoutes } from "../../src/server/mod.ts";
import type { Functions } from "../../src/traders/mod.ts";
import { buildPage } from "../../web/build.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import {
  barriers,
  CHROMIUM,
  launchChromium,
  openPage,
  overflowOf,
  pauseClock,
  untilSo,
} from "../helpers/page-browser.ts";
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
    const spoken = (): Promise<string | null> => page.locator(".chart > [aria-live]").textContent();

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

  describe("drawings", () => {
    const tool = (name: string): Locator =>
      page.getByRole("toolbar", { name: "Drawing" }).getByRole("button", { name });
    const list = (): Locator => page.getByRole("region", { name: "Drawings of BTCUSDT" });
    const names = async (): Promise<string[]> =>
      (await list().locator("li .link").allTextContents()).map((text) => text.replace(/ [\d,.]+( → [\d,.]+)?$/, ""));
    const note = (): Locator => page.locator(".measure-note");

    /** A point of the chart: shares of its width and height. */
    async function at([across, down]: readonly [number, number]): Promise<[x: number, y: number]> {
      const box = await chart().boundingBox();
      if (box === null) throw new Error("there is no chart in sight");
      return [box.x + across * box.width, box.y + down * box.height];
    }

    async function drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
      await page.mouse.move(...(await at(from)));
      await page.mouse.down();
      await page.mouse.move(...(await at(to)), { steps: 3 });
      await page.mouse.up();
    }

    /** The prices of the newest drawing, as the list says them. */
    const newest = async (): Promise<string> => (await list().locator("li .link").first().textContent()) ?? "";

    test("each kind is placed with the pointer, and listed", async () => {
      await tool("Horizontal line").click();
      await page.mouse.click(...(await at([0.3, 0.2])));
      await tool("Trend line").click();
      await page.mouse.click(...(await at([0.1, 0.6])));
      await page.mouse.click(...(await at([0.3, 0.4])));
      await tool("Rectangle").click();
      await drag([0.4, 0.4], [0.5, 0.6]);
      await tool("Fibonacci retracement").click();
      await drag([0.55, 0.7], [0.7, 0.3]);
      await tool("List of drawings").click();
      expect(await names()).toEqual(["Fibonacci retracement", "Rectangle", "Trend line", "Horizontal line"]);
    });

    test("one is moved by its edge, and that is undone and done again", async () => {
      const before = await list().locator("li .link").nth(1).textContent();
      await drag([0.45, 0.4], [0.45, 0.5]);
      const after = await list().locator("li .link").nth(1).textContent();
      expect(after).not.toBe(before);
      await page.keyboard.press("Control+z");
      expect(await list().locator("li .link").nth(1).textContent()).toBe(before);
      await page.keyboard.press("Control+Shift+Z");
      expect(await list().locator("li .link").nth(1).textContent()).toBe(after);
      await tool("Undo").click();
      expect(await list().locator("li .link").nth(1).textContent()).toBe(before);
    });

    test("in a field, Ctrl and Z are the field's", async () => {
      const search = page.getByRole("searchbox").first();
      await search.fill("btc");
      await search.press("Control+z");
      expect(await names()).toHaveLength(4);
      await search.fill("");
    });

    test("the selected one is painted, gets an exact price, and is removed with a key", async () => {
      await list()
        .getByRole("button", { name: /^Horizontal line/ })
        .click();
      const price = list().getByRole("spinbutton", { name: "Price of the horizontal line" });
      await price.fill("88.25");
      await price.press("Enter");
      expect(await list().locator("li .link").last().textContent()).toBe("Horizontal line 88.25");
      await price.fill("-1");
      await price.press("Enter");
      expect(await price.inputValue()).toBe("88.25");
      await page.getByRole("toolbar", { name: "Horizontal line" }).getByRole("button", { name: "red" }).click();
      expect(await list().locator("li").last().locator(".dot").getAttribute("class")).toBe("dot swatch-red");
      await chart().focus();
      await page.keyboard.press("Delete");
      expect(await names()).toEqual(["Fibonacci retracement", "Rectangle", "Trend line"]);
      await page.keyboard.press("Control+z");
      expect(await names()).toHaveLength(4);
    });

    test("is for everyone in both themes, at three widths", async () => {
      for (const width of [1440, 768, 390]) {
        await page.setViewportSize({ width, height: 844 });
        for (const scheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme: scheme });
          expect(await barriers(page)).toEqual([]);
        }
        expect(await overflowOf(page)).toBe(0);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    });

    test("they are there after a reload, and another tab's are added, not overwritten", async () => {
      const other = await page.context().newPage();
      await other.goto(`${market.server.url}/#/chart/BTCUSDT/5m`);
      await new ChartReader(other).shows("BTCUSDT:5m");
      await other.getByRole("application").click({ button: "right", position: { x: 200, y: 100 } });
      await other.getByRole("menuitem", { name: "Horizontal line here" }).click();
      await untilSo(async () => (await names()).length === 5);
      await list()
        .getByRole("button", { name: /^Remove Rectangle/ })
        .click();
      await other.getByRole("button", { name: "List of drawings" }).click();
      await untilSo(async () => (await other.locator(".drawing-list li").count()) === 4);
      await other.close();
      await page.reload();
      await tool("List of drawings").click();
      expect(await names()).toEqual(["Horizontal line", "Fibonacci retracement", "Trend line", "Horizontal line"]);
      await list().getByRole("button", { name: "Remove all" }).click();
      expect(await names()).toEqual([]);
      await page.keyboard.press("Escape");
    });

    test("by keys alone, one is placed at the crosshair, moved, found on another interval, and removed", async () => {
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=${AT + 4 * MINUTE}`);
      await new ChartReader(page).shows("BTCUSDT:1m");
      await untilSo(async () => (await page.locator(".legend-time").textContent())?.includes("04:04") === true);
      await tool("Trend line").focus();
      await page.keyboard.press("Enter");
      expect(await chart().evaluate((one) => one === document.activeElement)).toBe(true);
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Shift+ArrowRight");
      await page.keyboard.press("Enter");
      const stored = (): Promise<string | null> => page.evaluate(() => localStorage.getItem("vyx.drawings.BTCUSDT"));
      const placed = (minute: number): string => `"trend-line","red",${AT + minute * MINUTE},`;
      expect(await stored()).toContain(placed(4));
      await page.keyboard.press("Alt+ArrowRight");
      expect(await stored()).toContain(placed(5));
      await page.keyboard.press("Control+z");
      expect(await stored()).toContain(placed(4));
      await page.keyboard.press("Escape");
      await tool("List of drawings").press("Enter");
      const closes = [244, 254].map((minute) => market.minutes[minute]?.close.toFixed(2));
      expect(await newest()).toBe(`Trend line ${closes.join(" → ")}`);
      await page.keyboard.press("Escape");
      // A minute before its close, the 5m candle has the same price, four fifths of a candle to the left.
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/5m?at=${AT}`);
      await new ChartReader(page).shows("BTCUSDT:5m");
      await untilSo(async () => (await page.locator(".legend-time").textContent())?.includes("04:00") === true);
      const chart5 = page.getByRole("application");
      await chart5.focus();
      await page.keyboard.press("Shift+F10");
      await menu().getByRole("menuitem", { name: "Remove this trend line" }).click();
      expect(await stored()).toBeNull();
    });

    test("a drag with Shift measures, and neither scrolls the chart nor stays", async () => {
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=${AT}`);
      await new ChartReader(page).shows("BTCUSDT:1m");
      const reader = new ChartReader(page);
      const left = await reader.candleAt(0.1);
      await page.keyboard.down("Shift");
      await drag([0.2, 0.5], [0.5, 0.3]);
      await page.keyboard.up("Shift");
      expect(await note().textContent()).toMatch(/^\+[\d.]+, \+[\d.]+%, \d+ candles, (\d+ h )?\d+ min$/);
      expect(await note().getAttribute("role")).toBe("status");
      expect(await barriers(page)).toEqual([]);
      expect(await reader.candleAt(0.1)).toBe(left);
      await page.keyboard.press("Escape");
      expect(await note().textContent()).toBe("");
    });

    test("by keys, it is measured from the crosshair's one place to another", async () => {
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=${AT}`);
      await chart().focus();
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Shift+F10");
      await menu().getByRole("menuitem", { name: "Measure from here" }).press("Enter");
      await page.keyboard.press("Shift+ArrowRight");
      expect(await note().textContent()).toEndWith(", 10 candles, 10 min");
      await page.keyboard.press("Enter");
      await page.keyboard.press("ArrowRight");
      expect(await note().textContent()).toEndWith(", 10 candles, 10 min");
    });

    test("the list goes to a drawing that is out of sight", async () => {
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=${START + 20 * MINUTE}`);
      await untilSo(async () => (await page.locator(".legend-time").textContent())?.includes("00:20") === true);
      await chart().press("Shift+F10");
      await menu().getByRole("menuitem", { name: "Horizontal line here" }).press("Enter");
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=${AT}`);
      await untilSo(async () => (await page.locator(".legend-time").textContent())?.includes("04:00") === true);
      await tool("List of drawings").press("Enter");
      await list()
        .getByRole("button", { name: /^Horizontal line/ })
        .press("Enter");
      await untilSo(async () => (await page.locator(".legend-time").textContent())?.includes("00:20") === true);
      await list()
        .getByRole("button", { name: /^Remove Horizontal line/ })
        .press("Enter");
      await page.keyboard.press("Escape");
      expect(await list().count()).toBe(0);
    });

    test("charts side by side show the same drawings, and a tool is put away when another chart is pressed", async () => {
      await page.evaluate(() => localStorage.setItem("vyx.charts", "-*BTCUSDT-5m"));
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m`);
      await page.reload();
      const charts = page.getByRole("application");
      await page.locator('.legend[data-series="BTCUSDT:5m"][data-phase="ready"]').waitFor();
      await tool("Trend line").click();
      await charts.first().click({ position: { x: 60, y: 60 } });
      await charts.last().click({ position: { x: 60, y: 60 } });
      expect(await tool("Trend line").getAttribute("aria-pressed")).toBe("false");
      // The newest candles of both close at the same price.
      await charts.first().focus();
      await page.keyboard.press("End");
      await page.keyboard.press("ArrowLeft");
      // The pointer rests in the other chart, and doesn't take the crosshair back.
      expect(await page.locator(".legend-time").first().textContent()).toContain("04:58");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Shift+F10");
      await menu().getByRole("menuitem", { name: "Horizontal line here" }).press("Enter");
      await charts.last().focus();
      await page.keyboard.press("End");
      await page.keyboard.press("Shift+F10");
      await menu().getByRole("menuitem", { name: "Remove this horizontal line" }).press("Enter");
      expect(await page.evaluate(() => localStorage.getItem("vyx.drawings.BTCUSDT"))).toBeNull();
      await page.evaluate(() => localStorage.removeItem("vyx.charts"));
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m`);
      await page.reload();
      await new ChartReader(page).shows("BTCUSDT:1m");
    });

    test("the chart is left, and drawn on again", async () => {
      await tool("Horizontal line").click();
      await page.mouse.click(...(await at([0.3, 0.3])));
      await page.goto(`${market.server.url}/#/markets`);
      await page.locator(".screen-chart").waitFor({ state: "detached" });
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m`);
      await tool("List of drawings").click();
      expect(await names()).toEqual(["Horizontal line"]);
      expect(complaints).toEqual([]);
    });
  });

  test("on a phone, a finger that rests opens the menu, and taps place and measure", async () => {
    const touch = await openPage(browser, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    });
    const phone = touch.page;
    await phone.clock.install();
    await phone.goto(`${market.server.url}/#/chart/BTCUSDT/1m`);
    await new ChartReader(phone).shows("BTCUSDT:1m");
    const box = await phone.locator(".canvas").boundingBox();
    const finger = await phone.context().newCDPSession(phone);
    const point = { x: (box?.x ?? 0) + 120, y: (box?.y ?? 0) + 200 };
    await pauseClock(phone);
    await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [point] });
    await phone.clock.runFor(499);
    expect(await phone.getByRole("menu").count()).toBe(0);
    await phone.clock.runFor(1);
    await phone.clock.resume();
    await phone.getByRole("menuitem", { name: "Trend line from here" }).waitFor();
    await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    expect(await barriers(phone)).toEqual([]);
    await phone.getByRole("menuitem", { name: "Measure from here" }).tap();
    await phone.touchscreen.tap(point.x + 100, point.y - 60);
    expect(await phone.locator(".measure-note").textContent()).toMatch(/^\+[\d.]+, .* candles, \d+ min$/);
    await phone.getByRole("button", { name: "Draw", exact: true }).tap();
    const tools = phone.getByRole("toolbar", { name: "Drawing" }).getByRole("button");
    for (const one of await tools.all()) {
      const size = await one.boundingBox();
      expect([(size?.width ?? 0) >= 44, (size?.height ?? 0) >= 44]).toEqual([true, true]);
    }
    expect(await barriers(phone)).toEqual([]);
    await phone.getByRole("button", { name: "Trend line", exact: true }).tap();
    await phone.touchscreen.tap(point.x, point.y);
    await phone.touchscreen.tap(point.x + 80, point.y - 40);
    await phone.getByRole("toolbar", { name: "Trend line" }).waitFor();
    expect(await overflowOf(phone)).toBe(0);
    expect(touch.complaints).toEqual([]);
    await phone.context().close();
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
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
    // Another address closes menus: its event has to be over.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 0)));
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
    await page.getByRole("button", { name: "Cross over EMA 7 / EMA 50" }).click();
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

  test("are changed on a phone, too, in both themes", async () => {
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?range=newest-60&studies=ema-20-c1_macd-12-26-9-c3`);
    await onPhone(page, async () => {
      await page.getByRole("button", { name: "EMA 20" }).click();
      await page.getByRole("radio", { name: "Grey" }).check();
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await barriers(page)).toEqual([]);
      }
      await page.getByRole("button", { name: "Remove" }).click();
      await address("studies=macd-12-26-9-c3");
    });
  });

  test("is copied as a link at once, or shown where the browser doesn't let a page copy", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "MACD 12 26 9" }).click();
    await page.getByRole("radio", { name: "Coral" }).check();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.locator(".notice", { hasText: "The link is copied." }).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toEndWith("&studies=macd-12-26-9-c7");
    await page.context().clearPermissions();
    await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.locator(".notice", { hasText: link }).waitFor();
  });

  test("leaves nonsense in an address alone, and says so", async () => {
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?scale=cubic&range=newest-80`);
    await page.locator(".notice", { hasText: '"scale=cubic" in the address means nothing' }).waitFor();
    await untilSo(async () => /\/1m\?range=newest-(79|80|81)$/.test(page.url()));
    expect(await page.getByRole("button", { name: "Log" }).getAttribute("aria-pressed")).toBe("false");
  });

  test("leaves out a symbol and a candle that can't be, and says so", async () => {
    const notice = page.locator(".notice");
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=9999999999999999&compare=${"X".repeat(3_000)}`);
    await untilSo(
      async () => (await notice.textContent())?.includes('"at=9999999999999999" in the address means') ?? false,
    );
    expect(await notice.textContent()).toContain("expected up to four symbols such as ETHUSDT*SOLUSDT.");
    await page.goto(`${market.server.url}/#/chart/%3Cimg%20src=x%3E/5m`);
    await untilSo(async () => (await notice.textContent())?.includes('"<img src=x>" is not a symbol') ?? false);
    await untilSo(async () => page.url().includes("#/chart/BTCUSDT/1m"));
  });

  test("says so where the server has no candles of the range", async () => {
    const [from, to] = [START - 900 * 1_440 * MINUTE, START - 899 * 1_440 * MINUTE];
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?range=${from}-${to}`);
    await page.locator(".notice", { hasText: "The server's candles begin at " }).waitFor();
  });

  test("has the newest price's label at the height of its line, also when it is scrolled back", async () => {
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?range=newest-200`);
    await chart.shows("BTCUSDT:1m");
    const before = await page.evaluate(heightsOfNewest);
    await chart.scrollBack(300);
    await untilSo(async () => /range=\d{13}-/.test(page.url()));
    const after = await page.evaluate(heightsOfNewest);
    for (const { line, label } of [before, after]) {
      expect(line).toBeGreaterThan(0);
      expect(Math.abs(line - label)).toBeLessThanOrEqual(2);
    }
  });

  /** Waits until the address states the part, and no more behind it. */
  const address = (part: string): Promise<void> => untilSo(async () => page.url().endsWith(part));

  test("has given the browser nothing to complain about", () => {
    // This server hosts no traders, and has no history.
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  });
});

/** How far down, in pixels, the chart has the line of the newest price and the middle of its label: the rows with most of the colour. */
function heightsOfNewest(): { line: number; label: number } {
  const colorOf = (name: string): string => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = `var(--${name})`;
    const color = getComputedStyle(probe).color;
    probe.remove();
    return color.match(/\d+/g)?.slice(0, 3).join() ?? "";
  };
  const colors = [colorOf("up"), colorOf("down")];
  const counts = (canvas: HTMLCanvasElement): number[] => {
    const { width, height } = canvas;
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    if (copy === null) throw new Error("there is no canvas to read");
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    return Array.from({ length: height }, (_, y) => {
      let count = 0;
      for (let x = 0; x < width; x += 1) {
        const at = 4 * (y * width + x);
        if (colors.includes(data.slice(at, at + 3).join())) count += 1;
      }
      return count / width;
    });
  };
  // Of each cell of the chart's table, the canvas below; the first row has the candles and their scale.
  const cells = [...document.querySelectorAll(".canvas tr:first-child td")].map((cell) => cell.querySelector("canvas"));
  const [, candles, scale] = cells as [unknown, HTMLCanvasElement, HTMLCanvasElement];
  const [lines, labels] = [counts(candles), counts(scale)];
  const filled = labels.flatMap((share, y) => (share > 0.2 ? [y] : []));
  return { line: lines.indexOf(Math.max(...lines)), label: ((filled[0] ?? -9) + (filled.at(-1) ?? -9)) / 2 };
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { UnixMs } from "../../src/core/mod.ts";
import type { HealthAnswer } from "../../src/wire/mod.ts";
import { buildPage } from "../../web/build.ts";
import { countdownText, msToClose } from "../../web/chart/closing.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";

const suite = CHROMIUM === null ? "what the chart shows (chromium is not installed)" : "what the chart shows";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let browser: Browser;
  let page: Page;
  let chart: ChartReader;
  let complaints: string[] = [];

  const figure = async (name: string): Promise<string> =>
    (await page
      .locator(".legend dl div", { has: page.getByTitle(name, { exact: true }) })
      .locator("dd")
      .textContent()) ?? "";
  const picture = (): Promise<string> =>
    page
      .locator(".canvas canvas")
      .first()
      .evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());

  beforeAll(async () => {
    market = serveMarket({ with: { page: await buildPage() } });
    market.feed.clockOffsetMs = 0;
    browser = await launchChromium();
    ({ page, complaints } = await openPage(browser, { timezoneId: "Asia/Kolkata" }));
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m`);
    chart = new ChartReader(page);
    await chart.shows("BTCUSDT:1m");
  });

  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
  });

  test("draws candles, Heikin Ashi, a line or an area, and tells the real figures of each", async () => {
    const real = [await figure("Open"), await figure("High"), await figure("Low"), await figure("Close")];
    const pictures = new Set([await picture()]);
    for (const kind of ["heikin-ashi", "line", "area"]) {
      await page.getByLabel("Chart type").selectOption(kind);
      await untilSo(async () => !pictures.has(await picture()));
      pictures.add(await picture());
      expect(await page.locator(".legend-kind").count()).toBe(kind === "heikin-ashi" ? 1 : 0);
      expect([await figure("Open"), await figure("High"), await figure("Low"), await figure("Close")]).toEqual(real);
    }
    await page.reload();
    await chart.shows("BTCUSDT:1m");
    expect(await page.getByLabel("Chart type").inputValue()).toBe("area");
    await page.keyboard.press("c");
    expect(await page.getByLabel("Chart type").inputValue()).toBe("candles");
  });

  test("the price above the chart is that of the newest candle, and so is the title's", async () => {
    const open = market.minutes[300];
    if (open === undefined) throw new Error("there is a minute after the history");
    market.stream({ ...open, close: 123.45, high: 124, closed: false });
    await untilSo(async () => (await page.locator(".headline-price").textContent()) === "123.45");
    expect(await figure("Close")).toBe("123.45");
    expect(await page.title()).toStartWith("123.45 BTCUSDT");
    const change = (100 * (123.45 - open.open)) / open.open;
    expect(await figure("Change from open to close")).toBe(`+${change.toFixed(2)}%`);
  });

  test("writes times in UTC or in local time, and says which", async () => {
    const time = page.locator(".legend-time dd");
    expect(await time.textContent()).toBe("2026-02-10 05:00 UTC");
    await page.getByRole("button", { name: "Times are in UTC" }).click();
    await page.getByRole("button", { name: "Times are in UTC+5:30" }).waitFor();
    expect(await time.textContent()).toBe("2026-02-10 10:30 UTC+5:30");
    await page.reload();
    await chart.shows("BTCUSDT:1m");
    expect(await time.textContent()).toBe("2026-02-10 10:30 UTC+5:30");
    await page.keyboard.press("u");
    await page.getByRole("button", { name: "Times are in UTC", exact: true }).waitFor();
  });

  test("leads back when the newest candle is out of sight", async () => {
    const back = page.getByRole("button", { name: "Newest candle" });
    expect(await back.count()).toBe(0);
    await chart.scrollBack(600);
    await back.waitFor();
    await back.click();
    await back.waitFor({ state: "detached" });
  });

  test("counts down to the close by the exchange's clock, and not when prices are stale", async () => {
    const countdown = page.locator(".countdown");
    const { markets } = (await (await market.get("/health")).json()) as HealthAnswer;
    const exchangeTime = markets[0]?.exchangeTime ?? Number.NaN;
    for (const interval of ["1m", "1h"] as const) {
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/${interval}`);
      await chart.shows(`BTCUSDT:${interval}`);
      // The page counts on between two answers of the server, whose clock stands still here.
      const texts = [0, 1, 2, 3].map(
        (s) => `closes in ${countdownText(msToClose(interval, exchangeTime + s * 1_000))}`,
      );
      await untilSo(async () => texts.includes((await countdown.textContent()) ?? ""));
    }
    const { lastEventAt } = market.feed;
    market.feed.lastEventAt = (Number(lastEventAt) - 60_000) as UnixMs;
    market.feed.state = "silent";
    await untilSo(async () => (await countdown.textContent()) === "");
    market.feed.lastEventAt = lastEventAt;
    market.feed.state = "live";
    await untilSo(async () => (await countdown.textContent()) !== "");
  });

  test("is for everyone in both themes, and fits a phone", async () => {
    await chart.scrollBack(600);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await barriers(page)).toEqual([]);
    }
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      expect(await barriers(page)).toEqual([]);
    });
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  });
});

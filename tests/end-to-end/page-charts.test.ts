import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import type { UnixMs } from "../../src/core/mod.ts";
import { functionRoutes } from "../../src/server/mod.ts";
import type { HealthAnswer } from "../../src/wire/mod.ts";
import { buildPage } from "../../web/build.ts";
import { countdownText, msToClose } from "../../web/chart/closing.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";

const MINUTE = 60_000;

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
    market = serveMarket({ with: { page: await buildPage(), routes: functionRoutes(functions, () => 2) } });
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
    await untilSo(async () => page.url().includes("kind=area"));
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
    await untilSo(async () => page.url().includes("zone=local"));
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

  test("marks the signals of its own interval, others and fewer by choice, and names them at the candle", async () => {
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=${START + 290 * MINUTE}`);
    const marks = (count: number): Promise<void> => page.locator(`.canvas[data-marks="${count}"]`).waitFor();
    const names = page.locator(".legend-marks");
    await marks(2);
    await untilSo(async () => (await names.textContent().catch(() => "")) === "signal of Dip, Breakout");
    await page.locator("summary", { hasText: "Signals" }).click();
    await page.getByLabel("Breakout").uncheck();
    await marks(1);
    expect(await names.textContent()).toBe("signal of Dip");
    await page.getByLabel("Of other intervals, too").check();
    await marks(2);
    await untilSo(async () => page.url().includes("signals=all"));
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.locator(".canvas").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    const spoken = page.locator(".chart [aria-live]");
    await untilSo(async () => ((await spoken.textContent()) ?? "").endsWith("signal of Dip."));
    await page.locator("summary", { hasText: "Signals" }).click();
    await page.getByLabel("Of other intervals, too").uncheck();
    await page.getByLabel("Breakout").check();
    await page.keyboard.press("Escape");
  });

  test("a number that is typed for an indicator outlasts the next price, and a wrong one says what is right", async () => {
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?studies=ema-20-c1`);
    await chart.shows("BTCUSDT:1m");
    await page.getByRole("button", { name: "EMA 20" }).click();
    const period = page.getByRole("spinbutton", { name: "period" });
    await period.fill("7");
    const open = market.minutes[300];
    if (open === undefined) throw new Error("there is a minute after the history");
    market.stream({ ...open, close: 123.5, high: 124, closed: false });
    await page.locator('.legend[data-last-close="123.5"]').waitFor();
    await page.keyboard.press("7");
    expect(await period.inputValue()).toBe("77");
    await page.getByRole("dialog", { name: "EMA 77" }).waitFor();
    for (const wrong of ["2.5", "0", "5000"]) {
      await period.fill(wrong);
      await page.getByText("Expected a whole number from 1 to 1,000.").waitFor();
      expect([await period.inputValue(), await period.getAttribute("aria-invalid")]).toEqual([wrong, "true"]);
    }
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Escape");
    expect(await page.locator(".legend-studies dt").allTextContents()).toEqual(["EMA 77"]);
  });

  test("stays where it is below the pointer while the figures above it need another line", async () => {
    const top = async (): Promise<number> => (await page.locator(".canvas").boundingBox())?.y ?? Number.NaN;
    const before = await top();
    await chart.candleAt(0.5);
    await page.locator(".legends[data-held]").waitFor();
    await page.locator(".legend-time dd").evaluate((figure) => figure.append(" 1,234.56".repeat(60)));
    expect(await top()).toBe(before);
    await page.mouse.move(0, 0);
    await untilSo(async () => (await top()) > before);
    await page.reload();
    await chart.shows("BTCUSDT:1m");
  });

  test("compares other symbols in percent from the first candle in sight", async () => {
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?range=${START + 100 * MINUTE}-${START + 200 * MINUTE}`);
    await chart.shows("BTCUSDT:1m");
    await page.locator("summary", { hasText: "Compare" }).click();
    // The search has the keyboard at once.
    await page.keyboard.insertText(LIFE.slice(0, 2));
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    const legend = page.locator(".legend-compared div");
    // Both have the same candles in this market, apart from the newest one of the first.
    await chart.candleAt(0.5);
    await untilSo(async () => /^[+−]\d+\.\d\d%$/.test((await legend.nth(1).locator("dd").textContent()) ?? ""));
    const [own, other] = await legend.locator("dd").allTextContents();
    expect(other).toBe(own as string);
    // The address says what is in sight, to the millisecond: the first candle may be so in part.
    await untilSo(async () => page.url().includes("compare=%E5%B8%81"));
    const from = Number(/range=(\d+)-/.exec(page.url())?.[1]);
    const first = market.minutes[Math.floor((from - START) / MINUTE)]?.close ?? Number.NaN;
    const pointed = Number((await figure("Close")).replace(",", ""));
    const change = (100 * (pointed - first)) / first;
    expect(Math.abs(Number(own?.replace("−", "-").replace("%", "")) - change)).toBeLessThan(0.01);
    await page.reload();
    await chart.shows("BTCUSDT:1m");
    await untilSo(async () => (await legend.count()) === 2);
    await page.getByRole("button", { name: `Don't compare with ${LIFE}` }).click();
    await untilSo(async () => (await legend.count()) === 0);
  });

  describe("several charts", () => {
    const pane = (at: number): Locator => page.locator(".pane").nth(at);
    const series = (at: number): Promise<string | null> => pane(at).locator(".legend").getAttribute("data-series");
    const showsAll = async (...all: string[]): Promise<void> => {
      for (const [at, one] of all.entries()) {
        await pane(at).locator(`.legend[data-series="${one}"][data-phase="ready"]`).waitFor();
      }
      expect(await page.locator(".pane").count()).toBe(all.length);
    };

    test("are side by side, and the tools act on the one with the frame", async () => {
      await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m`);
      await chart.shows("BTCUSDT:1m");
      await page.getByRole("button", { name: "Two charts" }).click();
      await showsAll("BTCUSDT:1m", "BTCUSDT:5m");
      expect(await pane(0).getAttribute("data-active")).toBe("true");
      await page.getByRole("button", { name: "BTCUSDT 5m" }).click();
      expect(await pane(1).getAttribute("data-active")).toBe("true");
      await page.locator(".intervals").getByRole("button", { name: "1h" }).click();
      await showsAll("BTCUSDT:1m", "BTCUSDT:1h");
      await page.keyboard.press("]");
      expect(await pane(0).getAttribute("data-active")).toBe("true");
      expect(await page.locator(".intervals [aria-pressed=true]").textContent()).toBe("1m");
      await page.keyboard.press("g");
      await showsAll("BTCUSDT:1m", "BTCUSDT:1h", "BTCUSDT:5m", "BTCUSDT:1h");
    });

    test("mark the moment that the pointer is on in one of them", async () => {
      const box = await pane(0).locator(".canvas").boundingBox();
      if (box === null) throw new Error("there is no chart in sight");
      await page.mouse.move(box.x + box.width / 2, box.y + 20);
      const time = (at: number): Promise<string | null> => pane(at).locator(".legend-time dd").textContent();
      const minute = (await time(0)) ?? "";
      expect(minute).toMatch(/^2026-02-10 0\d:\d\d UTC$/);
      const [, hour] = /(\d\d):(\d\d)/.exec(minute) ?? [];
      await untilSo(async () => (await time(1)) === `2026-02-10 ${hour}:00 UTC`);
      await page.mouse.move(0, 0);
      await untilSo(async () => (await time(0)) === "2026-02-10 05:00 UTC");
    });

    test("are in the address: opened elsewhere, it shows the same ones", async () => {
      await page.getByRole("button", { name: "BTCUSDT 5m" }).click();
      await untilSo(async () => page.url().includes("charts=BTCUSDT-1m*BTCUSDT-1h*-*BTCUSDT-1h"));
      const other = await openPage(browser);
      await other.page.goto(page.url());
      await untilSo(async () => (await other.page.locator(".legend[data-phase=ready]").count()) === 4);
      expect(await other.page.locator('.pane[data-active="true"] .legend').getAttribute("data-series")).toBe(
        "BTCUSDT:5m",
      );
      await other.page.context().close();
      await onPhone(page, async () => {
        await page.locator(".panes-1").waitFor();
        expect(await series(0)).toBe("BTCUSDT:5m");
      });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await barriers(page)).toEqual([]);
      }
      await page.getByRole("button", { name: "One chart" }).click();
      await chart.shows("BTCUSDT:5m");
    });
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
    expect(complaints).toEqual([]);
  });
});

/** Two traders and their signals, as the functions tell them. */
const TRADERS = ["Dip", "Breakout"].map((name, at) => ({
  ...{ id: `00000000-0000-4000-8000-00000000000${at}`, name, description: "", owner: "local", code: "return true;" },
  ...{ enabled: true, market: "binance", symbols: null, timeframes: ["1m"], triggerInterval: "1m", version: 1 },
  ...{ cooldownCandles: 0, createdAt: START, updatedAt: START, problem: null, lastExecution: null },
}));

const SIGNALS = [
  { id: 4, trader: 0, minute: 290, interval: "1m" },
  { id: 3, trader: 1, minute: 290, interval: "1m" },
  { id: 2, trader: 1, minute: 280, interval: "1m" },
  { id: 1, trader: 0, minute: 284, interval: "5m" },
].map(({ id, trader, minute, interval }) => ({
  ...{ id, traderId: TRADERS[trader]?.id, traderVersion: 1, symbol: BTC, interval, price: 101, facts: {} },
  ...{ closeTime: START + (minute + 1) * MINUTE - 1, createdAt: START, outcomes: [] },
}));

function functions(name: string, request: Request): Promise<Response> {
  const isOfBtc = new URL(request.url).searchParams.get("symbol") === BTC;
  const [signals, traders] = [isOfBtc ? SIGNALS : [], TRADERS];
  const answer = name === "signals" ? { count: signals.length, signals } : { count: traders.length, traders };
  return Promise.resolve(Response.json({ ...answer, cursor: null }));
}

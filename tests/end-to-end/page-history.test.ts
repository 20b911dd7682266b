import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { addCandles, type UnixMs } from "../../src/core/mod.ts";
import { MarketStore } from "../../src/store/mod.ts";
import { buildPage } from "../../web/build.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { PastInMemory } from "../helpers/past-in-memory.ts";
import { BTC, type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";
import { sized } from "../helpers/size.ts";
import { minuteKlines } from "../helpers/truth.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const DAYS = 420;
const BEGIN = (START - DAYS * DAY) as UnixMs;

/** A year with npm test -- --long. */
const DRAGGED_DAYS = sized(120, 365);

/** Frames a second that such a drag keeps on a machine that runs other tests as well; by itself it is 50 and more. */
const LEAST_FRAMES = 20;

const suite = CHROMIUM === null ? "years in the chart (chromium is not installed)" : "years in the chart";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let browser: Browser;
  let page: Page;
  let chart: ChartReader;
  let complaints: string[] = [];

  beforeAll(async () => {
    const past = new PastInMemory();
    past.put(
      BTC,
      { from: BEGIN, to: (START - MINUTE) as UnixMs },
      minuteKlines(BEGIN, DAYS * 1_440, 7, () => false),
    );
    const store = new MarketStore({ intervals: ["1m", "1h", "1d"], capacity: 500 });
    const info = { base: "BTC", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
    store.apply({ type: "symbols", symbols: [{ symbol: BTC, ...info }] });
    const klines = minuteKlines(START, 300, 11, () => false);
    const to = addCandles("1m", START, 299);
    store.apply({ type: "history", symbol: BTC, interval: "1m", from: START, to, klines });
    market = serveMarket({ store, with: { past, page: await buildPage() } });
    browser = await launchChromium();
    ({ page, complaints } = await openPage(browser));
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1h`);
    chart = new ChartReader(page);
    await chart.shows("BTCUSDT:1h");
  });

  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
  });

  test("months are dragged through without a hitch, and its candles are those of the server", async () => {
    await chart.zoomOut(20 * DAY);
    const box = (await page.locator(".canvas").boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    const [left, right, y] = [box.x + 40, box.x + box.width - 120, box.y + box.height / 2];
    await page.evaluate(() => {
      const times: number[] = [];
      (globalThis as unknown as { frames: number[] }).frames = times;
      const tick = (now: number): void => {
        times.push(now);
        requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
    });
    const startedAt = await page.evaluate(() => performance.now());
    let at = START as number;
    for (let drags = 0; at > START - DRAGGED_DAYS * DAY && drags < 60; drags += 1) {
      await page.mouse.move(left, y);
      await page.mouse.down();
      await page.mouse.move(right, y, { steps: 25 });
      await page.mouse.up();
      at = await chart.candleAt(0.1);
    }
    expect(at).toBeLessThanOrEqual(START - DRAGGED_DAYS * DAY);
    const frames = await page.evaluate(
      (from) => (globalThis as unknown as { frames: number[] }).frames.filter((time) => time >= from),
      startedAt,
    );
    const gaps = frames.slice(1).map((time, index) => time - (frames[index] as number));
    const perSecond = (1_000 * gaps.length) / ((frames.at(-1) as number) - (frames[0] as number));
    expect(perSecond).toBeGreaterThan(LEAST_FRAMES);
    const rows = await chart.figures();
    const first = Number(rows[0]?.[0]);
    const last = Number(rows.at(-1)?.[0]);
    expect((last - first) / 3_600_000 + 1).toBe(rows.length);
    const answer = await market.get(`/klines/BTCUSDT/1h?startTime=${first}&limit=10000`);
    const { klines } = (await answer.json()) as { readonly klines: readonly { openTime: number; close: number }[] };
    const shown = rows.slice(0, klines.length - 2).map(([time, , , , close]) => [Number(time), Number(close)]);
    expect(shown).toEqual(klines.slice(0, shown.length).map(({ openTime, close }) => [openTime, close]));
  });

  test("the chart says where the history ends", async () => {
    const edge = page.locator(".chart-edge");
    for (let scrolls = 0; scrolls < 60 && (await edge.count()) === 0; scrolls += 1) await chart.scrollBack(3_000);
    await edge.waitFor();
    expect(await edge.textContent()).toBe("This server has no older candles.");
    await chart.beginsWith(BEGIN);
  });

  test("goes to a day in the past, and back to the newest candle", async () => {
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m`);
    await chart.shows("BTCUSDT:1m");
    const day = new Date(START - 200 * DAY).toISOString().slice(0, 10);
    await page.getByLabel("Go to a day").fill(day);
    await untilSo(async () => (await chart.pointedAt().catch(() => 0)) === Date.parse(`${day}T00:00Z`));
    // In the field, keys write a day.
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    const rows = await chart.figures();
    expect(Number(rows.at(-1)?.[0])).toBeLessThan(START - 190 * DAY);
    await page.keyboard.press("End");
    await untilSo(async () => Number((await chart.figures()).at(-1)?.[0]) >= START + 298 * MINUTE);
  });

  test("shows a day, a month, a year and all there is, each in an interval that fits", async () => {
    for (const [name, interval, span] of [
      ["Day", "1h", DAY],
      // In hours it would be more candles than the server keeps in memory.
      ["Month", "1d", 31 * DAY],
      ["Year", "1d", 365 * DAY],
      ["All", "1d", DAYS * DAY],
    ] as const) {
      await page.getByRole("button", { name, exact: true }).click();
      await chart.shows(`BTCUSDT:${interval}`);
      await untilSo(async () => Math.abs((await chart.candleAt(0)) - (START - span)) <= 2 * DAY);
    }
  });

  test("is for everyone in both themes, and fits a phone", async () => {
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await barriers(page)).toEqual([]);
      if (process.env.PICTURES !== undefined) await page.screenshot({ path: `${process.env.PICTURES}/${scheme}.png` });
    }
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      if (process.env.PICTURES !== undefined) await page.screenshot({ path: `${process.env.PICTURES}/phone.png` });
    });
    // This server hosts no traders.
    expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { KLINE_COLUMNS, type Kline, type UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { CuttableProxy } from "../helpers/cuttable-proxy.ts";
import { CHROMIUM, launchChromium, openPage } from "../helpers/page-browser.ts";
import { getJson, startOn, untilReady } from "../helpers/running-vyx.ts";
import { until } from "../helpers/until.ts";

const MINUTE = 60_000;
/** Market minutes a minute. */
const SPEED = 120;
const SYMBOL = "BTCUSDT";

const suite =
  CHROMIUM === null ? "the chart, while things fail (chromium is not installed)" : "the chart, while things fail";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let exchange: Exchange;
  /** Between the exchange and the server, and between the server and the page. */
  let feedLine: CuttableProxy;
  let pageLine: CuttableProxy;
  let vyx: RunningVyx;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    exchange = createExchange({
      port: 0,
      clock: systemClock,
      speed: SPEED,
      symbols: 1,
      start: Date.UTC(2026, 1, 10) as UnixMs,
    });
    feedLine = await CuttableProxy.start(exchange.url);
    [vyx, browser] = await Promise.all([serve(), launchChromium()]);
    await untilReady(vyx);
    pageLine = await CuttableProxy.start(vyx.url);
    ({ page } = await openPage(browser));
    await page.goto(`${pageLine.url}/#/chart/${SYMBOL}/1m`);
    await page.locator('.legend[data-phase="ready"]').waitFor();
    // Whoever reloads the page loses this.
    await page.evaluate(() => document.body.setAttribute("data-loaded", "once"));
  });

  afterAll(async () => {
    await browser?.close();
    await pageLine?.stop();
    await vyx?.stop();
    await feedLine?.stop();
    await exchange?.stop();
  });

  function serve(port = "0"): Promise<RunningVyx> {
    return startOn({ ...exchange, url: feedLine.url }, { intervals: "1m,5m", capacity: "300", port });
  }

  /** The exchange's market goes on by so many minutes. */
  function pass(minutes: number): Promise<void> {
    const end = exchange.now() + minutes * MINUTE;
    return until(() => exchange.now() >= end);
  }

  /** The closed candles that the chart has drawn, as its own export tells them. */
  async function drawn(): Promise<number[][]> {
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("d")]);
    const rows = (await Bun.file(await download.path()).text()).trim().split("\r\n").slice(1);
    const figures = rows.map((row) => row.split(",").slice(0, KLINE_COLUMNS.length + 1));
    const closed = figures.filter((row) => row[KLINE_COLUMNS.length] === "true");
    // Times are ISO 8601.
    return closed.map((row) =>
      KLINE_COLUMNS.map((column, at) => (column.endsWith("Time") ? Date.parse(row[at] as string) : Number(row[at]))),
    );
  }

  /** Waits until the chart has all candles up to a moment; then they are those that the server has, and the exchange had. */
  async function expectAllSince(from: number): Promise<void> {
    const to = exchange.now() - 2 * MINUTE;
    await page.waitForFunction(
      (time) => Number(document.querySelector(".legend")?.getAttribute("data-open-time")) > time,
      to,
    );
    await page.locator(".legend .holes").waitFor({ state: "detached" });
    const got = await drawn();
    const times = { first: got[0]?.[0] as number, last: got.at(-1)?.[0] as number };
    expect(times.first).toBeLessThanOrEqual(from);
    expect(times.last).toBeGreaterThan(to - MINUTE);
    const { first, last } = times;
    const path = `/klines/${SYMBOL}/1m?limit=300&startTime=${Math.max(first, last - 200 * MINUTE)}&endTime=${last}`;
    const { klines, complete } = await getJson<{ klines: Kline[]; complete: boolean }>(vyx, path);
    expect(complete).toBe(true);
    const served = klines.map((kline) => KLINE_COLUMNS.map((column) => kline[column]));
    expect(got.slice(-served.length)).toEqual(served as number[][]);
    const truth = exchange.truth(SYMBOL, from, last).map((kline) => KLINE_COLUMNS.map((column) => kline[column]));
    expect(got.filter(([time]) => (time as number) >= from)).toEqual(truth as number[][]);
    expect(await page.evaluate(() => document.body.getAttribute("data-loaded"))).toBe("once");
  }

  /** The first whole candle from now on. */
  function now(): number {
    return Math.ceil(exchange.now() / MINUTE) * MINUTE;
  }

  const connection = (kind: string) => page.locator(`.sign[data-connection="${kind}"]`);

  test("holds what the server holds after ten market minutes", async () => {
    const from = now();
    await pass(10);
    await expectAllSince(from);
  });

  test("a line that went dead: says so, and comes back without a hole", async () => {
    const from = now();
    pageLine.silence();
    await connection("silent").waitFor();
    expect(await page.locator(".stale-note").textContent()).toStartWith(
      "Prices have stopped: the server doesn't answer.",
    );
    await connection("connected").waitFor();
    await expectAllSince(from);
  });

  test("a server that restarts", async () => {
    const from = now();
    await vyx.stop();
    await connection("waiting").waitFor();
    await pass(3);
    vyx = await serve(new URL(vyx.url).port);
    await untilReady(vyx);
    await connection("connected").waitFor();
    await expectAllSince(from);
  });

  test("a page that is offline for eight market minutes", async () => {
    const from = now();
    pageLine.refuse(true);
    pageLine.drop();
    await connection("waiting").waitFor();
    await pass(8);
    pageLine.refuse(false);
    await connection("connected").waitFor();
    await expectAllSince(from);
  });

  test("a tab that the browser freezes", async () => {
    const from = now();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    await pass(6);
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
    await expectAllSince(from);
  });

  test("a hole that the exchange's outage left, and the server repaired", async () => {
    const from = now();
    feedLine.refuse(true);
    feedLine.drop();
    await pass(5);
    feedLine.refuse(false);
    await until(async () => (await page.locator(".legend").getAttribute("data-open-time")) !== null);
    await pass(2);
    await untilReady(vyx);
    await expectAllSince(from);
  });
});

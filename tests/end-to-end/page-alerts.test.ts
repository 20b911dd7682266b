import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import { PriceAlerts } from "../../src/screening/host/price-alerts.ts";
import { functionRoutes } from "../../src/server/mod.ts";
import { createTraders, type Sql } from "../../src/traders/mod.ts";
import { buildPage } from "../../web/build.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { ManualClock } from "../helpers/clock.ts";
import { startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { RuleMarket, RuleScreener } from "../helpers/made-up-traders.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";

const suite = CHROMIUM === null ? "price alerts in the page (chromium is not installed)" : "price alerts in the page";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let databases: TestDatabases;
  let sql: Sql;
  let market: ServedMarket;
  let watch: PriceAlerts;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];
  /** The price that the menu named. */
  let level = 0;

  beforeAll(async () => {
    databases = await startDatabases("PGlite");
    ({ sql } = await databases.migrated());
    const clock = new ManualClock();
    const log = { info: () => {}, warn: () => {} };
    const traders = createTraders({
      ...{ sql, connections: 1, market: new RuleMarket(), screener: new RuleScreener(), clock, log },
      ...{
        stopwatch: () => 0,
        origins: [],
        onError: () => {},
        authorize: async () => ({ owner: "local", isService: false }),
      },
      alerts: {
        arming: (...of) => watch.arming(...of),
        refusal: (...of) => watch.refusal(...of),
        problem: (...of) => watch.problem(...of),
        changed: (deleted) => watch.changed(deleted),
      },
    });
    market = serveMarket({
      with: { page: await buildPage(), tellsSignals: true, routes: functionRoutes(traders.functions, () => 1) },
    });
    watch = new PriceAlerts({ markets: market.store, clock, log, onFired: () => {} });
    watch.listen();
    watch.begin(sql, new AbortController().signal);
    browser = await launchChromium();
    ({ page, complaints } = await openPage(browser, { reducedMotion: "reduce" }));
    // The list is read every few seconds: the test turns the page's clock.
    await page.clock.install({ time: market.clock.now() });
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m`);
    await new ChartReader(page).shows("BTCUSDT:1m");
  });
  afterAll(async () => {
    await browser?.close();
    await watch?.end();
    await market?.server.stop();
    await databases?.stop();
  });

  const chart = (): Locator => page.getByRole("application", { name: "Candles and volume of BTCUSDT, 1m" });
  const menuAt = async (y: number): Promise<Locator> => {
    await chart().click({ button: "right", position: { x: 300, y } });
    return page.getByRole("menu");
  };
  const dialog = (): Locator => page.getByRole("dialog");
  const fired = (): Locator => page.getByRole("status", { name: "Price alerts that fired" }).locator(".fired-alert");
  /** The open minute has this price now. */
  const price = (close: number): void => {
    const last = market.minutes[300] as (typeof market.minutes)[number];
    const [high, low] = [Math.max(close, last.high), Math.min(close, last.low)];
    market.stream({ ...last, close, high, low, closed: false });
  };

  test("is made at a price of the chart, says who gets it, and is drawn there", async () => {
    price((market.minutes[299] as { close: number }).close);
    const menu = await menuAt(120);
    const entry = menu.getByRole("menuitem", { name: /^Alert when the price crosses [\d,.]+$/ });
    level = Number((await entry.textContent())?.replace(/[^\d.]/g, ""));
    await entry.click();
    await dialog().getByText("nothing will reach you while this page is closed").waitFor();
    expect(Number(await dialog().getByRole("textbox", { name: "Level" }).inputValue())).toBe(level);
    expect(await barriers(page)).toEqual([]);
    await picture("dialog");
    await dialog().getByRole("textbox", { name: "Level" }).fill("0");
    await dialog().getByRole("button", { name: "Make alert" }).click();
    await dialog().getByRole("alert").filter({ hasText: "condition.level: expected a price above 0" }).waitFor();
    await dialog().getByRole("textbox", { name: "Level" }).fill("1.5");
    await untilSo(async () => (await dialog().getByRole("alert").textContent()) === "");
    await dialog().getByRole("button", { name: "Make alert" }).click();
    await dialog().getByText("Press again if you mean it.").waitFor();
    await picture("far");
    expect([await barriers(page), (await sql`select from public.price_alerts`).length]).toEqual([[], 0]);
    await dialog().getByRole("textbox", { name: "Symbol" }).fill("bitcoin");
    await dialog().getByRole("button", { name: "BTCUSDT", exact: true }).click();
    expect(await dialog().getByRole("textbox", { name: "Symbol" }).inputValue()).toBe("BTCUSDT");
    await dialog().getByRole("textbox", { name: "Level" }).fill(String(level));
    await dialog().getByLabel(/^Note/).fill("take profit");
    await page.keyboard.press("Enter");
    await dialog().waitFor({ state: "detached" });
    const [row] =
      await sql`select symbol, condition, note, state, side is not null as has_side from public.price_alerts`;
    expect(row).toEqual({
      ...{ symbol: "BTCUSDT", condition: { kind: "level", direction: "either", level }, note: "take profit" },
      ...{ state: "active", has_side: true },
    });
    const again = await menuAt(120);
    expect(await again.getByRole("menuitem", { name: /^Remove the alert at/ }).count()).toBe(1);
    await page.keyboard.press("Escape");
    await picture("chart");
  });

  test("fires within the open candle, and the page says so at once where it leads", async () => {
    await untilSo(async () => watch.watched === 1);
    const [alert] = await sql`select side from public.price_alerts`;
    price(level + (alert?.side === "below" ? 1 : -1));
    await untilSo(async () => (await sql`select from public.alert_events`).length === 1);
    await untilSo(async () => {
      await page.clock.runFor(5_000);
      return (await fired().count()) === 1;
    });
    const says = (await fired().textContent()) ?? "";
    expect(says).toMatch(/^BTCUSDT crossed [\d,.]+ (upwards|downwards)/);
    expect(says).toContain("within the open 1m candle");
    expect(says).toContain("take profit");
    expect(await barriers(page)).toEqual([]);
    await picture("fired");
    await fired().getByRole("link").click();
    await untilSo(async () => page.url().includes(`/chart/BTCUSDT/1m?at=${market.minutes[300]?.openTime}`));
    await fired()
      .getByRole("button", { name: /^Close: BTCUSDT crossed/ })
      .click();
    expect(await fired().count()).toBe(0);
  });

  test("is made for a line that was drawn", async () => {
    await (await menuAt(300)).getByRole("menuitem", { name: "Trend line from here" }).click();
    await chart().click({ position: { x: 500, y: 340 } });
    await chart().click({ button: "right", position: { x: 400, y: 320 } });
    await page.getByRole("menuitem", { name: "Alert when the price crosses this line" }).click();
    await dialog().getByRole("checkbox", { name: "The line goes on to the right" }).waitFor();
    await dialog().getByRole("button", { name: "Make alert" }).click();
    await dialog().waitFor({ state: "detached" });
    const [row] = await sql`select condition from public.price_alerts where kind = 'line'`;
    expect(row?.condition).toMatchObject({ direction: "either", extended: true });
    expect(row?.condition.from.price).toBeGreaterThan(row?.condition.to.price);
    await picture("line");
    await chart().click({ button: "right", position: { x: 400, y: 320 } });
    await page.getByRole("menuitem", { name: /^Remove the alert at/ }).click();
    await page.getByRole("status").filter({ hasText: "is being deleted" }).waitFor();
    await page.clock.runFor(8_000);
    await untilSo(async () => (await sql`select from public.price_alerts where kind = 'line'`).length === 0);
  });

  test("is armed anew, changed and deleted in the list, by keyboard, which says how far the price is", async () => {
    await page.goto(`${market.server.url}/#/signals`);
    await page.getByRole("link", { name: "Price alerts" }).click();
    const row = page
      .getByRole("row")
      .filter({ hasText: `crosses ${level.toLocaleString("en-US", { maximumFractionDigits: 8 })}` });
    await row.getByText("fired", { exact: true }).waitFor();
    await row.getByRole("switch").focus();
    await page.keyboard.press("Space");
    await row.getByText(/watched, fires once/).waitFor();
    expect(await row.locator(".figure").allTextContents()).toEqual([
      expect.stringMatching(/^[\d,.]+$/),
      expect.stringMatching(/^[+−]?[\d.]+%$/),
      expect.stringContaining("2026-02-10"),
    ]);
    await page.getByRole("button", { name: "New alert" }).click();
    await dialog().getByLabel("Alert when").selectOption("the price moves by so much");
    await dialog().getByLabel("by at least, %").fill("2.5");
    await dialog().getByLabel("within, minutes").fill("15");
    await dialog()
      .getByRole("combobox", { name: /^Fires/ })
      .selectOption("again and again");
    await dialog().getByLabel("Watched").selectOption("for a week");
    await dialog().getByRole("button", { name: "Make alert" }).click();
    const moves = page.getByRole("row").filter({ hasText: "moves by 2.5 % within 15 minutes" });
    await moves.getByText(/fires again after 60 minutes, until 2026-02-17/).waitFor();
    await moves.getByRole("button", { name: /^Change/ }).click();
    await dialog().getByLabel("Direction").selectOption("falls");
    await dialog().getByRole("button", { name: "Save and arm" }).click();
    await page.getByRole("row").filter({ hasText: "falls by 2.5 % within 15 minutes" }).waitFor();
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await barriers(page)).toEqual([]);
      await picture(`list-${scheme}`);
    }
    await page.setViewportSize({ width: 768, height: 900 });
    expect([await overflowOf(page), await barriers(page)]).toEqual([0, []]);
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      expect(await barriers(page)).toEqual([]);
      await picture("list-phone");
      await page.getByRole("button", { name: "New alert" }).click();
      await dialog().getByRole("textbox", { name: "Level" }).waitFor();
      expect(await overflowOf(page)).toBe(0);
      expect(await barriers(page)).toEqual([]);
      await picture("dialog-phone");
      await page.keyboard.press("Escape");
    });
    await row.getByRole("button", { name: /^Delete/ }).click();
    await row.waitFor({ state: "detached" });
    await picture("undo");
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Undo" }).click();
    await row.waitFor();
    await row.getByRole("button", { name: /^Delete/ }).click();
    await row.waitFor({ state: "detached" });
    await page.clock.runFor(8_000);
    await untilSo(async () => (await sql`select from public.price_alerts`).length === 1);
    expect((await sql`select kind from public.price_alerts`).map(({ kind }) => kind)).toEqual(["move"]);
    // Refused on purpose: a level of 0.
    expect(complaints.filter((text) => !text.includes("status of 400"))).toEqual([]);
  });

  async function picture(name: string): Promise<void> {
    if (process.env.PICTURES !== undefined) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
  }
});

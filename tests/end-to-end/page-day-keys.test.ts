import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Locator, Page } from "playwright-core";
import { exactText } from "../../src/core/mod.ts";
import type { ChartReader } from "../helpers/chart-reader.ts";
import { KeyboardUser } from "../helpers/keyboard-user.ts";
import { CHROMIUM, untilSo } from "../helpers/page-browser.ts";
import { matchesIn, startDay, type TradersDay, UNWANTED } from "../helpers/traders-day.ts";

const TRADER = "By keys alone";

const suite =
  CHROMIUM === null ? "a day's work by keyboard (chromium is not installed)" : "a day's work by keyboard alone";

/** One story: each step begins where the one before ended, and where that left the focus. */
describe.skipIf(CHROMIUM === null)(suite, () => {
  let day: TradersDay;
  let page: Page;
  let chart: ChartReader;
  let keys: KeyboardUser;

  beforeAll(async () => {
    day = await startDay();
    ({ page, chart } = day);
    keys = new KeyboardUser(page);
  });
  afterAll(() => day?.stop());

  const link = (name: string): Locator => page.getByRole("link", { name, exact: true });
  const button = (name: string): Locator => page.getByRole("button", { name, exact: true });
  const plane = (): Locator => page.getByRole("application", { name: "Candles and volume of BTCUSDT, 5m" });
  const dialog = (): Locator => page.getByRole("dialog");
  const entry = (name: string | RegExp): Locator => page.getByRole("menuitem", { name });
  const isDone = (): Promise<void> => page.locator('.match-says[data-phase="done"]').waitFor();

  test("a ready screen leads to BTC's chart", async () => {
    await keys.enter(link("Screener"));
    await keys.tabTo(page.getByLabel("Screen", { exact: true }));
    await page.keyboard.type("Gainers");
    await isDone();
    expect(await page.getByLabel("Screen", { exact: true }).inputValue()).toBe("preset Gainers with rising volume");
    await keys.enter(page.locator('.matched a[data-symbol="BTCUSDT"]'));
    await page.waitForURL(/#\/chart\/BTCUSDT\//);
    await keys.enter(page.locator(".intervals").getByRole("button", { name: "5m", exact: true }));
    await chart.shows("BTCUSDT:5m");
  });

  test("two averages and the relative strength are drawn, one in a colour of its own", async () => {
    await keys.press("i");
    await keys.landsOn(page.getByRole("searchbox", { name: "Search indicators" }));
    await page.keyboard.type("exponential");
    await keys.press("Enter", "Enter", "Control+a");
    await page.keyboard.type("relative strength");
    await keys.press("Enter", "Escape");
    await keys.landsOn(page.locator("summary", { hasText: "Indicators" }));
    expect(await page.locator(".legend-studies dt").allTextContents()).toEqual(["EMA 20", "EMA 50", "RSI 14"]);
    await keys.enter(button("EMA 50"));
    await keys.tabTo(dialog().getByRole("radio", { checked: true }));
    const coral = page.getByRole("radio", { name: "Coral" });
    for (let i = 0; i < 10 && !(await coral.isChecked()); i++) await keys.press("ArrowRight");
    await keys.landsOn(coral);
    await keys.press("Escape");
    await keys.landsOn(button("EMA 50"));
    expect(await page.locator(".legend-studies > div").nth(1).getAttribute("class")).toBe("study-7");
  });

  test("a move is measured from the crosshair", async () => {
    await keys.tabTo(plane());
    await keys.press("ArrowLeft", "Shift+ArrowLeft", "Shift+ArrowLeft");
    const from = await close();
    await keys.press("Shift+F10");
    await keys.choose(entry("Measure from here"));
    await keys.landsOn(plane());
    await keys.press("Shift+ArrowRight");
    await untilSo(async () => (await page.locator(".measure-note").textContent())?.endsWith(", 50 min") === true);
    const text = (await page.locator(".measure-note").textContent()) ?? "";
    const [, difference, percent] = /^([-−+][\d.,]+), ([-−+][\d.]+)%, 10 candles, 50 min$/.exec(text) ?? [];
    const to = await close();
    expect([text, number(difference)]).toEqual([text, Number((to - from).toFixed(2))]);
    expect(number(percent)).toBeCloseTo((100 * (to - from)) / from, 1);
    await keys.press("Enter", "Escape");
    expect(await page.locator(".measure-note").textContent()).toBe("");
  });

  test("a trend line gets an alert, and so does a price", async () => {
    const tools = page.getByRole("toolbar", { name: "Drawing" });
    await keys.tabTo(tools.getByRole("button"), "Shift+Tab");
    await keys.choose(tools.getByRole("button", { name: "Trend line" }));
    await keys.landsOn(plane());
    const from = await close();
    await keys.press("Enter", "Shift+ArrowRight");
    const to = await close();
    await keys.press("Enter", "Shift+F10");
    await keys.choose(entry("Alert when the price crosses this line"));
    await keys.landsOn(dialog().locator(":focus"));
    await keys.type(dialog().getByLabel(/^Note/), "the line");
    await keys.press("Enter");
    await dialog().waitFor({ state: "detached" });
    await keys.landsOn(plane());
    await keys.press("ArrowUp", "Shift+F10");
    const crossing = entry(/^Alert when the price crosses [\d,.]+$/);
    const level = number((await crossing.textContent())?.replace("Alert when the price crosses ", ""));
    await keys.choose(crossing);
    await keys.landsOn(dialog().locator(":focus"));
    expect(number(await dialog().getByRole("textbox", { name: "Level" }).inputValue())).toBe(level);
    await keys.type(dialog().getByLabel(/^Note/), "the level");
    await keys.press("Enter");
    await dialog().waitFor({ state: "detached" });
    await keys.landsOn(plane());
    await keys.enter(link("Signals"));
    await keys.enter(link("Price alerts"));
    const alerts = page.getByRole("row").filter({ hasText: "BTCUSDT" });
    await untilSo(async () => (await alerts.count()) === 2);
    expect((await alerts.allTextContents()).map((text) => text.split("watched")[0])).toEqual([
      `BTCUSDT crosses ${exactText(level)}`,
      `BTCUSDT crosses the line from ${exactText(from)} to ${exactText(to)}`,
    ]);
  });

  test("a screen's condition is changed, and the screen becomes a trader", async () => {
    await keys.enter(link("Screener"));
    await keys.tabTo(page.getByLabel(/^Candles/));
    await page.keyboard.type("5m");
    await keys.tabTo(page.getByLabel("Condition 1: column"));
    await page.keyboard.type("To EMA 20");
    await keys.tabTo(page.getByLabel("Condition 1: comparison"));
    await keys.press("Home");
    expect(await page.getByLabel("Condition 1: comparison").inputValue()).toBe("above");
    await keys.type(page.getByLabel("Condition 1: value"), "0");
    await keys.enter(button("Remove condition 2"));
    await keys.landsOn(button("Add condition"));
    await keys.enter(button("Columns"));
    for (const name of UNWANTED) {
      await keys.tabTo(page.getByRole("checkbox", { name, exact: true }));
      await keys.press("Space");
    }
    await keys.tabTo(page.getByLabel("Name of the screen"), "Shift+Tab");
    await keys.type(page.getByLabel("Name of the screen"), TRADER);
    await keys.press("Control+Enter");
    await isDone();
    await keys.enter(button("Save as trader"));
    await page.locator('.check-line[data-checked="well"]').waitFor();
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe(TRADER);
    expect(await page.getByLabel(/^Runs at every/).inputValue()).toBe("5m");
    expect(await page.locator(".cm-content").textContent()).toContain("emaDistance20 > 0");
  });

  test("it is previewed, tested on the past, and switched on", async () => {
    await keys.enter(button("Run preview"));
    await page.locator('[data-preview="done"]').waitFor();
    const previewed = await matchesIn(page, ".matches tbody tr");
    expect(previewed.length).toBeGreaterThan(0);
    expect(previewed.filter(({ distance }) => !(distance > 0))).toEqual([]);
    await keys.enter(button("Backtest"), "Shift+Tab");
    await keys.enter(button("Run backtest"));
    await page.locator('[data-backtest="done"]').waitFor();
    const [newest] = await matchesIn(page, "[data-backtest] .entry");
    expect(previewed).toContainEqual(newest as (typeof previewed)[number]);
    await keys.enter(button("Save and run"), "Shift+Tab");
    const isOn = page.getByRole("switch", { name: "The trader is on" });
    await isOn.waitFor();
    await keys.tabTo(isOn, "Shift+Tab");
    expect(await isOn.isChecked()).toBe(true);
  });

  test("a signal's row leads to its candle, and to why it was given", async () => {
    await keys.enter(link("Signals"), "Shift+Tab");
    const row = page.locator("[data-signal]").filter({ hasText: "BTCUSDT" }).filter({ hasText: TRADER });
    await day.exchange.passUntil(async () => (await row.count()) > 0);
    const closedAt = Date.parse((await row.first().locator("time").getAttribute("datetime")) ?? "");
    await keys.enter(row.first().getByRole("link", { name: "BTCUSDT" }));
    await chart.shows("BTCUSDT:5m");
    await untilSo(async () => (await chart.pointedAt()) === closedAt - 300_000);
    expect(await page.locator(".legend-marks").textContent()).toBe(`signal of ${TRADER}`);
    await keys.tabTo(plane());
    await keys.press("w");
    await dialog().locator('[data-why="done"]').waitFor();
    await keys.landsOn(dialog().locator(":focus"));
    expect(await dialog().locator(".why-verdict").textContent()).toBe("BTCUSDT matched.");
    const condition = dialog().locator(".why-conditions li").filter({ hasText: "emaDistance20 > 0" }).first();
    expect(await condition.getAttribute("data-verdict")).toBe("true");
    await keys.press("Escape");
    await dialog().waitFor({ state: "detached" });
    await keys.landsOn(plane());
  });

  test("the link to the chart is copied", async () => {
    await keys.enter(button("Copy link"), "Shift+Tab");
    await page.locator(".notice", { hasText: "The link is copied." }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
    expect(page.url()).toMatch(/#\/chart\/BTCUSDT\/5m\?.*studies=ema-20[^_]*_ema-50-c7[^_]*_rsi-14/);
    expect(day.complaints).toEqual([]);
  });

  const number = (text = ""): number => Number(text.replaceAll(",", "").replace("−", "-"));

  /** Of the candle at the crosshair. */
  async function close(): Promise<number> {
    await page.evaluate(
      () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
    );
    const figure = page.locator(".legend dl div", { has: page.getByTitle("Close", { exact: true }) }).locator("dd");
    return number((await figure.textContent()) ?? "");
  }
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { priceText } from "../../web/text/price.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { type Demo, startDemo } from "../helpers/demo.ts";
import { CHROMIUM, launchChromium, openPage, untilSo } from "../helpers/page-browser.ts";

/**
 * What somebody does who is there for the first time: by the pointer and the buttons in sight, without shortcuts. A press of the pointer counts,
 * held keys with it or not, and so does each key that isn't text; an option of a list counts as two clicks. Typing a text doesn't count.
 */
interface Task {
  readonly name: string;
  /** The steps here, as a reader would name them. */
  readonly here: readonly string[];
  /** The fewest that we know of at TradingView, from its help, its list of shortcuts and its published tips, as of November 2026; each one click. */
  readonly tradingView: readonly string[];
}

const TASKS = {
  average: {
    name: "A second EMA with another length",
    here: ["`Indicators`", "`EMA` in the list", "`EMA 50` above the chart", "`Enter` behind the length"],
    tradingView: ["`Indicators`", "the average in the list", "close the list", "the gear in the legend", "`OK`"],
  },
  alert: {
    name: "An alert at the price that is pointed at",
    here: ["right click", "`Alert when the price crosses …`", "`Make alert`"],
    tradingView: ["right click", "`Add alert on …`", "`Create`"],
  },
  measure: {
    name: "Measure a move",
    here: ["`Shift` and drag"],
    tradingView: ["`Shift` and click where it begins", "click where it ends"],
  },
  gainers: {
    name: "Coins that rose, on rising volume",
    here: ["`Screener`"],
    tradingView: [
      "the crypto coins screener",
      "the list of screens",
      "`Top gainers`",
      "`+`",
      "`Relative volume`",
      "above 1",
    ],
  },
  share: {
    name: "A link to the chart as it is",
    here: ["`Copy link`"],
    tradingView: ["the camera", "`Copy link`"],
  },
} as const satisfies Readonly<Record<string, Task>>;

const suite = CHROMIUM === null ? "clicks for a task (chromium is not installed)" : "clicks for a task";

test("docs/page.md has the table of these tasks, and none takes more clicks than at TradingView", () => {
  const rows = Object.values<Task>(TASKS).map(({ name, here, tradingView }) => {
    expect(here.length).toBeLessThanOrEqual(tradingView.length);
    return `| ${name} | ${here.length}: ${here.join(", ")} | ${tradingView.length}: ${tradingView.join(", ")} |`;
  });
  const table = ["| Task | Here | TradingView |", "| --- | --- | --- |", ...rows].join("\n");
  expect(readFileSync(join(import.meta.dir, "../../docs/page.md"), "utf8")).toContain(`\n${table}\n`);
});

describe.skipIf(CHROMIUM === null)(suite, () => {
  let demo: Demo;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];
  let counted = 0;

  beforeAll(async () => {
    // The newest candle stays open while somebody looks.
    const market = ["--symbols", "6", "--seed", "36", "--start", "2026-02-10T12:00:10Z"];
    [demo, browser] = await Promise.all([startDemo(market), launchChromium()]);
    ({ page, complaints } = await openPage(browser, { permissions: ["clipboard-read", "clipboard-write"] }));
    await page.exposeFunction("counted", () => {
      counted += 1;
    });
    await page.addInitScript(countClicks);
    await page.goto(`${demo.url}/#/chart/BTCUSDT/5m?range=newest-120&studies=ema-20-c1`);
    await new ChartReader(page).shows("BTCUSDT:5m");
    counted = 0;
  });
  afterEach(() => {
    counted = 0;
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
  });

  /** A point of the chart: shares of its width and height. */
  async function at(across: number, down: number): Promise<[x: number, y: number]> {
    const box = await page.locator(".canvas").boundingBox();
    if (box === null) throw new Error("there is no chart in sight");
    return [Math.round(box.x + across * box.width), Math.round(box.y + down * box.height)];
  }

  test(TASKS.average.name, async () => {
    await page.getByText("Indicators", { exact: true }).click();
    const all = page.getByRole("list", { name: "All indicators" });
    await all.getByRole("button", { name: /^EMA / }).click();
    await page.getByRole("button", { name: "EMA 50", exact: true }).click();
    await page.keyboard.type("100");
    await page.keyboard.press("Enter");
    await untilSo(async () => page.url().endsWith("studies=ema-20-c1_ema-100-c2"));
    expect(counted).toBe(TASKS.average.here.length);
    await page.mouse.click(...(await at(0.2, 0.2)));
  });

  test(TASKS.alert.name, async () => {
    await page.mouse.click(...(await at(0.5, 0.2)), { button: "right" });
    const entry = page.getByRole("menuitem", { name: /^Alert when the price crosses [\d,.]+$/ });
    const price = (await entry.textContent())?.replace(/[^\d.]/g, "");
    await entry.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Make alert" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(counted).toBe(TASKS.alert.here.length);
    await page.mouse.click(...(await at(0.5, 0.2)), { button: "right" });
    await page.getByRole("menuitem", { name: `Remove the alert at ${priceText(Number(price), 2)}` }).waitFor();
    await page.keyboard.press("Escape");
  });

  test(TASKS.measure.name, async () => {
    await page.mouse.move(...(await at(0.3, 0.4)));
    await page.keyboard.down("Shift");
    await page.mouse.down();
    await page.mouse.move(...(await at(0.5, 0.3)), { steps: 3 });
    await page.mouse.up();
    await page.keyboard.up("Shift");
    expect(await page.locator(".measure-note").textContent()).toMatch(/^\+[\d.,]+, \+[\d.]+%, \d+ candles, .+ min$/);
    expect(counted).toBe(TASKS.measure.here.length);
    await page.keyboard.press("Escape");
  });

  test(TASKS.share.name, async () => {
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.locator(".notice", { hasText: "The link is copied." }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
    expect(counted).toBe(TASKS.share.here.length);
  });

  test(TASKS.gainers.name, async () => {
    await page.getByRole("link", { name: "Screener", exact: true }).click();
    await page.locator('.match-says[data-phase="done"]').waitFor();
    const heads = await page.locator(".matched thead th").allInnerTexts();
    const cells = await page.locator(".matched .row").first().locator("th, td").allInnerTexts();
    expect(Number.parseFloat(cells[heads.indexOf("Change 4h")] ?? "")).toBeGreaterThan(1);
    expect(Number.parseFloat(cells[heads.indexOf("Rel. volume")] ?? "")).toBeGreaterThan(1.2);
    expect(counted).toBe(TASKS.gainers.here.length);
  });

  test("has given the browser nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});

/** Runs in the page: tells of each press and of each key that isn't text. */
function countClicks(): void {
  const told = (globalThis as unknown as { counted: () => void }).counted;
  const MODIFIERS = ["Shift", "Control", "Alt", "Meta"];
  addEventListener("pointerdown", ({ isTrusted }) => isTrusted && told(), true);
  addEventListener(
    "keydown",
    ({ key, isTrusted, target }: KeyboardEvent) => {
      const isText = key.length === 1 && target instanceof Element && target.matches("input, textarea, .cm-content");
      if (isTrusted && !isText && !MODIFIERS.includes(key)) told();
    },
    true,
  );
  // A list of options doesn't say that it was opened, nor what was clicked in it.
  addEventListener(
    "change",
    ({ target }) => {
      if (!(target instanceof HTMLSelectElement)) return;
      told();
      told();
    },
    true,
  );
}

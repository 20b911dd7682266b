import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { type Demo, startDemo } from "../helpers/demo.ts";
import { barriers, CHROMIUM, launchChromium, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";

const suite = CHROMIUM === null ? "markets and navigation (chromium is not installed)" : "markets and navigation";

/** A phone as playwright imitates it. */
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** Screens, and what is there once they have their data. */
const PHONE_SCREENS = [
  ["markets", ".row .cell-price"],
  ["chart/BTCUSDT/1m", '.legend[data-phase="ready"]'],
  ["traders", ".traders tbody tr"],
  ["signals", "main h2"],
  ["screener", ".match-says"],
  ["status", ".condition"],
] as const;

describe.skipIf(CHROMIUM === null)(suite, () => {
  let demo: Demo;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  const shown = (): Promise<string[]> =>
    page.locator(".row a").evaluateAll((links) => links.map((link) => (link as HTMLElement).dataset.symbol ?? ""));

  beforeAll(async () => {
    const market = ["--symbols", "12", "--start", "2026-02-10T12:00Z"];
    [demo, browser] = await Promise.all([startDemo(market), launchChromium()]);
    ({ page, complaints } = await openPage(browser));
    await page.goto(`${demo.url}/#/markets`);
    await page.locator(".row").first().waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test("an asset's name finds its symbols, and Enter opens the first", async () => {
    await page.locator(".asset-name", { hasText: "Bitcoin" }).first().waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("bitcoin");
    await untilSo(async () => String(await shown()) === "BTCUSDT");
    await page.keyboard.press("Enter");
    await page.locator('.legend[data-series^="BTCUSDT"]').waitFor();
    await page.goBack();
    await page.locator(".row .cell-line").first().waitFor();
  });

  test("lists are made, filled, shown, and read from text", async () => {
    await page.getByRole("button", { name: "Star ETHUSDT" }).click();
    await page.getByRole("button", { name: "Edit lists" }).click();
    const dialog = page.getByRole("dialog", { name: "Lists" });
    await dialog.getByLabel("Name of the new list").fill("Layer 2");
    await page.keyboard.press("Enter");
    await dialog.getByLabel("Name of the new list").fill("layer 2");
    await page.keyboard.press("Enter");
    await dialog.getByRole("alert").filter({ hasText: 'There is already a list "Layer 2".' }).waitFor();
    await dialog.getByRole("button", { name: "Favourites (1)" }).click();
    await dialog.getByLabel("Move ETHUSDT to").selectOption("Layer 2");
    await dialog.getByRole("button", { name: "Layer 2 (1)" }).click();
    expect({ screen: "lists", found: await barriers(page) }).toEqual({ screen: "lists", found: [] });
    // A selection that is dragged out of a field closes nothing; a press beside the dialog does.
    await dialog.getByLabel("Name of the list", { exact: true }).hover();
    await page.mouse.down();
    await page.mouse.move(5, 5);
    await page.mouse.up();
    expect(await dialog.isVisible()).toBe(true);
    await page.mouse.click(5, 5);
    await dialog.waitFor({ state: "detached" });
    await page.getByLabel("List", { exact: true }).selectOption("Layer 2");
    await untilSo(async () => String(await shown()) === "ETHUSDT");
    await page.getByRole("button", { name: "Edit lists" }).click();
    await dialog.getByText("Import and export").click();
    const text = dialog.getByLabel("All lists as text");
    expect(await text.inputValue()).toBe("# Favourites\n\n# Layer 2\nETHUSDT");
    await text.fill("# Majors\nBTCUSDT, ETHUSDT");
    await dialog.getByRole("button", { name: "Replace all lists by this text" }).click();
    await page.keyboard.press("Escape");
    await untilSo(async () => String((await shown()).toSorted()) === "BTCUSDT,ETHUSDT");
    await page.reload();
    await page.getByLabel("List", { exact: true }).selectOption("Majors");
    await untilSo(async () => (await shown()).length === 2);
    await page.getByLabel("Search symbols").fill("nothing");
    await page.getByText('No symbol on the list "Majors" matches.').waitFor();
    await page.getByRole("button", { name: "Show all symbols" }).click();
    await untilSo(async () => (await shown()).length === 12);
  });

  test("the palette goes to a symbol and interval, a screen, a trader, and runs actions, by keyboard and by touch", async () => {
    const go = async (typed: string): Promise<void> => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox", { name: "Go to a symbol" }).fill(typed);
      await page.keyboard.press("Enter");
      await page.getByRole("dialog", { name: "Go to" }).waitFor({ state: "detached" });
    };
    await go("btc 5m");
    await page.locator('.legend[data-series="BTCUSDT:5m"]').waitFor();
    await go("ethereum 1m");
    await page.locator('.legend[data-series="ETHUSDT:1m"]').waitFor();
    await go("stat");
    await page.locator(".condition").waitFor();
    await page.keyboard.press("Control+k");
    const box = page.getByRole("combobox", { name: "Go to a symbol" });
    await box.fill("oversold");
    await page.getByRole("option", { name: /^Oversold.*Trader$/ }).waitFor();
    expect({ screen: "palette", found: await barriers(page) }).toEqual({ screen: "palette", found: [] });
    await box.fill("theme");
    await page.keyboard.press("ArrowDown");
    const chosen = await box.getAttribute("aria-activedescendant");
    expect(await page.locator(`[id="${chosen}"][aria-selected="true"]`).textContent()).toContain("Theme: dark");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
    await page.getByRole("button", { name: "Go to" }).click();
    await box.fill("no such thing");
    await page.getByText("Nothing matches.").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog", { name: "Go to" }).waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Go to");
    await page.getByRole("button", { name: "Go to" }).click();
    await page.getByRole("option", { name: /^Markets/ }).click();
    await page.locator(".row .cell-line").first().waitFor();
  });

  test("the first Tab leads to a link past the header, which leaves the address as it is", async () => {
    await page.reload();
    await page.locator(".row").first().waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
    expect(page.url()).toEndWith("#/markets");
  });

  test("a screen that is still being loaded has the ground of those that are there", async () => {
    for (const colorScheme of ["dark", "light"] as const) {
      const { page: fresh } = await openPage(browser, { colorScheme });
      const { promise, resolve } = Promise.withResolvers<void>();
      await fresh.route(/status-screen-/, async (route) => {
        await promise;
        await route.continue();
      });
      await fresh.goto(`${demo.url}/#/status`);
      await fresh.getByText("Loading …").waitFor();
      const grounds = await fresh.evaluate(() =>
        ["body", "main", ".header"].map(
          (name) => getComputedStyle(document.querySelector(name) as Element).backgroundColor,
        ),
      );
      expect(new Set(grounds).size).toBe(1);
      resolve();
      await fresh.locator(".condition").waitFor();
      await fresh.context().close();
    }
  });

  test("the chosen theme is there before the page's own script runs", async () => {
    const { page: fresh } = await openPage(browser, { colorScheme: "dark" });
    await fresh.addInitScript(() => localStorage.setItem("vyx.theme", "light"));
    await fresh.route(/assets\/index-.*\.js/, (route) => route.abort());
    await fresh.goto(demo.url);
    await fresh.getByText("Loading …").waitFor();
    expect(await fresh.evaluate(() => getComputedStyle(document.documentElement).colorScheme)).toBe("light");
    await fresh.context().close();
  });

  test("without a connection, the table says so, and tries again when asked", async () => {
    const { page: fresh } = await openPage(browser);
    let sockets = 0;
    await fresh.routeWebSocket(/.*/, (socket) => {
      sockets += 1;
      if (sockets < 3) void socket.close();
      else socket.connectToServer();
    });
    await fresh.goto(demo.url);
    await fresh.getByText("The server can't be reached").waitFor();
    expect(await fresh.locator(".sign[data-connection]").getAttribute("data-connection")).toBe("waiting");
    await untilSo(async () => {
      const retry = fresh.getByRole("button", { name: "Try now" });
      if (await retry.isVisible()) await retry.click();
      return (await fresh.locator(".row").count()) > 0;
    });
    await fresh.context().close();
  });

  test("on a phone, the chart begins at the top, its symbol opens a sheet, and a row has a menu", async () => {
    const { page: phone } = await openPage(browser, { ...PHONE, colorScheme: "light" });
    await phone.goto(`${demo.url}/#/chart/BTCUSDT/1m`);
    await phone.locator('.legend[data-phase="ready"]').waitFor();
    const top = await phone.locator(".chart").evaluate((chart) => chart.getBoundingClientRect().top);
    expect(top).toBeLessThanOrEqual(120);
    await phone.getByRole("button", { name: "BTCUSDT", exact: true }).tap();
    const sheet = phone.getByRole("dialog", { name: "Symbols" });
    await sheet.getByLabel("Search symbols").fill("solana");
    await untilSo(async () => String(await sheet.locator(".row a").allTextContents()) === "SOLUSDT");
    expect({ screen: "sheet", found: await barriers(phone) }).toEqual({ screen: "sheet", found: [] });
    await sheet.locator(".row a").tap();
    await phone.locator('.legend[data-series="SOLUSDT:1m"]').waitFor();
    await sheet.waitFor({ state: "detached" });
    await phone.getByRole("link", { name: "Markets" }).tap();
    await phone.getByRole("button", { name: "More about ETHUSDT" }).tap();
    const menu = phone.getByRole("dialog", { name: "ETHUSDT · Ethereum" });
    await menu.getByRole("button", { name: "Favourites" }).tap();
    await menu.locator('[aria-pressed="true"]').waitFor();
    expect({ screen: "row menu", found: await barriers(phone) }).toEqual({ screen: "row menu", found: [] });
    await menu.getByRole("link", { name: "Open the chart" }).tap();
    await phone.locator('.legend[data-series="ETHUSDT:1m"]').waitFor();
    await phone.context().close();
  });

  test("on a phone, a long press opens the row's menu and doesn't follow its link", async () => {
    const { page: phone } = await openPage(browser, PHONE);
    await phone.clock.install();
    await phone.goto(`${demo.url}/#/markets`);
    await untilSo(async () => {
      await phone.clock.runFor(200);
      return (await phone.locator(".row").count()) > 0;
    });
    const touch = { pointerType: "touch", bubbles: true, isPrimary: true };
    const link = phone.locator('.row a[data-symbol="BTCUSDT"]');
    await link.dispatchEvent("pointerdown", touch);
    await phone.clock.runFor(400);
    expect(await phone.locator(".row-menu").count()).toBe(0);
    await phone.clock.runFor(200);
    await link.dispatchEvent("pointerup", touch);
    await link.dispatchEvent("click", { bubbles: true, cancelable: true });
    await phone.getByRole("dialog", { name: /^BTCUSDT/ }).waitFor();
    expect(phone.url()).toEndWith("#/markets");
    await phone.context().close();
  });

  test("on a phone, everything that is pressed is at least 44 pixels high and wide, and nothing is wider than the screen", async () => {
    const { page: phone } = await openPage(browser, PHONE);
    for (const [screen, isThere] of PHONE_SCREENS) {
      await phone.goto(`${demo.url}/#/${screen}`);
      await phone.locator(isThere).first().waitFor();
      await phone.locator('.sign[data-server="ok"]').waitFor({ state: "attached" });
      expect({ screen, small: await phone.evaluate(smallTargets) }).toEqual({ screen, small: [] });
      expect({ screen, over: await overflowOf(phone) }).toEqual({ screen, over: 0 });
    }
    await phone.context().close();
  });

  test("has given the browser nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});

/** What can be pressed and is smaller than 44 × 44 pixels, besides the chart library's logo and links within a sentence. The whole row of a table counts for the link in it, and a switch has room around it. */
function smallTargets(): string[] {
  return [...document.querySelectorAll("button, select, input, summary, textarea, a")]
    .filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    .filter((element) => !element.matches(".row a, .row-link a, p a, .switch, .skip, #tv-attr-logo"))
    .flatMap((element) => {
      // A label is pressed like the field in it.
      const { width, height } = (element.closest("label") ?? element).getBoundingClientRect();
      if (width >= 43.5 && height >= 43.5) return [];
      return [`${element.tagName} ${element.ariaLabel ?? element.textContent} ${width} × ${height}`];
    });
}

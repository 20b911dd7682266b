import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { BTC, LIFE, type ServedMarket, serveMarket } from "../helpers/served-market.ts";

const suite = CHROMIUM === null ? "what all screens share (chromium is not installed)" : "what all screens share";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    market = serveMarket({ with: { page: await buildPage() } });
    browser = await launchChromium();
    ({ page } = await openPage(browser));
    await page.goto(`${market.server.url}/#/markets`);
    await page.locator(".row").first().waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
  });

  /** The symbols of the table, from the top. */
  const symbols = (): Promise<string[]> =>
    page.locator(".row a").evaluateAll((links) => links.map((link) => (link as HTMLElement).dataset.symbol ?? ""));
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      const { activeElement: element } = document;
      return (element as HTMLElement).dataset.symbol ?? element?.getAttribute("aria-label") ?? "";
    });

  test("keys that are pressed while the palette is being fetched go to the palette", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/*.js", async (route) => {
      await held;
      await route.continue();
    });
    await page.keyboard.press("Control+k");
    // On the page, 2 would open the chart, and t change the theme.
    for (const key of ["2", "Backspace", "s", "t", "a", "t", "u", "s", "Enter"]) await page.keyboard.press(key);
    expect(new URL(page.url()).hash).toBe("#/markets");
    release();
    await page.locator(".condition").waitFor();
    expect(new URL(page.url()).hash).toBe("#/status");
    await page.unroute("**/*.js");
    // Once it is there, no key goes to the page either.
    await page.keyboard.press("Control+k");
    await page.keyboard.type(BTC.toLowerCase());
    await page.keyboard.press("Enter");
    await page.locator(`.legend[data-series^="${BTC}:"]`).waitFor();
    await page.goto(`${market.server.url}/#/markets`);
    await page.locator(".row .cell-line").first().waitFor();
  });

  test("the palette leads to the screens within screens, and to the lists", async () => {
    const options = async (typed: string): Promise<string[]> => {
      await page.getByRole("combobox", { name: "Go to a symbol" }).fill(typed);
      return await page.locator("#palette-list .palette-title").allTextContents();
    };
    await page.keyboard.press("Control+k");
    expect((await options("telegram"))[0]).toBe("Messages");
    expect((await options("price alerts"))[0]).toBe("Price alerts");
    expect((await options("import"))[0]).toBe("Import and export traders");
    expect((await options("edit lists"))[0]).toBe("Edit lists");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Lists" }).getByLabel("Name of the new list").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Lists" }).waitFor({ state: "detached" });
  });

  test("all rows of the table are one stop of Tab, and keys do what their buttons do", async () => {
    const all = await symbols();
    await page.getByRole("searchbox", { name: "Search symbols" }).focus();
    const stops: string[] = [];
    for (let at = 0; at < 30 && !stops.includes(BTC) && !stops.includes(LIFE); at += 1) {
      await page.keyboard.press("Tab");
      stops.push(await focused());
    }
    expect(stops.at(-1)).toBe(all[0] ?? "");
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toBe(all[1] ?? "");
    expect(await page.locator('.row a[tabindex="0"]').getAttribute("data-symbol")).toBe(all[1] ?? "");
    await page.keyboard.press("f");
    expect(await page.getByRole("button", { name: `Star ${all[1]}` }).getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("f");
    await page.keyboard.press("m");
    await page.locator(".row-menu").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".row-menu").waitFor({ state: "detached" });
    expect(await focused()).toBe(all[1] ?? "");
  });

  test("the list of keys has each heading once", async () => {
    await page.keyboard.press("?");
    const headings = await page.locator(".help h3").allTextContents();
    expect(headings).toContain("Rows");
    expect(headings).toEqual([...new Set(headings)]);
    await page.keyboard.press("Escape");
  });

  test("a notice lies over the page, can be dismissed, and goes by itself", async () => {
    const top = (): Promise<number> => page.locator("main").evaluate((main) => main.getBoundingClientRect().top);
    const notice = page.locator(".notice");
    const before = await top();
    await page.goto(`${market.server.url}/#/nowhere`);
    await notice.filter({ hasText: "There is no page #/nowhere, so these are the markets." }).waitFor();
    expect(await top()).toBe(before);
    // It stays while it has the focus.
    await notice.getByRole("button", { name: "Dismiss" }).focus();
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await barriers(page)).toEqual([]);
    }
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      expect(await barriers(page)).toEqual([]);
      const [box, links] = await Promise.all([notice.boundingBox(), page.locator(".navigation").boundingBox()]);
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(links?.y ?? 0);
    });
    // Shown anew, however long the looking took.
    await page.goto(`${market.server.url}/#/status`);
    await page.goto(`${market.server.url}/#/elsewhere`);
    await notice.filter({ hasText: "#/elsewhere" }).waitFor();
    await notice.getByRole("button", { name: "Dismiss" }).press("Enter");
    await notice.waitFor({ state: "detached" });
    await page.mouse.move(5, 5);
    // Not before: under this clock, axe may never end.
    await page.clock.install();
    await page.goto(`${market.server.url}/#/nothing`);
    await notice.filter({ hasText: "#/nothing" }).waitFor();
    await page.clock.fastForward(15_000);
    await notice.waitFor({ state: "detached" });
    // Screen readers still find it, until somebody goes elsewhere.
    const said = page.getByRole("status").filter({ hasText: "#/nothing" });
    expect(await said.count()).toBe(1);
    await page.goto(`${market.server.url}/#/status`);
    await untilSo(async () => (await said.count()) === 0);
  });
});

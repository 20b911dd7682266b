import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { keyHash } from "../../src/server/mod.ts";
import { barriers, CHROMIUM, launchChromium, openPage } from "../helpers/page-browser.ts";
import { startOn } from "../helpers/running-vyx.ts";

const KEY = "a-key-for-this-test";

const suite = CHROMIUM === null ? "the page and keys (chromium is not installed)" : "the page and keys";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let exchange: Exchange;
  let vyx: RunningVyx;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    exchange = createExchange({ port: 0, clock: systemClock, symbols: 2 });
    const apiKeys = `page:${keyHash(KEY)}:read,stream`;
    [vyx, browser] = await Promise.all([startOn(exchange, { intervals: "1m", apiKeys }), launchChromium()]);
    ({ page } = await openPage(browser));
  });

  afterAll(async () => {
    await browser?.close();
    await vyx?.stop();
    await exchange?.stop();
  });

  test("where the server wants a key, the page asks for one, and says what is wrong with a bad one", async () => {
    await page.goto(vyx.url);
    await page.getByLabel("API key").fill("not-this-one");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "The server doesn't accept this key." }).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    expect(await barriers(page)).toEqual([]);
  });

  test("with a good one, prices come, over the socket too", async () => {
    await page.getByLabel("API key").fill(KEY);
    await page.getByRole("button", { name: "Use this key" }).click();
    await page.locator('.sign[data-connection="connected"]').waitFor();
    await page.locator(".row").first().waitFor();
    await page.keyboard.press("2");
    await page.locator('.legend[data-phase="ready"]').waitFor();
    await page.reload();
    await page.locator('.legend[data-phase="ready"]').waitFor();
  });

  test("screens that the key may not use are dimmed, and say which scope is missing", async () => {
    const traders = page.getByRole("link", { name: "Traders" });
    await page.locator('.navigation a[aria-disabled="true"]', { hasText: "Traders" }).waitFor();
    expect(await traders.getAttribute("title")).toContain("the scope trade. Your key has: read, stream.");
    expect(await page.getByRole("link", { name: "Chart", exact: true }).getAttribute("aria-disabled")).toBeNull();
    // It counts as disabled, and yet leads to the reason.
    await traders.press("Enter");
    await page.locator("main").getByText("Traders and signals need the scope trade.").waitFor();
    expect(await barriers(page)).toEqual([]);
  });

  test("as long as no price has come, nothing is called live, and no sign of prices is green", async () => {
    const { page: fresh } = await openPage(browser);
    await fresh.addInitScript((key) => sessionStorage.setItem("vyx.key", key), KEY);
    // Connects, and brings nothing.
    await fresh.routeWebSocket(/.*/, () => {});
    await fresh.route("**/health", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), source: "binance" } });
    });
    await fresh.goto(vyx.url);
    const badge = fresh.locator(".badge");
    await badge.filter({ hasText: "binance" }).waitFor();
    expect([await badge.textContent(), await badge.getAttribute("data-source")]).toEqual([
      "binance — not live",
      "real",
    ]);
    const green = await fresh.evaluate(() => {
      const up = document.createElement("i");
      up.className = "up";
      document.body.append(up);
      const color = getComputedStyle(up).color;
      return [...document.querySelectorAll(".sign:not([data-server])")]
        .filter((sign) => getComputedStyle(sign, "::before").backgroundColor === color)
        .map((sign) => sign.getAttribute("data-connection") ?? "data");
    });
    expect(green).toEqual([]);
    await fresh.getByText(/^(Connecting to the server …|The server doesn't answer|Connected\. Waiting)/).waitFor();
    await fresh.context().close();
  });

  test("what the key may not do is said", async () => {
    await page.getByRole("link", { name: "Status" }).click();
    const head = page
      .locator(".plots-head")
      .filter({ hasText: "Figures about the server itself need a key with the scope metrics" });
    await head.waitFor();
    await page.getByRole("heading", { name: "Newest data" }).waitFor();
    expect(await page.getByRole("heading", { name: "Memory", exact: true }).count()).toBe(0);
    expect(await page.locator(".status-fault").count()).toBe(0);
  });

  test("it is forgotten when one says so", async () => {
    await page.getByRole("button", { name: "Remove the API key" }).click();
    await page.getByLabel("API key").waitFor();
    expect(await page.evaluate(() => [sessionStorage.length, localStorage.getItem("vyx.key")])).toEqual([0, null]);
  });

  test("a key that is remembered on the device opens another tab, until it is removed", async () => {
    await page.getByLabel("API key").fill(KEY);
    await page.getByLabel("Remember on this device").check();
    await page.keyboard.press("Enter");
    await page.locator('.sign[data-connection="connected"]').waitFor();
    const tab = await page.context().newPage();
    await tab.goto(`${vyx.url}/#/markets`);
    await tab.locator(".row").first().waitFor();
    await tab.getByRole("button", { name: "Remove the API key" }).click();
    await tab.getByLabel("API key").waitFor();
    expect(await tab.evaluate(() => localStorage.getItem("vyx.key"))).toBeNull();
    await tab.close();
  });
});

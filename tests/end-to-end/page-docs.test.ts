import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { functionRoutes } from "../../src/server/mod.ts";
import { buildPage } from "../../web/build.ts";
import { barriers, CHROMIUM, launchChromium, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { type ServedMarket, serveMarket } from "../helpers/served-market.ts";

const suite = CHROMIUM === null ? "the API's page (chromium is not installed)" : "the API's page";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    const [built, started] = await Promise.all([buildPage(), launchChromium()]);
    browser = started;
    const nothing = async () => new Response("{}");
    market = serveMarket({ with: { page: built, routes: functionRoutes(nothing, () => 1) } });
    ({ page, complaints } = await openPage(browser, { permissions: ["clipboard-read", "clipboard-write"] }));
    await page.goto(`${market.server.url}/docs`);
    await page.locator(".route").first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
  });

  const card = (id: string) => page.locator(`#${id}`);
  const klines = () => card("getKlinesBySymbolInterval");

  test("has the fields of a body with type, bounds, default and meaning", async () => {
    const fields = await card("postFunctionsV1Traders").locator("li").allTextContents();
    expect(fields).toContain(
      "cooldownCandles integer 0 to 1,000 · default 0candles after a signal within which further matches of the same symbol give no signal",
    );
    expect(fields.find((text) => text.startsWith("code "))).toContain("string required 1 to 32,768 characters");
    const alert = await card("postFunctionsV1PriceAlerts").locator("li").allTextContents();
    expect(alert).toContain(
      'condition.level number required with kind: "level" 1e-18 to 1e+15the price that is crossed',
    );
  });

  test("finds routes by path, method and words, in the index and beside it", async () => {
    const search = page.getByRole("searchbox", { name: "Search routes" });
    const all = await page.locator(".route").count();
    await search.fill("post alert fires");
    await untilSo(async () => (await page.locator(".index .count").textContent()) !== `${all} routes`);
    await search.fill("POST price-alerts");
    await untilSo(async () => (await page.locator(".route").count()) === 1);
    expect(await page.locator(".index a").allTextContents()).toEqual(["POST …/price-alerts"]);
    expect(await page.locator(".index .count").textContent()).toBe(`1 of ${all} routes`);
    await search.fill("");
    await untilSo(async () => (await page.locator(".route").count()) === all);
  });

  test("copies samples, in the language that is chosen for all of them", async () => {
    await klines()
      .getByRole("button", { name: /^Copy the curl sample/ })
      .click();
    const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
    const { url } = market.server;
    expect(await copied()).toBe(`curl '${url}/klines/BTCUSDT/1h?limit=3' \\\n  -H "X-API-Key: $VYX_API_KEY"`);
    await klines().getByRole("button", { name: "TypeScript", exact: true }).click();
    await card("postFunctionsV1Traders")
      .getByRole("button", { name: /^Copy the TypeScript sample/ })
      .click();
    expect(await copied()).toContain("await client.traders.create({\n");
  });

  test("tries a route by keyboard, and shows its answer with a member a line", async () => {
    await klines().locator("summary", { hasText: "Try it" }).focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.type("BTCUSDT");
    await klines().getByLabel("interval (required)").fill("1m");
    await klines().getByLabel("limit").fill("1");
    await page.keyboard.press("Enter");
    await klines().locator(".try .json").waitFor();
    expect(await klines().locator(".try .status").textContent()).toBe("200 OK from GET /klines/BTCUSDT/1m?limit=1");
    expect(await klines().locator(".try .json").textContent()).toStartWith('{\n  "symbol": "BTCUSDT",\n');
    expect(await klines().locator(".try .json-name").first().textContent()).toBe('"symbol"');
    await klines().getByLabel("interval (required)").fill("1x");
    await page.keyboard.press("Enter");
    await untilSo(async () => ((await klines().locator(".try .status").textContent()) ?? "").startsWith("404 "));
  });

  test("has an example of an answer, made from its shape", async () => {
    await klines().locator("summary", { hasText: "Example and fields" }).click();
    const json = (await klines().locator(".answer .json").textContent()) ?? "";
    expect(JSON.parse(json)).toMatchObject({ symbol: "BTCUSDT", interval: "1h", klines: [{ close: 64_120 }] });
  });

  test("has no barriers in either theme at any width, and fits; targets are large on a phone", async () => {
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [390, 768, 1440]) {
        await page.setViewportSize({ width, height: 844 });
        expect([colorScheme, width, await overflowOf(page), await barriers(page)]).toEqual([colorScheme, width, 0, []]);
      }
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "All routes" }).click();
    const small = await page
      .locator("button:visible, input:visible, summary:visible, .index a:visible")
      .evaluateAll((all) =>
        all.flatMap((one) => (one.getBoundingClientRect().height < 44 ? [one.outerHTML.slice(0, 80)] : [])),
      );
    expect(small).toEqual([]);
    await page.locator(".index a", { hasText: "/functions/v1/signals".replace("/functions/v1", "…") }).click();
    await untilSo(async () => page.url().endsWith("#getFunctionsV1Signals"));
    expect(await page.locator("#route-list").isVisible()).toBe(false);
  });

  test("leads to the page, is reached from its help, and has its theme", async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole("link", { name: "← Vyx" }).click();
    await page.locator(".row").first().waitFor();
    await page.keyboard.press("t");
    await untilSo(async () => (await page.locator("html").getAttribute("data-theme")) === "dark");
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByRole("link", { name: "HTTP API" }).click();
    await page.locator(".route").first().waitFor();
    expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
  });

  test("complains of nothing but the answer that was refused", () => {
    expect(complaints.filter((text) => !text.includes("404 (Not Found)"))).toEqual([]);
  });
});

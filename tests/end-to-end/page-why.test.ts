import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { UnixMs } from "../../src/core/mod.ts";
import type { Screens } from "../../src/screening/mod.ts";
import { explainRoutes, functionRoutes, functionTraders, missesRoutes, screenRoutes } from "../../src/server/mod.ts";
import type { Functions } from "../../src/traders/mod.ts";
import { emptyOutcome, type SignalOutcome } from "../../src/wire/mod.ts";
import { buildPage } from "../../web/build.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { screensOf } from "../helpers/screens.ts";
import { BTC, type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";

const MINUTE = 60_000;
/** The newest close. */
const CLOSE = (START + 300 * MINUTE - 1) as UnixMs;

const suite = CHROMIUM === null ? "why, in the page (chromium is not installed)" : "why, in the page";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let screens: Screens;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    const filled = serveMarket();
    const { store } = filled;
    await filled.server.stop();
    screens = screensOf(store);
    market = serveMarket({
      store,
      with: {
        page: await buildPage(),
        routes: [
          ...explainRoutes(store, screens, functionTraders(functions)),
          ...screenRoutes(store, screens),
          ...missesRoutes(store, screens),
          ...functionRoutes(functions, () => 2),
        ],
      },
    });
    browser = await launchChromium();
    ({ page, complaints } = await openPage(browser));
  });

  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
    screens?.stop();
  });

  const panel = () => page.getByRole("dialog");
  const verdict = () => panel().locator(".why-verdict").textContent();
  const done = () => panel().locator('[data-why="done"]').waitFor();
  const conditions = () =>
    panel()
      .locator(".why-conditions li")
      .evaluateAll((all) =>
        all.map((one) => [one.querySelector("code")?.textContent, one.getAttribute("data-verdict")]),
      );

  async function shut(): Promise<void> {
    await page.keyboard.press("Escape");
    await panel().waitFor({ state: "detached" });
  }

  test("a signal has the return after some candles, or says whether that is still to come, in the list and in its file", async () => {
    await page.goto(`${market.server.url}/#/signals`);
    const row = page.locator('[data-signal="1"]');
    await row.waitFor();
    expect(await row.locator(".outcome").allTextContents()).toEqual(["−0.250%", "+1.000%", "unknown", "pending"]);
    expect(await row.locator(".outcome").first().getAttribute("title")).toBe(
      "Best +2.000% in candle 1, worst −1.000% in candle 1.",
    );
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export CSV" }).click();
    const rows = (await Bun.file(await (await download).path()).text()).trim().split("\r\n");
    expect(rows.at(-1)).toEndWith(",known,-0.25,2,1,-1,1,known,1,2,1,-1,1,unknown,,,,,,pending,,,,,");
    expect(rows[0]).toEndWith(",state96,returnPercent96,bestPercent96,bestAfter96,worstPercent96,worstAfter96");
    expect(await barriers(page)).toEqual([]);
    await picture("signals");
  });

  test("a signal says why it was given, that its trader has moved on since, and puts the focus back", async () => {
    await page.goto(`${market.server.url}/#/signals`);
    const button = page.getByRole("button", { name: "Why? BTCUSDT" }).first();
    await button.click();
    await done();
    expect(await verdict()).toBe("BTCUSDT matched.");
    expect(await panel().getByRole("list", { name: "Notes" }).locator("li").allTextContents()).toEqual([
      "The trader is at version 7 now; this explains version 6, which gave the signal.",
    ]);
    expect(await conditions()).toEqual([["last > 0", "true"]]);
    expect(await panel().getByText("Version 6 of the trader.").count()).toBe(1);
    await shut();
    expect(await button.evaluate((one) => one === document.activeElement)).toBe(true);
  });

  test("the closes beside it are a key away, with the verdict that the server gives", async () => {
    await page.getByRole("button", { name: "Why? BTCUSDT, 2026-02-10 04:55" }).click();
    await done();
    expect(await verdict()).toBe("BTCUSDT matched.");
    expect(await panel().getByText("Version 7 of the trader.").count()).toBe(1);
    expect(await conditions()).toEqual([
      ['!(last > 0 && symbol !== "X")', "false"],
      ['last > 0 && symbol !== "X"', "true"],
      ["last > 0", "true"],
      ['symbol !== "X"', "true"],
      ["first < 0 || last > 1", "true"],
      ["first < 0", "false"],
      ["last > 1", "true"],
    ]);
    await panel().getByRole("button", { name: "The close after" }).press("Enter");
    await untilSo(async () => (await panel().locator(".why-steps").textContent())?.includes("04:56 UTC") === true);
    await done();
    // A signal a minute before keeps this match from being one.
    expect(await verdict()).toStartWith("BTCUSDT matched, but the trader gives no signal: it gave one at");
  });

  test("is for everyone in both themes, and fits a phone", async () => {
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await barriers(page)).toEqual([]);
      await picture(`why-${scheme}`);
    }
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      expect(await barriers(page)).toEqual([]);
      const box = await panel().boundingBox();
      expect([box?.x, box?.width]).toEqual([0, page.viewportSize()?.width]);
      await picture("why-phone");
    });
    await shut();
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      // The whole row is in sight, also of a symbol with a long name.
      const [whole, seen] = await page.locator(".panel-body").evaluate((one) => [one.scrollWidth, one.clientWidth]);
      expect(whole).toBe(seen ?? 0);
      await picture("signals-phone");
    });
  });

  test("a condition leads to its line in the editor", async () => {
    await page.getByRole("button", { name: "Why? BTCUSDT" }).last().click();
    await done();
    await panel().getByRole("button", { name: "Line 3, column 8, in the editor" }).first().click();
    await page.waitForURL(`**/#/traders/${LAST}?line=3&column=8`);
    await page.locator(".cm-activeLine", { hasText: "return first < 0" }).waitFor();
    await untilSo(() => page.evaluate(() => document.activeElement?.classList.contains("cm-content") === true));
  });

  test("a row of a preview is explained by the code that stands in the editor, and so is its line", async () => {
    await page.locator(".cm-content").fill('const {close} = candles("1m");\nreturn close.at(-1) > close.at(-2);\n');
    await page.keyboard.press("Control+Enter");
    await page
      .getByRole("button", { name: /^Why\? / })
      .first()
      .click();
    await done();
    expect(await verdict()).toEndWith(" matched.");
    expect(await conditions()).toEqual([["close.at(-1) > close.at(-2)", "true"]]);
    await panel().getByRole("button", { name: "Line 2, column 8, in the editor" }).click();
    await page.locator(".cm-activeLine", { hasText: "return close.at(-1)" }).waitFor();
    await untilSo(() => page.evaluate(() => document.activeElement?.classList.contains("cm-content") === true));
    expect(await panel().count()).toBe(0);
  });

  test("the nearest misses of a close come with what kept them from matching, and are explained, too", async () => {
    await page
      .locator(".cm-content")
      .fill('const {close} = candles("1m");\nreturn close.at(-1) > 100 || close.at(-1) > 90;\n');
    await page.keyboard.press("Control+Enter");
    await page.getByRole("button", { name: "Show nearest misses" }).click();
    const misses = page.getByRole("region", { name: "Nearest misses" });
    await page.locator('[data-misses="done"]').waitFor();
    expect(await misses.getByRole("status").textContent()).toBe(
      "2 symbols checked, 0 matches · 2 kept from it by one comparison alone",
    );
    // Either comparison would have done: the narrower one counts.
    expect(await misses.locator("tbody code").allTextContents()).toEqual(["close.at(-1) > 90", "close.at(-1) > 90"]);
    expect(await misses.locator(".why-values").first().textContent()).toBe(
      "close.at(-1) = 86.71 · missed by 3.29 (3.7%)",
    );
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await barriers(page)).toEqual([]);
      await picture(`misses-${scheme}`);
    }
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      await misses.scrollIntoViewIfNeeded();
      await picture("misses-phone");
    });
    await misses.getByRole("button", { name: "The close before" }).press("Enter");
    await untilSo(async () => (await misses.locator(".why-steps").textContent())?.includes("04:59 UTC · 1m") === true);
    await misses.getByRole("button", { name: "Why? BTCUSDT, nearest miss" }).click();
    await done();
    expect(await verdict()).toBe("BTCUSDT didn't match.");
    await shut();
  });

  test("a candle of the chart is asked about with a key or the right button, and the trader is chosen", async () => {
    await page.goto(`${market.server.url}/#/chart/BTCUSDT/1m?at=${CLOSE + 1 - 11 * MINUTE}`);
    await page.locator('.legend[data-phase="ready"]').waitFor();
    await untilSo(async () => (await page.locator(".legend-time").textContent())?.includes("04:49") === true);
    await page.keyboard.press("w");
    await done();
    expect(await panel().locator(".why-steps").textContent()).toContain("2026-02-10 04:50 UTC · 1m");
    await panel().getByLabel("Trader").selectOption({ label: "Never" });
    await untilSo(async () => (await verdict()) === "BTCUSDT didn't match.");
    // It runs at each 5m close: the candle's close is one.
    expect(await panel().locator(".why-steps").textContent()).toContain("2026-02-10 04:50 UTC · 5m");
    expect(await panel().locator(".why-values").textContent()).toMatch(/^close = [\d,.]+ · missed by [\d,.]+$/);
    await picture("chart");
    await shut();
    await page.locator(".canvas").click({ button: "right", position: { x: 300, y: 150 } });
    await page.getByRole("menuitem", { name: "Why did a trader match or not?" }).click();
    await done();
    // The choice is kept.
    expect(await verdict()).toBe("BTCUSDT didn't match.");
    await shut();
    await page.getByRole("button", { name: "Why?", exact: true }).click();
    await done();
  });

  test("what was missing, and where a filter fails, are said in words; the mistake leads to its line", async () => {
    const trader = panel().getByLabel("Trader");
    await trader.selectOption({ label: "Long" });
    await untilSo(async () => (await verdict()) === "BTCUSDT was skipped, because something is missing.");
    const missing = await panel().getByRole("list", { name: "What was missing" }).textContent();
    expect(missing).toContain("wants 900 closed klines of 1m");
    expect(await conditions()).toEqual([["average > 0", "none"]]);
    await trader.selectOption({ label: "Broken" });
    await untilSo(async () => (await verdict())?.startsWith("The filter failed for BTCUSDT: line 2, column ") === true);
    expect(await barriers(page)).toEqual([]);
    await panel().getByRole("button", { name: "Show in the editor" }).click();
    await page.waitForURL(`**/#/traders/${BROKEN}?line=2&column=*`);
    await page.locator(".cm-activeLine", { hasText: "return last.of.nothing" }).waitFor();
    expect(complaints).toEqual([]);
  });

  async function picture(name: string): Promise<void> {
    if (process.env.PICTURES !== undefined) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
  }
});

const LAST = "4b6e4f43-0000-4000-8000-000000000001";
const NEVER = "4b6e4f43-0000-4000-8000-000000000002";
const LONG = "4b6e4f43-0000-4000-8000-000000000003";
const BROKEN = "4b6e4f43-0000-4000-8000-000000000004";

/** Traders, as a server with a database would tell them. */
const TRADERS = [
  {
    id: LAST,
    name: "Last",
    code: `const {close} = candles("1m"), last = close.at(-1), first = close.at(0);
if (!(last > 0 && symbol !== "X")) return false;
return first < 0 || last > 1;
`,
    triggerInterval: "1m",
    cooldownCandles: 10,
    version: 7,
  },
  {
    id: NEVER,
    name: "Never",
    code: 'const close = candles("5m").close.at(-1);\nreturn close > 1e9;\n',
    triggerInterval: "5m",
    cooldownCandles: 0,
    version: 1,
  },
  {
    id: LONG,
    name: "Long",
    code: 'const average = sma(candles("1m").close, 900).at(-1);\nreturn average > 0;\n',
    triggerInterval: "1m",
    cooldownCandles: 0,
    version: 1,
  },
  {
    id: BROKEN,
    name: "Broken",
    code: 'const last = candles("1m").close.at(-1);\nreturn last.of.nothing > 0;\n',
    triggerInterval: "1m",
    cooldownCandles: 0,
    version: 1,
  },
].map((one) => ({
  ...{ owner: "local", description: "", enabled: true, market: "binance", symbols: null, createdAt: START },
  ...{ updatedAt: START, problem: null, lastExecution: null, timeframes: [one.triggerInterval] },
  ...one,
}));

/** What the first trader was, newest first. */
const VERSIONS = [
  { version: 7, code: TRADERS[0]?.code, cooldownCandles: 10, createdAt: START + 2 * MINUTE, signals: 1 },
  {
    version: 6,
    code: 'const {close} = candles("1m"), last = close.at(-1);\nreturn last > 0;\n',
    cooldownCandles: 0,
    createdAt: START,
    signals: 3,
  },
].map((one) => ({ timeframes: ["1m"], triggerInterval: "1m", market: "binance", symbols: null, ...one }));

/** Newest first: the newest one is of the version before. */
const SIGNALS = [
  { id: 3, closeTime: CLOSE, traderVersion: 7, symbol: "1000000MOGUSDT" },
  { id: 2, closeTime: CLOSE, traderVersion: 6 },
  { id: 1, closeTime: CLOSE - 5 * MINUTE, traderVersion: 7 },
].map((one) => ({
  ...{ traderId: LAST, symbol: BTC, interval: "1m", price: 101, facts: { last: 101 }, createdAt: one.closeTime },
  ...one,
  outcomes: [known(1, -0.25), known(4, 1), emptyOutcome(16, "unknown"), emptyOutcome(96, "pending")],
}));

function known(horizon: number, returnPercent: number): SignalOutcome {
  const extremes = { bestPercent: 2, bestAfter: 1, worstPercent: -1, worstAfter: 1 };
  return { horizon, state: "known", returnPercent, ...extremes };
}

const functions: Functions = async (name, request) => {
  const url = new URL(request.url);
  if (name === "signals") {
    const to = Number(url.searchParams.get("to") ?? CLOSE);
    const symbol = url.searchParams.get("symbol");
    const signals = SIGNALS.filter((one) => one.closeTime <= to && (symbol ?? one.symbol) === one.symbol);
    return Response.json({ count: signals.length, signals, cursor: null });
  }
  if (request.method === "POST") {
    return Response.json({ valid: true, errors: [], engine: "compiled", timeframes: ["1m"], notes: [] });
  }
  if (url.pathname.endsWith("/versions")) {
    const below = Number(url.searchParams.get("cursor") ?? Number.POSITIVE_INFINITY);
    const versions = VERSIONS.filter(({ version }) => version < below);
    return Response.json({ count: versions.length, versions, cursor: null });
  }
  const one = TRADERS.find(({ id }) => url.pathname.endsWith(id));
  return Response.json(one ?? { count: TRADERS.length, traders: TRADERS, cursor: null });
};

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { type Demo, startDemo } from "../helpers/demo.ts";
import {
  barriers,
  CHROMIUM,
  launchChromium,
  onPhone,
  openPage,
  overflowOf,
  pauseClock,
  untilSo,
} from "../helpers/page-browser.ts";

const suite = CHROMIUM === null ? "the page (chromium is not installed)" : "the page";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let demo: Demo;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    // A day of its own: the market's figures, and with them the widths of cells, are the same in each run.
    const market = ["--symbols", "8", "--start", "2026-02-10T12:00Z"];
    [demo, browser] = await Promise.all([startDemo(market), launchChromium()]);
    ({ page, complaints } = await openPage(browser));
    await page.goto(`${demo.url}/#/chart/BTCUSDT/1m`);
    await page.locator('.legend[data-phase="ready"]').waitFor();
    await page.locator(".row").first().waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
  });

  test("says that its prices are made up", async () => {
    expect(await page.locator(".badge").textContent()).toBe("simulated");
    expect(await page.locator(".header").textContent()).not.toContain("live");
    await page.waitForFunction(() => document.title.includes("(simulated)"));
  });

  test("shows prices that move", async () => {
    const prices = (): Promise<string[]> => page.locator(".cell-price").allTextContents();
    const before = await prices();
    expect(before.length).toBeGreaterThan(5);
    await untilSo(async () => String(await prices()) !== String(before));
  });

  test("shows a last candle that moves", async () => {
    const last = async (): Promise<string> => {
      const legend = page.locator(".legend");
      return `${await legend.getAttribute("data-open-time")} ${await legend.getAttribute("data-last-close")}`;
    };
    const before = await last();
    expect(before).toMatch(/^\d+ [\d.]+$/);
    await untilSo(async () => (await last()) !== before);
    expect(await page.locator("canvas").count()).toBeGreaterThan(0);
  });

  test("saves figures that are as new as those shown, in every moment", async () => {
    const [shown, saved] = await page.evaluate(
      () =>
        new Promise<[string, string]>((resolve) => {
          const legend = document.querySelector(".legend") as Element;
          const observer = new MutationObserver(() => {
            // Within the task that changed the text, before the next picture.
            observer.disconnect();
            const createObjectURL = URL.createObjectURL;
            URL.createObjectURL = (blob: Blob) => {
              URL.createObjectURL = createObjectURL;
              const shown = `${legend.getAttribute("data-open-time")} ${legend.getAttribute("data-last-close")}`;
              void blob.text().then((text) => {
                const cells = (text.trim().split("\r\n").at(-1) as string).split(",");
                resolve([shown, `${Date.parse(cells[0] ?? "")} ${cells[4]}`]);
              });
              return createObjectURL(blob);
            };
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "d", bubbles: true }));
          });
          observer.observe(legend, { attributeFilter: ["data-last-close"] });
        }),
    );
    expect(saved).toBe(shown);
  });

  test("goes to another interval, and back", async () => {
    await page.getByRole("button", { name: "5m", exact: true }).click();
    await page.locator('.legend[data-series="BTCUSDT:5m"][data-phase="ready"]').waitFor();
    expect(await page.getByRole("button", { name: "5m", exact: true }).getAttribute("aria-pressed")).toBe("true");
    expect(page.url()).toMatch(/#\/chart\/BTCUSDT\/5m(\?|$)/);
    await page.goBack();
    await page.locator('.legend[data-series="BTCUSDT:1m"][data-phase="ready"]').waitFor();
  });

  test("adds indicators, with their values and their own numbers", async () => {
    await page.keyboard.press("i");
    for (const name of ["relative strength", "bollinger"]) {
      await page.getByRole("searchbox", { name: "Search indicators" }).fill(name);
      await page.keyboard.press("Enter");
    }
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "RSI 14" }).click();
    await page.getByRole("spinbutton", { name: "period" }).fill("7");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    const studies = page.locator(".legend-studies div");
    await untilSo(async () => /^RSI 7\d+\.\d$/.test((await studies.first().textContent()) ?? ""));
    expect(await studies.nth(1).textContent()).toMatch(/^Bollinger 20 2upper [\d,.]+ middle [\d,.]+ lower [\d,.]+$/);
    await page.getByRole("button", { name: "Log" }).click();
    expect(await page.getByRole("button", { name: "Log" }).getAttribute("aria-pressed")).toBe("true");
  });

  test("gives a picture of the chart, and its figures as the server has them", async () => {
    const [picture] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("p")]);
    expect(picture.suggestedFilename()).toMatch(/^BTCUSDT-1m-\d{4}-\d\d-\d\dT\d{6}\.png$/);
    expect((await Bun.file(await picture.path()).bytes()).slice(1, 4)).toEqual(new TextEncoder().encode("PNG"));
    const [figures] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("d")]);
    const rows = (await Bun.file(await figures.path()).text()).trim().split("\r\n");
    expect(rows[0]).toStartWith("openTime,open,high,low,close,volume,");
    expect(rows[0]).toEndWith(",closed,RSI 7,Bollinger 20 2 upper,Bollinger 20 2 middle,Bollinger 20 2 lower");
    const closed = rows
      .map((row) => row.split(","))
      .filter((row) => row[11] === "true")
      .map(([time = "", ...figures]) => [Date.parse(time), ...figures.map(Number)]);
    const [first, last] = [closed[0]?.[0], closed.at(-1)?.[0]];
    const answer = await fetch(`${demo.url}/klines/BTCUSDT/1m?startTime=${first}&endTime=${last}&limit=500`);
    const { klines } = (await answer.json()) as { klines: Record<string, number>[] };
    expect(closed.length).toBeGreaterThan(50);
    expect(closed.map(([time, open, high, low, close, volume]) => [time, open, high, low, close, volume])).toEqual(
      klines.map(({ openTime, open, high, low, close, volume }) => [openTime, open, high, low, close, volume]),
    );
  });

  test("goes to another symbol from the keyboard", async () => {
    await page.keyboard.press("/");
    await page.keyboard.type("eth");
    await page.keyboard.press("Enter");
    await page.locator('.legend[data-series^="ETH"][data-phase="ready"]').waitFor();
    await untilSo(async () => (await page.locator(".row").count()) > 5);
  });

  test("lists all symbols with their last hours, and shows only those of a list", async () => {
    await page.keyboard.press("1");
    await page.locator('.sparkline path[d^="M"]').first().waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Star SOLUSDT" }).click();
    await page.keyboard.press("v");
    await untilSo(async () => String(await page.locator(".row a").allTextContents()) === "SOLUSDT");
    await page.keyboard.press("v");
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.locator('.legend[data-phase="ready"]').waitFor();
  });

  test("says how the server is", async () => {
    await page.getByRole("link", { name: "Status" }).click();
    await page.locator('.condition[data-status="ok"]').waitFor();
    await page.locator(".plot").filter({ hasText: "Sockets" }).waitFor();
    await page.locator('.plot-line[d^="M"]').first().waitFor({ state: "attached" });
    await page.goBack();
  });

  test("lists its keys, and gives the keyboard back", async () => {
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    expect(await page.getByRole("dialog").locator("dd").count()).toBeGreaterThan(8);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
  });

  test("sorts", async () => {
    await page.locator("thead").getByRole("button", { name: "Symbol" }).click();
    await page.locator('th[aria-sort="ascending"]').waitFor();
    const symbols = await page.locator(".row a").allTextContents();
    expect(symbols.length).toBeGreaterThan(5);
    expect(symbols).toEqual(symbols.toSorted());
  });

  test("keeps the theme that was chosen", async () => {
    await page.getByRole("button", { name: "Theme: auto" }).click();
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.getByRole("button", { name: "Theme: dark" }).click();
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(ground);
    await page.reload();
    await page.getByRole("button", { name: "Theme: light" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.getAttribute("data-theme"))).toBe("light");
    await page.locator('.legend[data-phase="ready"]').waitFor();
  });

  test("shows every figure whole", async () => {
    await untilSo(async () => (await page.locator(".row").count()) > 5);
    expect(await page.locator(".row td").evaluateAll(cutOff)).toEqual([]);
  });

  test("fits on a phone", async () => {
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      expect(await page.locator("canvas").first().isVisible()).toBe(true);
      await page.getByRole("link", { name: "Markets" }).click();
      await page.locator(".row").first().waitFor();
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      expect(await page.locator(".row td").evaluateAll(cutOff)).toEqual([]);
    });
  });

  test("every screen of the navigation is looked at for barriers", async () => {
    const linked = await page
      .locator(".navigation a")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href")?.split("/")[1] ?? ""));
    expect(linked.filter((name) => !SCREENS_TO_LOOK_AT.some(([screen]) => screen.split("/")[0] === name))).toEqual([]);
  });

  // A theme can break no other rules than those of colour, and a width none of these: so each is looked at once by all rules.
  test.each([
    ["dark", 1440, "all"],
    ["dark", 768, "all"],
    ["dark", 390, "all"],
    ["light", 1440, "color"],
    ["light", 768, "color"],
    ["light", 390, "color"],
  ] as const)(
    "has no barriers that axe finds, on any screen, %s, %d wide, by %s rules",
    async (theme, width, rules) => {
      const before = page.viewportSize();
      // Motion that is under way has colours of its own for a moment.
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      try {
        await page.evaluate(() => localStorage.setItem("vyx.theme", "auto"));
        await page.reload();
        for (const [screen, shown] of SCREENS_TO_LOOK_AT) {
          await page.goto(`${demo.url}/#/${screen}`);
          await page.locator(shown).first().waitFor();
          expect({ screen, found: await barriers(page, rules) }).toEqual({ screen, found: [] });
          expect({ screen, over: await overflowOf(page) }).toEqual({ screen, over: 0 });
        }
        await page.keyboard.press("i");
        expect({ screen: "the menu of indicators", found: await barriers(page, rules) }).toMatchObject({ found: [] });
        await page.keyboard.press("Escape");
        await page.keyboard.press("?");
        expect({ screen: "the list of keys", found: await barriers(page, rules) }).toMatchObject({ found: [] });
        await page.keyboard.press("Escape");
      } finally {
        if (before !== null) await page.setViewportSize(before);
      }
    },
  );

  test("has given the browser nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });

  test("doesn't pass old prices for present ones once the server was killed, before a moment has passed on the page's clock", async () => {
    await page.clock.install();
    await page.reload();
    await page.locator('.legend[data-phase="ready"]').waitFor();
    await page.locator(".row").first().waitFor();
    await page.locator('[data-connection="connected"]').waitFor();
    await pauseClock(page);
    await demo.kill();
    await page.locator('.app[data-stale="true"]').waitFor();
    expect(await page.locator(".stale-note").textContent()).toStartWith("Prices have stopped");
    expect(await page.locator("[data-connection]").textContent()).toMatch(
      /^disconnected, (retry in \d+ s|reconnecting)$/,
    );
    const muted = await page.locator(".search-count").evaluate(colorOf);
    expect(await page.locator(".row").first().locator(".cell-price").evaluate(colorOf)).toBe(muted);
    expect(await page.locator(".headline-change").evaluate(colorOf)).toBe(muted);
  });
});

/** Each screen, and what is there once it has its data. */
const SCREENS_TO_LOOK_AT: readonly (readonly [string, string])[] = [
  ["markets", ".row .cell-price"],
  ["traders", "main h2, main h1, main [role=list], main li"],
  ["traders/new", '.check-line[data-checked="well"]'],
  ["traders/messages", "main h2"],
  ["signals", "main h2, main table, main li"],
  ["screener", ".match-says"],
  ["status", '.plot-line[d^="M"]'],
  ["chart/BTCUSDT/1m", '.legend[data-phase="ready"]'],
];

/** The texts that don't fit into their cells. */
function cutOff(cells: Element[]): (string | null)[] {
  return cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent);
}

function colorOf(element: Element): string {
  return getComputedStyle(element).color;
}

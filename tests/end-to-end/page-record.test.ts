import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { functionRoutes } from "../../src/server/mod.ts";
import type { Functions } from "../../src/traders/mod.ts";
import type { PerformanceHorizon } from "../../src/wire/mod.ts";
import { buildPage } from "../../web/build.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";

const suite =
  CHROMIUM === null ? "a trader's record in the page (chromium is not installed)" : "a trader's record in the page";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    market = serveMarket({ with: { page: await buildPage(), routes: functionRoutes(functions, () => 2) } });
    browser = await launchChromium();
    ({ page, complaints } = await openPage(browser));
  });

  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
  });

  const record = (version: number) => page.getByRole("region", { name: `Record of version ${version}` });
  const code = () => page.locator(".cm-content").textContent();

  test("the list of traders leads to the record, which stands beside the baseline with what it says", async () => {
    await page.goto(`${market.server.url}/#/traders`);
    await page.getByRole("link", { name: "Record of Dips, and its versions" }).click();
    await record(3).locator(".outcomes").waitFor();
    expect(await record(3).getByRole("status").textContent()).toBe(
      "30 signals at 300 closes of 5m · 2026-02-10 00:05 to 2026-02-11 01:00 UTC",
    );
    const rows = await record(3)
      .locator(".outcomes tbody tr")
      .evaluateAll((all) => all.map((row) => [...row.children].slice(-6, -2).map((cell) => cell.textContent)));
    expect(rows.slice(0, 2)).toEqual([
      ["signals", "28", "60.0%", "+0.150%"],
      ["baseline", "300", "50.0%", "+0.150%"],
    ]);
    const edges = await record(3).getByRole("list", { name: "What the figures of version 3 say" }).locator("li");
    expect(await edges.allTextContents()).toEqual([
      "After 1, 4, 16 and 96 candles: no edge seen: 2 days have signals. Outcomes not known yet: 1 after 1, 1 after 4, 1 after 16, 1 after 96.",
      "Outcomes that will never be known: 1 after 1, 1 after 4, 1 after 16, 1 after 96.",
    ]);
  });

  test("fees are taken off by the server: at first those of a backtest", async () => {
    const notes = record(3).getByRole("list", { name: "Notes on version 3" });
    expect(await page.getByLabel("Fees, %").inputValue()).toBe("0.2");
    expect(await notes.textContent()).toBe("0.2% of fees are subtracted from each return.");
    await page.getByLabel("Fees, %").fill("0.3");
    await page.getByLabel("Fees, %").press("Enter");
    await untilSo(async () => (await notes.textContent()) === "0.3% of fees are subtracted from each return.");
  });

  test("each version says what changed, and shows its own record, settings and code", async () => {
    const rows = page.getByRole("table", { name: "Versions, newest first" }).locator("tbody tr");
    expect(await rows.locator(".facts").allTextContents()).toEqual([
      "code, cooldown: none → 12 candles",
      "code, runs at: each 1m close → each 5m close, reads: 1m → 5m",
      "",
    ]);
    await page.getByRole("button", { name: "Version 2", exact: true }).click();
    await record(2).locator(".outcomes").waitFor();
    expect(await page.locator(".settings").textContent()).toContain("each 5m close");
    expect(await page.locator("pre.diff").textContent()).toContain("strength < 30");
  });

  test("two versions are compared: settings, lines of code, and both records", async () => {
    await page.getByRole("button", { name: "Version 3", exact: true }).click();
    await page.getByRole("button", { name: "Compare version 2 with version 3" }).click();
    const compare = page.getByRole("region", { name: "Version 2 beside version 3" });
    await compare.waitFor();
    expect(await compare.locator("table").first().locator("tbody").textContent()).toBe("Cooldownnone12 candles");
    expect(await compare.locator("pre del").allTextContents()).toEqual(["   2 − return strength < 30;\n"]);
    expect(await compare.locator("pre ins").allTextContents()).toEqual(["   2 + return strength < 35;\n"]);
    const table = compare.getByRole("table", { name: "Returns after each horizon, of version 2 and of version 3" });
    expect(
      await table
        .locator("tbody")
        .first()
        .locator("tr")
        .evaluateAll((all) => all.map((row) => row.textContent)),
    ).toEqual([
      "1signals2860.0%+0.150%+0.100%2860.0%+0.150%+0.100%",
      "baseline30050.0%+0.150%+0.100%30050.0%+0.150%+0.100%",
    ]);
    for (const version of [2, 3]) expect(await record(version).textContent()).toContain("no edge seen");
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await barriers(page)).toEqual([]);
      await picture(`compare-${scheme}`);
    }
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      await compare.scrollIntoViewIfNeeded();
      // A line that wraps goes on below its code.
      const lefts = await compare.locator("pre .diff-same").evaluateAll(([line]) => {
        const range = document.createRange();
        range.selectNodeContents(line as Element);
        const byLine = Object.groupBy(range.getClientRects(), ({ top }) => Math.round(top));
        return Object.values(byLine).map((rects) => Math.min(...(rects ?? []).map(({ left }) => left)));
      });
      expect(lefts.length).toBeGreaterThan(1);
      for (const left of lefts.slice(1)) expect(left).toBeGreaterThan((lefts[0] as number) + 30);
      expect(await barriers(page)).toEqual([]);
      await picture("compare-phone");
    });
    await page.getByRole("button", { name: "Compare version 2 with version 3" }).click();
    await page.getByRole("button", { name: "Put into the editor" }).waitFor();
    await picture("record");
  });

  test("a version that never ran says so, and goes back into the editor", async () => {
    await page.getByRole("button", { name: "Version 1", exact: true }).click();
    await untilSo(async () => (await record(1).getByRole("status").textContent()) === "This version hasn't run yet.");
    await page.getByRole("button", { name: "Put into the editor" }).click();
    await untilSo(async () => (await code())?.includes('candles("1m")') === true);
    expect(await page.getByLabel("Runs at every").inputValue()).toBe("1m");
    expect(complaints).toEqual([]);
  });

  test("a trader that isn't saved has no record", async () => {
    await page.goto(`${market.server.url}/#/traders/new`);
    await page.getByRole("button", { name: "Backtest", exact: true }).waitFor();
    expect(await page.getByRole("button", { name: "Record", exact: true }).count()).toBe(0);
  });

  async function picture(name: string): Promise<void> {
    if (process.env.PICTURES !== undefined) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
  }
});

const VERSIONS = [
  {
    version: 3,
    code: 'const strength = rsi(candles("5m").close, 14).at(-1);\nreturn strength < 35;\n',
    timeframes: ["5m"],
    triggerInterval: "5m",
    cooldownCandles: 12,
    signals: 30,
  },
  {
    version: 2,
    code: 'const strength = rsi(candles("5m").close, 14).at(-1);\nreturn strength < 30;\n',
    timeframes: ["5m"],
    triggerInterval: "5m",
    cooldownCandles: 0,
    signals: 12,
  },
  {
    version: 1,
    code: 'return rsi(candles("1m").close, 14).at(-1) < 30;\n',
    timeframes: ["1m"],
    triggerInterval: "1m",
    cooldownCandles: 0,
    signals: 0,
  },
].map((one) => ({ ...one, market: "binance", symbols: null, createdAt: START + one.version * 60_000 }));

const TRADER = {
  ...{ ...VERSIONS[0], id: "4b6e4f43-0000-4000-8000-000000000001", owner: "local", name: "Dips", description: "" },
  ...{ enabled: true, updatedAt: START, problem: null, lastExecution: null, signals: { today: 4, total: 42 } },
};

const functions: Functions = async (_, request) => {
  const { pathname, searchParams } = new URL(request.url);
  if (request.method === "POST") {
    return Response.json({ valid: true, errors: [], engine: "compiled", timeframes: ["1m"], notes: [] });
  }
  if (pathname.endsWith("/versions")) return Response.json({ count: 3, versions: VERSIONS, cursor: null });
  if (pathname.endsWith("/performance")) {
    return Response.json(performanceOf(Number(searchParams.get("version")), Number(searchParams.get("feesPercent"))));
  }
  if (pathname.endsWith(TRADER.id)) return Response.json(TRADER);
  return Response.json({ count: 1, traders: [TRADER], cursor: null });
};

/** What a server that ran the versions would say of their signals. */
function performanceOf(version: number, feesPercent: number): object {
  const hasRun = version > 1;
  const returns = (count: number, hitRate: number) => ({
    ...{ count, hitRate, meanPercent: 0.15, lowerQuartilePercent: -0.2, medianPercent: 0.1, upperQuartilePercent: 0.3 },
  });
  const edge = { differencePercent: 0.05, lowPercent: null, highPercent: null, confidence: 0.99, days: 2 };
  const outcomes = [1, 4, 16, 96].map(
    (horizon): PerformanceHorizon => ({
      horizon,
      signals: { ...returns(28, 0.6), pending: 1, unknown: 1 },
      baseline: returns(300, 0.5),
      edge: { ...edge, verdict: "no edge seen", says: "no edge seen: 2 days have signals" },
    }),
  );
  return {
    ...{ traderId: TRADER.id, version, market: "binance", interval: "5m", universe: "all" },
    ...{ from: hasRun ? START + 300_000 - 1 : null, to: hasRun ? START + 25 * 3_600_000 - 1 : null },
    ...{
      closes: hasRun ? 300 : 0,
      signals: hasRun ? 30 : 0,
      symbols: 2,
      baselineFrom: hasRun ? START + 300_000 - 1 : null,
    },
    ...{ horizons: [1, 4, 16, 96], feesPercent, outcomes, notes: [] },
  };
}

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { functionRoutes } from "../../src/server/mod.ts";
import { type Functions, StrategyScreener } from "../../src/traders/mod.ts";
import { buildPage } from "../../web/build.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";

const suite = CHROMIUM === null ? "traders in the page (chromium is not installed)" : "traders in the page";

const MINUTE = 60_000;

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    screener = new StrategyScreener(await createSandbox({ stopwatch: () => 0 }), () => 0);
    market = serveMarket({
      with: { page: await buildPage(), routes: functionRoutes(functions, () => 2) },
    });
    browser = await launchChromium();
    ({ page, complaints } = await openPage(browser));
  });

  afterAll(async () => {
    await browser?.close();
    await market?.server.stop();
  });

  /** What axe finds in both themes and on a phone. */
  const lookedAt = async (name: string): Promise<void> => {
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await barriers(page)).toEqual([]);
      if (process.env.PICTURES !== undefined) {
        await page.screenshot({ path: `${process.env.PICTURES}/${name}-${scheme}.png` });
      }
    }
    await onPhone(page, async () => {
      expect(await overflowOf(page)).toBe(0);
      expect(await barriers(page)).toEqual([]);
    });
  };
  const note = () => page.locator(".form-note").textContent();
  const typed = async (code: string): Promise<void> => {
    await page.getByRole("textbox", { name: "Filter", exact: true }).click();
    await page.keyboard.press("Control+A");
    await page.keyboard.insertText(code);
  };

  test("a failing trader's error stands under its name, and leads to its line", async () => {
    await page.goto(`${market.server.url}/#/traders`);
    const row = page.locator(".traders .entry", { hasText: "Broken" });
    await row.waitFor();
    expect(await row.locator(".trader-trouble").textContent()).toBe(
      "Failed for 2 symbols, first for AAAUSDT: x is null. Line 2",
    );
    expect(await row.locator("td.figure").allTextContents()).toEqual([
      expect.stringMatching(/ ago, past runs of Broken$/),
      ...["2", "0", "2", "3", "1,204"],
    ]);
    await lookedAt("list");
    await row.getByRole("link", { name: "Line 2" }).click();
    await page.locator(".cm-lintRange-warning").waitFor();
    expect(await page.locator(".cm-lintRange-warning").textContent()).toBe(".foo");
    expect(await page.locator(".check-line").textContent()).toBe(
      "line 2, column 9: the last run failed here: x is null",
    );
    const cursorLine = (): string | null | undefined => {
      const node = document.getSelection()?.anchorNode;
      return (node instanceof Element ? node : node?.parentElement)?.closest(".cm-line")?.textContent;
    };
    expect(await page.evaluate(cursorLine)).toBe("return x.foo > 1;");
    await lookedAt("failed");
    // A tab is in the address, and the address chooses the tab.
    await page.getByRole("button", { name: "Record", exact: true }).click();
    expect(new URL(page.url()).hash).toEndWith("?line=2&column=9&side=record");
    await page.evaluate(() => {
      location.hash = location.hash.replace("side=record", "side=contract");
    });
    await page.locator('.tabs [aria-pressed="true"]', { hasText: "Filter reference" }).waitFor();
    await page.reload();
    await page.locator('.tabs [aria-pressed="true"]', { hasText: "Filter reference" }).waitFor();
  });

  test("past runs are listed with how long they took and what went wrong, page by page", async () => {
    await page.getByRole("button", { name: "Runs", exact: true }).click();
    const rows = page.getByRole("table", { name: "Past runs, newest first" }).locator("tbody .entry");
    await rows.first().waitFor();
    expect(await rows.count()).toBe(50);
    expect(await rows.first().locator("> *").allTextContents()).toEqual([
      ...["2026-02-10 02:00", "1m", "120 ms", "2", "0", "0", "0", "2"],
    ]);
    expect(await page.locator(".run-notes").first().textContent()).toBe(
      "Failed for 2 symbols, first for AAAUSDT: x is null.Go to line 2",
    );
    await lookedAt("runs");
    await page.getByRole("button", { name: "Older" }).click();
    await untilSo(async () => (await rows.count()) === 70);
    expect(await page.getByText("70 runs, all that are kept, 1 with errors").count()).toBe(1);
    expect(await page.getByRole("button", { name: "Older" }).count()).toBe(0);
  });

  test("all that the server would refuse is underlined, and keeps the draft from being saved", async () => {
    await page.goto(`${market.server.url}/#/traders/new`);
    await page.getByLabel("Name").fill("Strong");
    await typed(
      'const {close} = candles("1m");\nif (close > 100) return true;\nreturn rsii(close, 14).at(-1) < ticker.prize;',
    );
    const errors = page.locator(".cm-lintRange-error");
    await untilSo(async () => (await errors.count()) === 3);
    expect(await errors.allTextContents()).toEqual(["close", "rsii", "prize"]);
    const mistakes = page.getByRole("list", { name: "Mistakes" }).locator("li");
    expect(await mistakes.allTextContents()).toEqual([
      "line 2, column 5: close is a column, not a number: did you mean close.at(-1)?",
      "line 3, column 8: rsii is not defined: did you mean rsi?",
      "line 3, column 40: the ticker has no prize: did you mean price?",
    ]);
    await page.getByRole("button", { name: "Save and run" }).click();
    await untilSo(async () => (await note())?.startsWith("Not saved. close is a column") === true);
    await lookedAt("underlined");
    await page.getByRole("button", { name: "Go to line 2" }).click();
    await page.keyboard.press("Shift+End");
    expect(await page.evaluate(() => String(document.getSelection()))).toBe("close > 100) return true;");
  });

  test("a draft is there again after a reload, can be discarded, and is gone once it is saved", async () => {
    await page.reload();
    await page.getByText("Draft restored, typed").waitFor();
    expect(await page.getByLabel("Name").inputValue()).toBe("Strong");
    expect(await page.locator(".cm-content").textContent()).toContain("rsii(close, 14)");
    await lookedAt("restored");
    await page.getByRole("button", { name: "Discard the draft" }).click();
    await untilSo(async () => (await page.locator(".cm-content").textContent())?.includes("rsii") === false);
    await page.reload();
    await page.getByLabel("Name").waitFor();
    expect([await page.getByLabel("Name").inputValue(), await note()]).toEqual(["", ""]);
    await page.getByLabel("Name").fill("Kept");
    await page.getByRole("button", { name: "Save without running" }).click();
    await page.getByText("Saved. The trader is off.").waitFor();
    expect(created).toMatchObject([{ name: "Kept", enabled: false }]);
    // Another new trader has an editor of its own.
    await page.goto(`${market.server.url}/#/traders/new`);
    await untilSo(async () => (await page.getByLabel("Name").inputValue()) === "" && (await note()) === "");
    expect(await page.evaluate(() => localStorage.getItem("vyx.drafts"))).toBeNull();
  });

  test("two tabs with the same trader know of each other", async () => {
    const path = `${market.server.url}/#/traders/${BROKEN.id}`;
    const other = await page.context().newPage();
    await page.goto(path);
    await page.getByLabel("Name").waitFor();
    await other.goto(path);
    await other.getByLabel("Name").fill("Broken in the other tab");
    await page.getByText("Another tab is editing this trader, too").waitFor();
    await other.getByRole("button", { name: "Discard", exact: true }).click();
    await untilSo(async () => (await note()) === "");
    await other.close();
  });

  test("a filter that fails wherever it is tried is saved only after a warning", async () => {
    await page.goto(`${market.server.url}/#/traders/new`);
    await page.getByLabel("Name").fill("Fails");
    await typed("const x = null;\nreturn x.foo > 1;");
    await page.route("**/screen", (route) =>
      route.fulfill({
        json: {
          ...{ interval: "1m", closeTime: START + MINUTE - 1, matches: [], checked: 2, skipped: [], pending: [] },
          errors: ["AAAUSDT", "BBBUSDT"].map((symbol) => ({ symbol, message: "line 2, column 9: x is null" })),
          ...{ milliseconds: 1, engine: "compiled", why: "", notes: [] },
        },
      }),
    );
    await page.getByRole("button", { name: "Save and run" }).click();
    await page.getByText("The filter fails for all 2 symbols that it was tried for: x is null.").waitFor();
    await lookedAt("warned");
    expect(created).toHaveLength(1);
    await page.getByRole("button", { name: "Save and run anyway" }).click();
    await page.getByText("Saved. It runs at the next close.").waitFor();
    expect(created[1]).toMatchObject({ name: "Fails", enabled: true });
    expect(complaints).toEqual([]);
  });

  test("traders go into a file and come out of it, after each was checked and taken names were asked about", async () => {
    await page.goto(`${market.server.url}/#/traders`);
    await page.getByRole("link", { name: "Import / export" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Export 1 trader" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("vyx-traders.json");
    const exported = JSON.parse(await Bun.file(await download.path()).text());
    expect(exported).toMatchObject({ kind: "vyx-traders", form: 1, traders: [{ name: "Broken", code: BROKEN.code }] });
    const [own] = exported.traders;
    const traders = [
      own,
      { ...own, name: "Good", code: 'return candles("1m").close.at(-1) > 1;' },
      { ...own, name: "Typo", code: "return rsii(1) > 1;" },
      { ...own, name: "Wrong", cooldownCandles: -1 },
    ];
    const before = created.length;
    await page.getByLabel("File of traders").setInputFiles({
      name: "some.json",
      mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify({ ...exported, traders })),
    });
    await page.getByText("4 traders in the file, 2 of them can't be imported. Choose what to do with 1 name").waitFor();
    const results = page.getByRole("table", { name: "Traders of the file" }).locator("tbody tr");
    expect(await results.nth(1).textContent()).toBe("Goodready");
    expect(await results.nth(2).textContent()).toBe(
      "TypoCan't be imported: line 1: rsii is not defined: did you mean rsi?",
    );
    expect(await results.nth(3).textContent()).toContain("cooldownCandles");
    expect([created.length, await page.getByRole("button", { name: /^Import \d/ }).isDisabled()]).toEqual([
      before,
      true,
    ]);
    await lookedAt("import");
    await page.getByLabel("There is a trader Broken already").selectOption("both");
    await page.getByRole("button", { name: "Import 2 traders" }).click();
    await page.getByText("Done: 4 traders in the file").waitFor();
    expect(created.slice(before)).toMatchObject([
      { name: "Broken (2)", enabled: false, code: BROKEN.code },
      { name: "Good", enabled: false },
    ]);
    expect(await results.first().textContent()).toBe("Brokenimported as “Broken (2)”");
    await page.getByLabel("File of traders").setInputFiles({ name: "x", mimeType: "", buffer: Buffer.from("{") });
    await page.getByText("The file isn't JSON").waitFor();
    await lookedAt("no-file");
    expect(complaints).toEqual([]);
  });

  const ids = () =>
    page.locator(".signals .entry").evaluateAll((rows) => rows.map((row) => Number(row.getAttribute("data-signal"))));

  test("a signal says how long ago it was, exactly when under the pointer, and how far the price went since", async () => {
    await page.goto(`${market.server.url}/#/signals`);
    const row = page.locator('[data-signal="1"]');
    await row.waitFor();
    const [age, exact] = [row.locator(".moment-age"), row.locator(".moment-exact")];
    expect(await age.textContent()).toMatch(/^\d+ d ago$/);
    expect([await age.isVisible(), await exact.isVisible()]).toEqual([true, false]);
    await row.hover();
    expect([await age.isVisible(), await exact.isVisible()]).toEqual([false, true]);
    expect(await exact.textContent()).toBe("2026-02-10 00:01 UTC");
    await page.mouse.move(0, 0);
    await row.getByRole("link").focus();
    expect(await exact.isVisible()).toBe(true);
    // The ticker says 101.
    expect(await row.locator("td.figure").nth(1).textContent()).toBe("+26.250%");
    await lookedAt("signals");
  });

  test("a part of a name finds: of the symbol, of its asset, or of the trader", async () => {
    const search = page.getByRole("searchbox", { name: "Symbol, asset or trader" });
    await search.fill("tcu");
    await untilSo(async () => String(await ids()) === "3,1");
    await search.fill("bitco");
    await untilSo(async () => searched.at(-1) === "bitco,BTC");
    await untilSo(async () => String(await ids()) === "3,1");
    await search.fill("broke");
    await untilSo(async () => String(await ids()) === "3,2,1");
    await search.fill("nothing like it");
    await page.getByText("No signals of a symbol, asset or trader with “nothing like it” in its name.").waitFor();
    expect(page.url()).toContain("search=nothing");
    await page.reload();
    await page.getByText("with “nothing like it” in its name.").waitFor();
    expect(await search.inputValue()).toBe("nothing like it");
    // The way to the screen asks for all signals, and the search says so.
    await page.getByRole("navigation").getByRole("link", { name: "Signals" }).click();
    await untilSo(async () => String(await ids()) === "3,2,1");
    expect(await search.inputValue()).toBe("");
  });

  test("one trader's facts are columns: chosen, kept, and sorted among what is loaded", async () => {
    await page.getByLabel("Trader", { exact: true }).selectOption({ label: "Broken" });
    const heads = page.locator(".signals thead .sort");
    await untilSo(async () => String(await heads.allTextContents()) === "Since,rsi,note");
    await page.getByRole("button", { name: "rsi" }).click();
    expect(await ids()).toEqual([1, 3, 2]);
    await page.getByRole("button", { name: "rsi" }).click();
    expect(await ids()).toEqual([3, 1, 2]);
    expect(await page.getByText("Sorted among the 3 loaded signals.").count()).toBe(1);
    await page.locator("summary", { hasText: "Columns" }).click();
    await lookedAt("columns");
    await page.getByLabel("rsi", { exact: true }).uncheck();
    await untilSo(async () => String(await heads.allTextContents()) === "Since,note");
    expect(await ids()).toEqual([3, 2, 1]);
    await page.keyboard.press("Escape");
    expect(await page.getByLabel("rsi", { exact: true }).isVisible()).toBe(false);
    await page.reload();
    await untilSo(async () => String(await heads.allTextContents()) === "Since,note");
    expect(complaints).toEqual([]);
  });
});

let screener: StrategyScreener;
const created: Record<string, unknown>[] = [];
const searched: (string | null)[] = [];

const RUN = {
  ...{ interval: "1m", closeTime: START + 120 * MINUTE - 1, status: "done", symbolsChecked: 2, matches: 0, signals: 0 },
  ...{ skipped: 0, errors: 2, error: "AAAUSDT: line 2, column 9: x is null", finishedAt: START + 120 * MINUTE + 620 },
};

const BROKEN = {
  ...{ id: "4b6e4f43-0000-4000-8000-000000000001", owner: "local", name: "Broken", description: "", enabled: true },
  ...{ code: "const x = null;\nreturn x.foo > 1;\n", timeframes: ["1m"], triggerInterval: "1m", market: "binance" },
  ...{ symbols: null, cooldownCandles: 0, version: 2, createdAt: START, updatedAt: START, problem: null },
  ...{ lastExecution: RUN, signals: { today: 3, total: 1_204 } },
};

const SIGNALS = [
  { id: 3, symbol: BTC, price: 100, facts: { rsi: 9, note: "b" } },
  { id: 2, symbol: LIFE, price: 1, facts: { note: "a" } },
  { id: 1, symbol: BTC, price: 80, facts: { rsi: 30 } },
].map((one) => ({
  ...{ ...one, traderId: BROKEN.id, traderVersion: 2, interval: "1m", closeTime: START + one.id * MINUTE - 1 },
  ...{ createdAt: START + one.id * MINUTE, outcomes: [] },
}));

/** The first run failed, and there are 69 before it. */
function runs(cursor: string | null): object {
  const all = Array.from({ length: 70 }, (_, back) => ({
    ...RUN,
    ...{ closeTime: RUN.closeTime - back * MINUTE, finishedAt: RUN.finishedAt - back * MINUTE },
    ...{ startedAt: RUN.finishedAt - back * MINUTE - 120, attempts: 1, pending: 0 },
    ...(back === 0 ? {} : { errors: 0, error: null }),
  }));
  const executions = cursor === null ? all.slice(0, 50) : all.slice(50);
  return {
    count: executions.length,
    executions,
    cursor: cursor === null ? `${executions.at(-1)?.closeTime}:1m` : null,
  };
}

const functions: Functions = async (name, request) => {
  const { pathname, searchParams } = new URL(request.url);
  if (name === "signals") {
    const search = searchParams.get("search");
    searched.push(search);
    const signals = SIGNALS.filter(({ symbol }) =>
      (search ?? "").split(",").some((part) => `${symbol} Broken`.toLowerCase().includes(part.toLowerCase())),
    );
    return Response.json({ count: signals.length, signals, cursor: null });
  }
  if (pathname.endsWith("/validate")) {
    const { code, timeframes } = (await request.json()) as { code: string; timeframes?: never };
    const found = await screener.check(code, { timeframes });
    return Response.json({ valid: found.errors.length === 0, ...found });
  }
  if (pathname.endsWith("/executions")) return Response.json(runs(searchParams.get("cursor")));
  if (request.method === "POST") {
    const asked = (await request.json()) as Record<string, unknown>;
    created.push(asked);
    const id = `4b6e4f43-0000-4000-8000-00000000001${created.length}`;
    return Response.json({ ...BROKEN, ...asked, id, version: 1 }, { status: 201 });
  }
  if (pathname.endsWith(BROKEN.id)) return Response.json(BROKEN);
  return Response.json({ count: 1, traders: [BROKEN], cursor: null });
};

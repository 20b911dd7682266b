import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { ScreenAnswer } from "../../src/wire/mod.ts";
import { type Demo, startDemo } from "../helpers/demo.ts";
import { barriers, CHROMIUM, launchChromium, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";

const suite = CHROMIUM === null ? "the screener (chromium is not installed)" : "the screener";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let demo: Demo;
  let browser: Browser;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    // A minute of the market is a second here, so that closes come while one looks.
    const market = ["--symbols", "12", "--start", "2026-02-10T12:00Z", "--speed", "60"];
    [demo, browser] = await Promise.all([startDemo(market), launchChromium()]);
    ({ page, complaints } = await openPage(browser));
    await page.goto(`${demo.url}/#/markets`);
    await page.locator(".row").first().waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
  });

  const symbols = (of = page): Promise<string[]> =>
    of
      .locator(".matched .row a")
      .evaluateAll((links) => links.map((link) => (link as HTMLElement).dataset.symbol ?? ""));
  const says = async (): Promise<string> => (await page.locator(".match-says").textContent()) ?? "";
  const ran = (): Promise<void> => page.locator('.match-says[data-phase="done"]').waitFor();
  const isAuto = () => page.getByRole("checkbox", { name: /^Run at each close/ });

  test("is reached by a key, and runs a screen to begin with", async () => {
    await page.keyboard.press("3");
    await page.getByRole("heading", { name: "Screener" }).waitFor({ state: "attached" });
    await ran();
    expect(await says()).toMatch(/^\d+ of 12 symbols? match(es)? · as of 2026-02-10 1\d:\d\d UTC, close of 1m$/);
    expect(page.url()).toContain("#/screener?name=Gainers+with+rising+volume&candles=1h&where=change4h.above.1*");
  });

  test("runs again at each close; by a button when that is switched off", async () => {
    const before = await says();
    await untilSo(async () => (await says()) !== before);
    await isAuto().uncheck();
    await ran();
    const last = await says();
    await untilSo(async () => {
      await page.getByRole("button", { name: "Run now" }).click();
      await ran();
      return (await says()) !== last;
    });
  });

  test("conditions are clicked together; what they find is what the server finds for the code that is shown", async () => {
    await page.getByLabel("Condition 1: column").selectOption("RSI 14");
    await page.getByLabel("Condition 1: comparison").selectOption("between");
    await page.getByLabel("Condition 1: from").fill("20");
    await page.getByLabel("Condition 1: to").fill("65");
    await page.getByRole("button", { name: "Remove condition 2" }).click();
    await page.getByRole("button", { name: "Add condition" }).click();
    await page.getByLabel("Condition 2: column").selectOption("To EMA 20");
    await page.getByLabel("Condition 2: comparison").selectOption("above column");
    await page.getByLabel("Condition 2: compared with").selectOption("To EMA 50");
    await page.getByLabel("How many must hold").selectOption("any must hold");
    await page.getByRole("button", { name: "Code", exact: true }).click();
    const code = await page.locator(".screen-code pre").textContent();
    expect(code).toContain("(rsi14 >= 20 && rsi14 <= 65) ||\n    emaDistance20 > emaDistance50,");
    const asked = await page.waitForResponse((response) => response.url().endsWith("/screen"));
    expect((asked.request().postDataJSON() as { code: string }).code).toBe(code ?? "");
    const { matches, closeTime } = (await asked.json()) as ScreenAnswer;
    await ran();
    const answer = await fetch(`${demo.url}/screen`, { method: "POST", body: JSON.stringify({ code, closeTime }) });
    const { matches: again } = (await answer.json()) as ScreenAnswer;
    // The ticker is that of now; all else is that of the close.
    const ofTheClose = ({ symbol, price, facts: { volume24h: _, ...facts } }: ScreenAnswer["matches"][number]) => ({
      ...{ symbol, price, facts },
    });
    expect(again.map(ofTheClose)).toEqual(matches.map(ofTheClose));
    expect(matches.length).toBeGreaterThan(1);
    expect((await symbols()).toSorted()).toEqual(matches.map(({ symbol }) => symbol).toSorted());
    const [first] = await symbols();
    const facts = matches.find(({ symbol }) => symbol === first)?.facts ?? {};
    const cells = await page.locator(".matched .row").first().locator("td").allInnerTexts();
    const heads = await page.locator(".matched thead th").allInnerTexts();
    expect(cells[heads.indexOf("RSI 14") - 1]).toBe((facts.rsi14 as number).toFixed(1));
  });

  test("sorts by any column, and keeps its head in sight", async () => {
    await page.getByRole("columnheader", { name: "RSI 14" }).getByRole("button").click();
    const at = (await page.locator(".matched thead th").allInnerTexts()).findIndex((text) => text.startsWith("RSI 14"));
    const strengths = (await page.locator(`.matched .row td:nth-child(${at + 1})`).allInnerTexts()).map(Number);
    expect(strengths).toEqual(strengths.toSorted((a, b) => a - b));
    expect(await page.getByRole("columnheader", { name: "RSI 14" }).getAttribute("aria-sort")).toBe("ascending");
    expect(page.url()).toEndWith("&sort=rsi14");
  });

  test("is wholly in its address: the same screen in another browser, and after a reload", async () => {
    const { page: other } = await openPage(browser);
    await other.goto(page.url());
    await other.locator('.match-says[data-phase="done"]').waitFor();
    for (const one of [other, page]) {
      expect(await one.getByLabel("Condition 1: to").inputValue()).toBe("65");
      expect(await one.getByLabel("Condition 2: compared with").inputValue()).toBe("emaDistance50");
      expect(await one.getByLabel("How many must hold").inputValue()).toBe("any");
      expect(await one.locator('.matched [aria-sort="ascending"]').textContent()).toStartWith("RSI 14");
    }
    await other.context().close();
  });

  test("is kept by name in this browser", async () => {
    await page.getByLabel("Name of the screen").fill("Mine");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByLabel("Screen", { exact: true }).selectOption("Oversold");
    await untilSo(async () => (await page.getByLabel("Condition 1: value").inputValue()) === "30");
    await page.reload();
    await page.getByLabel("Screen", { exact: true }).selectOption("Mine");
    expect(await page.getByLabel("Condition 2: compared with").inputValue()).toBe("emaDistance50");
  });

  test("what is typed counts at once, and a value that isn't there is said in place of other results", async () => {
    const value = page.getByLabel("Condition 1: to");
    await value.fill("");
    await page.locator('.match-says[data-phase="failed"]').waitFor();
    expect(await says()).toContain("RSI 14: enter two numbers.");
    expect(await symbols()).toEqual([]);
    await value.pressSequentially("65.05");
    await ran();
    expect(await value.inputValue()).toBe("65.05");
    expect(page.url()).toContain("where=rsi14.between.20_65.05*");
  });

  test("rows are walked by keyboard, starred, and lead to the chart", async () => {
    await ran();
    await isAuto().uncheck();
    const [first, second] = await symbols();
    await page.locator(".match-scroller").focus();
    await page.keyboard.press("j");
    await page.keyboard.press("f");
    expect(await page.getByRole("button", { name: `Star ${first}` }).getAttribute("aria-pressed")).toBe("true");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(`#/chart/${second}/`));
    await page.goBack();
    await ran();
    await page.locator(".matched .row").first().locator("td").first().click();
    await page.waitForURL(/#\/chart\//);
    await page.goBack();
    await ran();
  });

  test("code can be edited; a mistake is named at its line, and the clicks come back while nothing was changed", async () => {
    await page.getByRole("button", { name: "Edit as code" }).click();
    await page.locator(".cm-content").waitFor();
    await page.getByRole("button", { name: "Back to conditions" }).click();
    await page.getByLabel("Condition 1: to").waitFor();
    await page.getByRole("button", { name: "Edit as code" }).click();
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type('const minutes = candles("1m");\nreturn minuts.length > 0;');
    await page.keyboard.press("Control+Enter");
    const mistake = page.getByRole("button", { name: /^line 2, column 8: minuts is not defined/ });
    await mistake.waitFor();
    expect(await says()).toContain("line 2, column 8");
    expect(await page.getByRole("button", { name: "Back to conditions" }).isDisabled()).toBe(true);
    expect(complaints.splice(0).join()).toContain("400");
    await mistake.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type('return {match: true, facts: {candles: candles("1m").length}};');
    await page.keyboard.press("Control+Enter");
    await untilSo(async () => (await says()).startsWith("12 of 12 symbols match"));
    expect(await page.getByRole("columnheader", { name: "candles" }).count()).toBe(1);
  });

  test("becomes a trader with its name and its filter", async () => {
    await page.getByLabel("Screen", { exact: true }).selectOption("New 20-day highs");
    await ran();
    await page.getByRole("button", { name: "Save as trader" }).click();
    await page.locator('.check-line[data-checked="well"]').waitFor();
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("New 20-day highs");
    expect(await page.locator(".cm-content").textContent()).toContain("newHigh20d === true");
    await page.goBack();
    await ran();
  });

  test("the table of symbols has the same columns, as of each close, sorts by them, and keeps them", async () => {
    await page.goto(`${demo.url}/#/markets`);
    await page.getByRole("button", { name: "Choose columns" }).click();
    const answers: ScreenAnswer[] = [];
    page.on("response", (response) => {
      // A navigation takes the body away: then nobody waits for it.
      if (response.url().endsWith("/screen")) response.json().then((answer) => answers.push(answer), ignored);
    });
    await page.getByRole("checkbox", { name: "Change 1h", exact: true }).check();
    await page.getByRole("checkbox", { name: "RSI 14", exact: true }).check();
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("columnheader", { name: "RSI 14" }).getByRole("button").click();
    const column = (): Promise<string[]> => page.locator(".tickers .row td:last-child").allTextContents();
    await untilSo(async () => {
      const shown = await column();
      const expected = (answers.at(-1)?.matches ?? []).map(({ facts }) => facts.rsi14 as number);
      const texts = expected.toSorted((a, b) => a - b).map((value) => value.toFixed(1));
      return shown.length === 12 && String(shown) === String(texts);
    });
    // Closes bring new values by themselves.
    const before = answers.length;
    await untilSo(async () => answers.length > before + 1);
    await page.reload();
    await page.getByRole("columnheader", { name: "Change 1h" }).waitFor();
    await untilSo(async () => (await column()).every((text) => /^\d+\.\d$/.test(text)));
  });

  test("without the scope, the columns are dimmed and say why, and nothing is asked", async () => {
    const { page: other } = await openPage(browser);
    let asked = 0;
    await other.route("**/page-settings", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({
        response: answer,
        json: { ...(await answer.json()), scopes: ["read", "stream", "trade"] },
      });
    });
    other.on("request", (request) => {
      if (request.url().endsWith("/screen")) asked += 1;
    });
    await other.addInitScript(() => localStorage.setItem("vyx.columns", "1h,rsi14"));
    await other.goto(`${demo.url}/#/markets`);
    const head = other.getByRole("columnheader", { name: "RSI 14" });
    await head.waitFor();
    expect(await head.getByRole("button").getAttribute("title")).toContain("the scope screen");
    await other.locator(".row .cell-fact").first().waitFor();
    expect(await other.locator(".row .cell-fact").first().getAttribute("title")).toContain("the scope screen");
    expect(await barriers(other)).toEqual([]);
    expect(asked).toBe(0);
    await other.context().close();
  });

  test("says what it can't read in an address", async () => {
    await page.goto(`${demo.url}/#/screener?candles=1h&where=rsi14.below.40*what.above.1&columns=rsi14`);
    await page.getByText("The link isn't understood in full. There is no column what.").waitFor();
    expect(await page.getByLabel(/^Condition \d: column/).count()).toBe(1);
    await ran();
  });

  test("runs a link's own code only after a press, and has a bound for conditions", async () => {
    await page.goto(`${demo.url}/#/screener?candles=1h&sort=symbol&code=return+true%3B`);
    await page.getByText("Not run: this link brings its own code.").waitFor();
    expect(await page.locator(".matched").count()).toBe(0);
    expect(await barriers(page)).toEqual([]);
    // Where there is no room for both, the code is shown.
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByText("This code came with a link. Read it, then press Run now.").waitFor();
    await page.locator(".cm-content", { hasText: "return true;" }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Run now" }).click();
    await page.setViewportSize({ width: 1440, height: 900 });
    await untilSo(async () => (await says()).startsWith("12 of 12 symbols match"));
    await page.goto(`${demo.url}/#/screener?candles=1h&sort=symbol&where=${"rsi14.below.99*".repeat(20_000)}`);
    await page.getByText("A screen has 50 conditions at most.").waitFor();
    expect(await page.locator(".conditions li").count()).toBe(50);
    expect(await page.getByRole("button", { name: "Add condition" }).isDisabled()).toBe(true);
  });

  test.each([
    [1440, "dark"],
    [768, "light"],
    [390, "dark"],
  ] as const)(
    "has no barriers that axe finds, %i pixels wide, %s, and isn't wider than its window",
    async (width, theme) => {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 844 });
      const look = async (state: string): Promise<void> => {
        expect({ state, found: await barriers(page), overflow: await overflowOf(page) }).toEqual({
          ...{ state, found: [], overflow: 0 },
        });
      };
      await page.goto(`${demo.url}/#/screener?candles=1h&where=rsi14.above.1*change1h.between.-90_90*newHigh20.isNot`);
      await untilSo(async () => (await symbols()).length > 0);
      await look("matches");
      const setup = page.getByRole("button", { name: "Conditions", exact: true });
      if (width < 860) await setup.click();
      await page.getByRole("button", { name: "Columns", exact: true }).click();
      await page.getByRole("button", { name: "Code", exact: true }).click();
      await page.getByLabel("Condition 1: value").fill("");
      await page.keyboard.press("Enter");
      await page.getByText("RSI 14: enter a number.").first().waitFor();
      await look("setup");
      await page.getByLabel("Condition 1: value").fill("1");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Edit as code" }).click();
      await page.locator(".cm-content").waitFor();
      await untilSo(async () => (await page.locator(".mistakes li").count()) === 0);
      await look("code");
      if (width === 390) {
        const small = await page
          .locator(".setup-panel :is(button, select, input):visible")
          .evaluateAll((all) =>
            all.filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 80)),
          );
        expect(small).toEqual([]);
      }
      await page.goto(`${demo.url}/#/markets`);
    },
  );

  test("has given the browser nothing to complain about", () => {
    expect(complaints).toEqual([]);
  });
});

function ignored(): void {}

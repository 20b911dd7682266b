import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { createClient } from "../../src/client/mod.ts";
import { type Demo, startDemo } from "../helpers/demo.ts";
import { barriers, CHROMIUM, launchChromium, onPhone, openPage, overflowOf, untilSo } from "../helpers/page-browser.ts";

/** A market minute is three seconds: a first signal is a matter of seconds. */
const SPEED = "20";

const suite = CHROMIUM === null ? "a newcomer on the page (chromium is not installed)" : "a newcomer on the page";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let demo: Demo;
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[] = [];
  /** Of the trader that the newcomer writes. */
  let id = "";

  beforeAll(async () => {
    [demo, browser] = await Promise.all([startDemo(["--symbols", "8", "--speed", SPEED]), launchChromium()]);
    ({ page, complaints } = await openPage(browser));
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
  });

  const navigate = (name: string): Promise<void> =>
    page.getByRole("navigation").getByRole("link", { name, exact: true }).click();

  test("opens it and sees prices move", async () => {
    await page.goto(demo.url);
    await page.locator(".row").first().waitFor();
    const prices = async (): Promise<string> => String(await page.locator(".cell-price").allTextContents());
    const before = await prices();
    await untilSo(async () => (await prices()) !== before);
  });

  test("opens a chart and switches it to 5m", async () => {
    await page.getByRole("link", { name: "BTCUSDT", exact: true }).click();
    await page.locator('.legend[data-series="BTCUSDT:1m"][data-phase="ready"]').waitFor();
    await page.getByRole("button", { name: "5m", exact: true }).click();
    await page.locator('.legend[data-series="BTCUSDT:5m"][data-phase="ready"]').waitFor();
  });

  test("adds RSI", async () => {
    await page.keyboard.press("i");
    await page.keyboard.type("rsi");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await untilSo(async () => /^RSI 14\d+\.\d$/.test((await page.locator(".legend-studies div").textContent()) ?? ""));
  });

  test("begins a trader with a template", async () => {
    await navigate("Traders");
    // The demo's own traders are there when their database has started, which takes a busy machine its time.
    await page.locator(".traders .entry").nth(2).waitFor({ timeout: 170_000 });
    await page.getByRole("link", { name: "New trader" }).click();
    await page.getByLabel("Template").selectOption("Dip in a rising market");
    expect(await page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("Dip in a rising market");
    const code = page.getByRole("textbox", { name: "Filter" });
    await untilSo(async () => ((await code.textContent()) ?? "").includes("rsi(minute, 14).at(-1) < 35"));
    await page.locator('.check-line[data-checked="well"]').waitFor();
  });

  test("is shown a mistake where it is, as it is typed", async () => {
    const code = page.getByRole("textbox", { name: "Filter" });
    await code.click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("const a = ;");
    await page.getByRole("button", { name: "line 5, column 11: Unexpected token" }).waitFor();
    await page.locator(".cm-lintRange-error").waitFor();
    expect(await page.getByRole("button", { name: "Save and run" }).isEnabled()).toBe(true);
    await page.keyboard.press("Control+s");
    await page.getByText("Not saved. Unexpected token").waitFor();
    for (let letter = 0; letter < "const a = ;".length; letter += 1) await page.keyboard.press("Backspace");
    await page.locator('.check-line[data-checked="well"]').waitFor();
  });

  test("is offered the contract's names", async () => {
    const code = page.getByRole("textbox", { name: "Filter" });
    await code.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.type('const close = candles("');
    await page.locator(".cm-tooltip-autocomplete").getByText("1h", { exact: true }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("End");
    await page.keyboard.press("Backspace");
    // The editor closes quotes and brackets by itself.
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Delete");
    await page.keyboard.insertText(
      'const close = candles("1m").close;\nreturn { match: rsi(close, 14).at(-1) < 50, facts: { rsi: ',
    );
    await page.keyboard.type("rs");
    await page.locator(".cm-tooltip-autocomplete").getByText("rsi", { exact: true }).first().waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+a");
    // Below 90, as the made-up market rises for half an hour now and then, all symbols together.
    await page.keyboard.insertText(
      'const strength = rsi(candles("1m").close, 14).at(-1);\nreturn { match: strength < 90, facts: { rsi: strength } };',
    );
    await page.locator('.check-line[data-checked="well"]').waitFor();
  });

  test("previews it: as a table and on a chart, as the server sees it", async () => {
    await page.getByRole("textbox", { name: "Name" }).fill("Rather low");
    await page.getByRole("button", { name: "Run preview" }).click();
    await page.locator('.preview[data-preview="done"]').waitFor();
    const said = (await page.locator(".preview-says").textContent()) ?? "";
    const [, matches = "0"] = /^([\d,]+) matches at \d+ of 120 closes of 1m/.exec(said) ?? [];
    const found = Number(matches.replace(",", ""));
    expect(found).toBeGreaterThan(50);
    const rows = page.locator(".matches tbody tr");
    expect(await rows.count()).toBe(Math.min(200, found));
    expect(await rows.first().textContent()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d[A-Z0-9]+rsi [1-8]?\d(\.\d+)?/);
    await page.locator('.preview-chart[data-phase="ready"]').waitFor();
    const symbol = await rows.nth(5).locator("button.link").textContent();
    // The row that the chart shows is marked: the newest match at first, then the one that was clicked.
    const shown = page.locator('.matches tr[aria-current="true"]');
    expect(await shown.evaluate((row) => (row as HTMLTableRowElement).sectionRowIndex)).toBe(0);
    await rows.nth(5).locator("button.link").click();
    expect(await shown.evaluate((row) => (row as HTMLTableRowElement).sectionRowIndex)).toBe(5);
    await page.locator(`.preview-chart[data-series="${symbol}:1m"] .canvas:not([data-marks="0"])`).waitFor();
    // What is looked at elsewhere meanwhile doesn't take away what was typed.
    await navigate("Markets");
    await page.goBack();
    await page.getByRole("textbox", { name: "Name" }).waitFor();
    expect(await page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("Rather low");
  });

  test("saves it, and it runs", async () => {
    await page.getByRole("button", { name: "Save and run" }).click();
    await page.getByText("Saved. It runs at the next close.").waitFor();
    id = /#\/traders\/([0-9a-f-]{36})$/.exec(page.url())?.[1] ?? "";
    expect(await createClient({ url: demo.url }).traders.read(id)).toMatchObject({ name: "Rather low", enabled: true });
    await navigate("Traders");
    const row = page.locator(".traders .entry", { hasText: "Rather low" });
    await untilSo(async () => /s ago, past runs of Rather low\d+/.test((await row.textContent()) ?? ""));
  });

  test("sees its first signal arrive, as it was stored", async () => {
    const listed = page.getByRole("link", { name: "Signals of Rather low" });
    await listed.click();
    const rows = page.locator(".signals .entry");
    await rows.first().waitFor();
    const before = await rows.count();
    // Live: more come without a reload.
    await untilSo(async () => (await rows.count()) > before);
    const client = createClient({ url: demo.url });
    const shown = await rows.evaluateAll((all) => all.map((row) => Number(row.getAttribute("data-signal"))));
    const stored = (await client.signals.list({ traderId: id, limit: 500 })).signals.map((signal) => signal.id);
    expect(stored.filter((one) => one <= (shown[0] ?? 0)).slice(0, shown.length)).toEqual(shown);
  });

  test("finds its mark on the chart from there", async () => {
    const last = page.locator(".signals .entry").last();
    const symbol = await last.getByRole("link").textContent();
    await last.getByRole("link").press("Enter");
    await page.locator(`.legend[data-series="${symbol}:1m"][data-phase="ready"]`).waitFor();
    expect(page.url()).toMatch(/\?at=\d{13}$/);
    // Its mark, and those of the other signals that have a candle here.
    await page.locator('.canvas[data-marks]:not([data-marks="0"])').waitFor();
  });

  test("has a chat model write a filter, and checks it as any other before it is saved", async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(`${demo.url}/#/traders/new`);
    await page.getByRole("button", { name: "Filter reference" }).click();
    await page.getByLabel("what is it to find?").fill("Pairs that closed higher than they opened.");
    await page.getByRole("button", { name: "Copy as a prompt" }).click();
    await page.getByText("Copied. Paste it into a chat").waitFor();
    const prompt = await page.evaluate(() => navigator.clipboard.readText());
    expect(prompt).toMatch(
      /An interval must be one of 1m, 5m,.*- supertrend\(.*Pairs that closed higher than they opened\.$/s,
    );
    for (const scheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      expect(await barriers(page)).toEqual([]);
    }
    // What comes back, with the fence around it.
    const answer = '```js\nconst c = candles("1m");\nreturn c.close.at(-1) > c.open.at(-1);\n```';
    await page.evaluate((text) => navigator.clipboard.writeText(text), answer);
    const code = page.getByRole("textbox", { name: "Filter", exact: true });
    await code.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.press("Control+v");
    await page.locator('.check-line[data-checked="well"]').waitFor();
    expect(await code.textContent()).toStartWith('const c = candles("1m");return');
    await page.getByRole("textbox", { name: "Name" }).fill("From a chat");
    await page.getByRole("button", { name: "Preview", exact: true }).click();
    await page.getByRole("button", { name: "Run preview" }).click();
    await page.locator('.preview[data-preview="done"]').waitFor();
    await page.getByRole("button", { name: "Backtest", exact: true }).click();
    await page.getByRole("button", { name: "Run backtest" }).click();
    await page.locator('[data-backtest="done"]').waitFor();
    await page.getByRole("button", { name: "Save without running" }).click();
    await untilSo(async () => {
      const { traders } = await createClient({ url: demo.url }).traders.list();
      return traders.some(({ name, enabled }) => name === "From a chat" && !enabled);
    });
  });

  test("has the traders and signals on a phone, too", async () => {
    await onPhone(page, async () => {
      for (const hash of ["#/traders", `#/traders/${id}`, "#/signals"]) {
        await page.goto(`${demo.url}/${hash}`);
        await page
          .locator(hash === "#/signals" ? ".signals .entry" : hash === "#/traders" ? ".traders .entry" : ".code")
          .first()
          .waitFor();
        expect({ hash, overflow: await overflowOf(page) }).toEqual({ hash, overflow: 0 });
      }
    });
  });

  test("deletes a trader, has it back, and deletes it for good", async () => {
    await page.goto(`${demo.url}/#/traders`);
    const row = page.locator(".traders .entry", { hasText: "Rather low" });
    await row.getByRole("button", { name: "Delete" }).click();
    await row.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await row.waitFor();
    await row.getByRole("button", { name: "Clone" }).click();
    await page.locator(".traders .entry", { hasText: "Rather low (copy)" }).waitFor();
    await page.getByRole("button", { name: "Delete Rather low", exact: true }).click();
    // Leaving the page doesn't undo it.
    await page.goto("about:blank");
    const client = createClient({ url: demo.url });
    await untilSo(async () => !(await client.traders.list()).traders.some((trader) => trader.id === id));
  });

  test("has met nothing that the browser complains of", () => {
    expect(complaints).toEqual([]);
  });
});

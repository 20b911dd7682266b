import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import { eventTitle } from "../../src/alerts/mod.ts";
import { closeTimeOf, exactText, openTimeOf } from "../../src/core/mod.ts";
import type { AlertEvent } from "../../src/wire/mod.ts";
import { priceText } from "../../web/text/price.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { CHROMIUM, openPage, untilSo } from "../helpers/page-browser.ts";
import { matchesIn, startDay, type TradersDay, UNWANTED } from "../helpers/traders-day.ts";
import type { TurnedExchange } from "../helpers/turned-exchange.ts";

const TOKEN = `123456:${"A".repeat(35)}`;
const TRADER = "Above the average";
/** Of a signal of the trader: price, time of the close, fact. */
const MESSAGE = /\n([\d,.]+) at (\S+ \S+) UTC, 5m\n(?:.*\n)*?emaDistance20: (\S+)/;

const suite = CHROMIUM === null ? "a day's work in the page (chromium is not installed)" : "a day's work in the page";

/** One story: each step begins where the one before ended. */
describe.skipIf(CHROMIUM === null)(suite, () => {
  let day: TradersDay;
  let exchange: TurnedExchange;
  let browser: Browser;
  let page: Page;
  let chart: ChartReader;
  let complaints: readonly string[] = [];
  const receiver = receivePosts();
  /** What Telegram was sent about the signal. */
  let sent = "";
  let closedAt = 0;
  let signalPrice = 0;
  let signalDistance = 0;

  beforeAll(async () => {
    day = await startDay({ webhookNetworks: "127.0.0.1", telegramUrl: receiver.url });
    ({ exchange, browser, page, chart, complaints } = day);
  });
  afterAll(async () => {
    await day?.stop();
    await receiver.stop();
  });

  const link = (name: string): Locator => page.getByRole("link", { name, exact: true });
  const button = (name: string | RegExp): Locator => page.getByRole("button", { name, exact: true });
  const plane = (): Locator => page.getByRole("application", { name: "Candles and volume of BTCUSDT, 5m" });
  const dialog = (): Locator => page.getByRole("dialog");

  test("gainers with rising volume lead to BTC", async () => {
    await link("Screener").click();
    await page.getByLabel("Screen", { exact: true }).selectOption("Gainers with rising volume");
    await page.locator('.match-says[data-phase="done"]').waitFor();
    const heads = await page.locator(".matched thead th").allInnerTexts();
    const rows = await page
      .locator(".matched .row")
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
    const column = (name: string): number => heads.findIndex((head) => head.startsWith(name));
    for (const row of rows) {
      expect(Number.parseFloat(row[column("Change 4h")] ?? "")).toBeGreaterThan(1);
      expect(Number.parseFloat(row[column("Rel. volume")] ?? "")).toBeGreaterThan(1.2);
    }
    await picture("screener");
    await page.locator('.matched a[data-symbol="BTCUSDT"]').click();
    await page.waitForURL(/#\/chart\/BTCUSDT\//);
    await page.locator(".intervals").getByRole("button", { name: "5m", exact: true }).click();
    await chart.shows("BTCUSDT:5m");
  });

  test("two averages and the relative strength are drawn", async () => {
    await page.keyboard.press("i");
    const search = page.getByRole("searchbox", { name: "Search indicators" });
    await search.fill("exponential");
    await search.press("Enter");
    await search.press("Enter");
    await search.fill("relative strength");
    await search.press("Enter");
    await page.keyboard.press("Escape");
    expect(await page.locator(".legend-studies dt").allTextContents()).toEqual(["EMA 20", "EMA 50", "RSI 14"]);
    await button("EMA 50").click();
    await page.getByRole("radio", { name: "Coral" }).check();
    await page.keyboard.press("Escape");
    await picture("indicators");
  });

  test("a move is measured", async () => {
    await page.keyboard.down("Shift");
    await drag([0.3, 0.4], [0.5, 0.25]);
    await page.keyboard.up("Shift");
    const text = (await page.locator(".measure-note").textContent()) ?? "";
    const [, candles, hours = 0, minutes] =
      /^\+[\d.,]+, \+[\d.]+%, (\d+) candles, (?:(\d+) h )?(\d+) min$/.exec(text) ?? [];
    expect(60 * Number(hours) + Number(minutes)).toBe(5 * Number(candles));
    const [from, to] = [await priceAt(0.4), await priceAt(0.25)];
    const [, difference, percent] = /^\+([\d.,]+), \+([\d.]+)%/.exec(text) ?? [];
    expect(Number(difference?.replace(",", ""))).toBeCloseTo(to - from, 0);
    expect(Number(percent)).toBeCloseTo((100 * (to - from)) / from, 1);
  });

  test("a webhook is added where the alert's form says that nothing would reach anybody", async () => {
    await plane().click({ button: "right", position: { x: 300, y: 120 } });
    await page.getByRole("menuitem", { name: /^Alert when the price crosses [\d,.]+$/ }).click();
    await dialog().getByText("nothing will reach you while this page is closed").waitFor();
    await dialog().getByRole("link", { name: "Messages" }).click();
    await page.getByLabel(/^Send to/).selectOption("Webhook");
    await page.getByLabel("Name", { exact: true }).fill("My bot");
    await page.getByLabel("URL", { exact: true }).fill(`${receiver.url}/hook`);
    await page.keyboard.press("Enter");
    const shown = page.getByRole("status").filter({ hasText: "shown this once: " });
    receiver.secret = /whsec_\S+/.exec((await shown.textContent()) ?? "")?.[0] ?? "";
    await button("Test My bot").click();
    await page.getByRole("status").filter({ hasText: "The receiver took it: 200" }).waitFor();
    expect(receiver.take("/hook").map(({ type }) => type)).toEqual(["test"]);
    await page.goBack();
    await chart.shows("BTCUSDT:5m");
    expect(await page.locator(".legend-studies dt").allTextContents()).toEqual(["EMA 20", "EMA 50", "RSI 14"]);
  });

  test("a trend line gets an alert, and so does a price", async () => {
    const now = await newestPrice();
    const down = await heightOf(now * 0.999);
    await page.getByRole("toolbar", { name: "Drawing" }).getByRole("button", { name: "Trend line" }).click();
    await page.mouse.click(...(await at([0.4, down + 0.03])));
    await page.mouse.click(...(await at([0.9, down])));
    await page.mouse.click(...(await at([0.65, down + 0.015])), { button: "right" });
    await page.getByRole("menuitem", { name: "Alert when the price crosses this line" }).click();
    expect(await dialog().getByRole("checkbox", { name: "The line goes on to the right" }).isChecked()).toBe(true);
    await dialog().getByLabel(/^Note/).fill("the line");
    await dialog().getByRole("button", { name: "Make alert" }).click();
    await dialog().waitFor({ state: "detached" });
    await plane().click({ button: "right", position: { x: 300, y: 120 } });
    await page.getByRole("menuitem", { name: /^Alert when the price crosses [\d,.]+$/ }).click();
    await dialog()
      .getByRole("textbox", { name: "Level" })
      .fill(String(level(now)));
    await dialog().getByLabel(/^Note/).fill("the level");
    await page.keyboard.press("Enter");
    await dialog().waitFor({ state: "detached" });
    await picture("alerts");
    // Of what it was made, for the alert's message.
    await page.getByRole("button", { name: "List of drawings" }).click();
    const listed = (await page.locator(".drawing-list li .link").textContent()) ?? "";
    await page.keyboard.press("Escape");
    const alerts = new Map<string, AlertEvent>();
    await exchange.passUntil(() => {
      for (const { alerts: some = [] } of receiver.take("/hook")) for (const one of some) alerts.set(one.note, one);
      return alerts.size === 2;
    });
    const [line, price] = [alerts.get("the line"), alerts.get("the level")];
    expect(price).toMatchObject({
      ...{ symbol: "BTCUSDT", condition: { kind: "level", level: level(now) }, reference: level(now) },
      inOpenCandle: true,
    });
    if (line?.condition.kind !== "line") throw new Error("the line's alert has no line");
    const { from, to } = line.condition;
    expect(String(line.symbol)).toBe("BTCUSDT");
    expect(listed).toBe(`Trend line ${priceText(from.price, 2)} → ${priceText(to.price, 2)}`);
    const steepness = (to.price - from.price) / (to.time - from.time);
    expect(line.reference).toBeCloseTo(from.price + steepness * (line.at - from.time), 4);
    const fired = page.locator(".fired-alert");
    await untilSo(async () => (await fired.count()) === 2);
    await picture("fired");
    const said = (await fired.allTextContents()).join();
    expect(said).toContain(`BTCUSDT crossed ${exactText(level(now))} `);
    expect(said).toContain(eventTitle(line));
    for (const _ of alerts)
      await page
        .getByRole("button", { name: /^Close: BTCUSDT crossed/ })
        .first()
        .click();
  });

  test("a filter is put together by clicks, and becomes a trader's", async () => {
    await link("Screener").click();
    await page.getByLabel(/^Candles/).selectOption("5m");
    await page.getByLabel("Condition 1: column").selectOption("To EMA 20");
    await page.getByLabel("Condition 1: comparison").selectOption("above");
    await page.getByLabel("Condition 1: value").fill("0");
    await button("Remove condition 2").click();
    await button("Columns").click();
    for (const name of UNWANTED) await page.getByRole("checkbox", { name, exact: true }).uncheck();
    await page.getByLabel("Name of the screen").fill(TRADER);
    await button("Run now").click();
    await page.locator('.match-says[data-phase="done"]').waitFor();
    await button("Save as trader").click();
    await page.locator('.check-line[data-checked="well"]').waitFor();
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe(TRADER);
    expect(await page.getByLabel(/^Runs at every/).inputValue()).toBe("5m");
    expect(await page.locator(".cm-content").textContent()).toContain("emaDistance20 > 0");
  });

  test("it is previewed, and tested on the past", async () => {
    await button("Run preview").click();
    await page.locator('[data-preview="done"]').waitFor();
    const says = (await page.locator(".preview-says").textContent()) ?? "";
    const [, matches, of] = /^(\d+) matches at \d+ of (\d+) closes of 5m/.exec(says) ?? [];
    expect([says, Number(of)]).toEqual([says, 120]);
    const previewed = await matchesIn(page, ".matches tbody tr");
    expect(previewed.length).toBe(Math.min(200, Number(matches)));
    expect(previewed.filter(({ distance }) => !(distance > 0))).toEqual([]);
    await picture("preview");
    await button("Backtest").click();
    await button("Run backtest").click();
    await page.locator('[data-backtest="done"]').waitFor();
    // Both looked at the newest closes: there they found the same.
    const tested = await matchesIn(page, "[data-backtest] .entry");
    const [newest] = tested;
    const atNewest = (rows: typeof tested): string[] =>
      rows.filter(({ close }) => close === newest?.close).map(({ symbol, distance }) => `${symbol} ${distance}`);
    expect(atNewest(tested)).toContainEqual(expect.stringContaining("BTCUSDT"));
    expect(atNewest(tested).toSorted()).toEqual(atNewest(previewed).toSorted());
    await picture("backtest");
  });

  test("the trader is saved, and Telegram gets its signal", async () => {
    await button("Save and run").click();
    await page.getByRole("switch", { name: "The trader is on" }).waitFor();
    await link("Back to the list of traders").click();
    await link("Messages").click();
    await page.getByLabel(/^Send to/).selectOption("Telegram");
    await page.getByLabel("Name", { exact: true }).fill("My phone");
    await page.getByLabel(/^Bot's token/).fill(TOKEN);
    await page.getByLabel(/^Chat's number/).fill("42");
    await page.getByLabel(/^Signals of/).selectOption(TRADER);
    await button("Add destination").click();
    await page.getByRole("row").filter({ hasText: "My phone" }).waitFor();
    const texts: string[] = [];
    await exchange.passUntil(() => {
      texts.push(...receiver.take(`/bot${TOKEN}/sendMessage`).map(({ chat_id, text }) => `to ${chat_id}: ${text}`));
      return texts.some((text) => text.startsWith(`to 42: ${TRADER}: BTCUSDT\n`));
    });
    sent = texts.find((text) => text.includes(": BTCUSDT\n")) ?? "";
    const [, price, moment, distance] = MESSAGE.exec(sent) ?? [];
    expect([sent, Number(distance) > 0]).toEqual([sent, true]);
    closedAt = Date.parse(`${moment?.replace(" ", "T")}Z`);
    expect(closeTimeOf("5m", openTimeOf("5m", closedAt - 1)) + 1).toBe(closedAt);
    signalPrice = Number(price?.replaceAll(",", ""));
    signalDistance = Number(distance);
  });

  test("the signal leads to its candle, whose figures are those of the message", async () => {
    await link("Signals").click();
    const closed = page.locator(`time[datetime="${new Date(closedAt).toISOString()}"]`);
    const row = page.locator("[data-signal]").filter({ hasText: "BTCUSDT" }).filter({ hasText: TRADER, has: closed });
    await picture("signals");
    await row.getByRole("link", { name: "BTCUSDT" }).click();
    await chart.shows("BTCUSDT:5m");
    await untilSo(async () => (await chart.pointedAt()) === closedAt - 300_000);
    expect(await page.locator(".legend-marks").textContent()).toBe(`signal of ${TRADER}`);
    const close = Number(await figure("Close"));
    expect(close).toBe(signalPrice);
    const average = Number((await page.locator(".legend-studies dd").first().textContent())?.replace(",", ""));
    expect(100 * (close / average - 1)).toBeCloseTo(signalDistance, 3);
    await picture("candle");
  });

  test("its reason is the condition that was clicked, with the values that it compared", async () => {
    await page.keyboard.press("w");
    await dialog().locator('[data-why="done"]').waitFor();
    expect(await dialog().locator(".why-verdict").textContent()).toBe("BTCUSDT matched.");
    const condition = dialog().locator(".why-conditions li").filter({ hasText: "emaDistance20 > 0" }).first();
    expect(await condition.getAttribute("data-verdict")).toBe("true");
    expect(await condition.textContent()).toContain(signalDistance.toPrecision(3));
    await picture("why");
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "detached" });
  });

  test("the link to the chart shows the same in another browser", async () => {
    await button("Log").click();
    await chart.scrollBack(900);
    await untilSo(async () => /range=\d{13}-\d{13}.*scale=log/.test(page.url()));
    const seen = await viewOf(page);
    await button("Copy link").click();
    await page.locator(".notice", { hasText: "The link is copied." }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    const other = await openPage(browser, { viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
    await other.page.goto(copied);
    await new ChartReader(other.page).shows("BTCUSDT:5m");
    await untilSo(async () => other.page.url() === copied);
    expect(await viewOf(other.page)).toEqual(seen);
    expect([seen.series, seen.isLogarithmic]).toEqual(["BTCUSDT:5m", "true"]);
    expect(seen.studies).toEqual(["EMA 20 study-1", "EMA 50 study-7", "RSI 14 study-3"]);
    expect([...complaints, ...other.complaints]).toEqual([]);
    await picture("shared");
    await other.page.context().close();
  });

  /** What somebody sees who looks at a chart: the series, what of it, and how. */
  async function viewOf(of: Page): Promise<Record<string, unknown>> {
    const reader = new ChartReader(of);
    return {
      series: await of.locator(".legend").getAttribute("data-series"),
      first: await reader.candleAt(0.02),
      last: await reader.candleAt(0.98),
      isLogarithmic: await of.getByRole("button", { name: "Log" }).getAttribute("aria-pressed"),
      studies: await of
        .locator(".legend-studies > div")
        .evaluateAll((all) => all.map((one) => `${one.querySelector("dt")?.textContent} ${one.className}`)),
      values: await of.locator(".legend-studies dd").allTextContents(),
    };
  }

  const figure = async (name: string): Promise<string> =>
    (
      (await page
        .locator(".legend dl div", { has: page.getByTitle(name, { exact: true }) })
        .locator("dd")
        .textContent()) ?? ""
    ).replace(",", "");

  async function picture(name: string): Promise<void> {
    if (process.env.PICTURES !== undefined) await page.screenshot({ path: `${process.env.PICTURES}/day-${name}.png` });
  }

  /** A price that the market crosses soon, with as many digits as the market has. */
  const level = (now: number): number => Number((now * 0.9997).toFixed(2));

  /** A point of the chart: shares of its width and height. */
  async function at([across, down]: readonly [number, number]): Promise<[x: number, y: number]> {
    const box = await plane().boundingBox();
    if (box === null) throw new Error("there is no chart in sight");
    // Whole pixels: a drag is told of fractions, a click isn't.
    return [Math.round(box.x + across * box.width), Math.round(box.y + down * box.height)];
  }

  async function drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    await page.mouse.move(...(await at(from)));
    await page.mouse.down();
    await page.mouse.move(...(await at(to)), { steps: 3 });
    await page.mouse.up();
  }

  /** The price so far down the chart, as its menu says it. */
  async function priceAt(down: number): Promise<number> {
    await page.mouse.click(...(await at([0.3, down])), { button: "right" });
    const text = await page.getByRole("menuitem", { name: /^Copy price/ }).textContent();
    await page.keyboard.press("Escape");
    return Number(text?.replace(/[^\d.]/g, ""));
  }

  /** How far down the chart a price is, on a linear scale. */
  async function heightOf(price: number): Promise<number> {
    const [above, below] = [0.1, 0.4];
    const [high, low] = [await priceAt(above), await priceAt(below)];
    return above + ((high - price) / (high - low)) * (below - above);
  }

  async function newestPrice(): Promise<number> {
    return Number((await page.locator(".headline-price").textContent())?.replace(",", ""));
  }
});

/** One thing that was sent to the receiver. */
interface Post {
  readonly type?: string;
  readonly alerts?: readonly AlertEvent[];
  readonly text?: string;
  readonly chat_id?: string;
}

/** A webhook's receiver and Telegram in one, which checks a webhook's signature once it knows the secret. */
function receivePosts() {
  const posts: { path: string; post: Post }[] = [];
  const state = { secret: "" };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const body = await request.text();
      const path = new URL(request.url).pathname;
      if (path === "/hook" && !isSigned(request.headers, body, state.secret))
        return new Response(null, { status: 401 });
      posts.push({ path, post: JSON.parse(body) });
      return Response.json({ ok: true, result: {} });
    },
  });
  return Object.assign(state, {
    url: `http://127.0.0.1:${server.port}`,
    /** What came there since it was asked last. */
    take: (path: string): Post[] => {
      const found = posts.filter((one) => one.path === path);
      for (const one of found) posts.splice(posts.indexOf(one), 1);
      return found.map(({ post }) => post);
    },
    stop: () => server.stop(true),
  });
}

/** As https://www.standardwebhooks.com has it. */
function isSigned(headers: Headers, body: string, secret: string): boolean {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const text = `${headers.get("webhook-id")}.${headers.get("webhook-timestamp")}.${body}`;
  const mac = new Bun.CryptoHasher("sha256", key).update(text).digest("base64");
  return headers.get("webhook-signature") === `v1,${mac}`;
}

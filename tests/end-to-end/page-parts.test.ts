import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { closeTimeOf, type Kline, type Symbol, seededRandom, tickerOf, type UnixMs } from "../../src/core/mod.ts";
import { functionRoutes } from "../../src/server/mod.ts";
import type { ListedTrader, Signal } from "../../src/wire/mod.ts";
import { buildPage } from "../../web/build.ts";
import { ChartReader } from "../helpers/chart-reader.ts";
import { CuttableProxy } from "../helpers/cuttable-proxy.ts";
import { CHROMIUM, launchChromium, openPage, pauseClock, untilSo } from "../helpers/page-browser.ts";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../helpers/served-market.ts";

const MINUTE = 60_000;
/** Of a series; what was read as history is more than fits. */
const CAPACITY = 1_200;
const HISTORY_MINUTES = 1_300;
/** The oldest minute that the server still has. */
const RING_START = START + (HISTORY_MINUTES - CAPACITY) * MINUTE;
const NEWEST = START + (HISTORY_MINUTES - 1) * MINUTE;
/** What a symbol costs whose price goes from 1 to 10 to 100. */
const STEPS = "STEPUSDT" as Symbol;

const TRADER = {
  id: "4b6e4f43-0000-4000-8000-000000000001",
  owner: "local",
  name: "Low, =or not",
  description: "",
  enabled: true,
  code: "return true;",
  timeframes: ["1m"],
  triggerInterval: "1m",
  market: "binance",
  symbols: null,
  cooldownCandles: 0,
  version: 3,
  createdAt: START,
  updatedAt: START,
  problem: null,
  lastExecution: null,
  signals: null,
} as const;

const suite = CHROMIUM === null ? "the page's parts (chromium is not installed)" : "the page's parts";

describe.skipIf(CHROMIUM === null)(suite, () => {
  let market: ServedMarket;
  let line: CuttableProxy;
  let browser: Browser;
  const stored: Signal[] = [];
  let listed: readonly ListedTrader[] = [TRADER];

  beforeAll(async () => {
    const [page, started] = await Promise.all([buildPage(), launchChromium()]);
    browser = started;
    market = serveMarket({
      intervals: ["1m", "5m"],
      capacityKlines: CAPACITY,
      historyMinutes: HISTORY_MINUTES,
      with: {
        page,
        tellsSignals: true,
        routes: functionRoutes(
          async (name, request) => functions(name, request),
          () => 3,
        ),
      },
    });
    const figures = { quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
    const symbols = [BTC, LIFE, STEPS].map((symbol) => ({ symbol, base: symbol.replace("USDT", ""), ...figures }));
    market.store.apply({ type: "symbols", symbols });
    const [from, to] = [START, NEWEST as UnixMs];
    market.store.apply({ type: "history", symbol: STEPS, interval: "1m", from, to, klines: steps() });
    line = await CuttableProxy.start(market.server.url);
  });

  afterAll(async () => {
    await browser?.close();
    await line?.stop();
    await market?.server.stop();
  });

  /** The traders and signals, as a server with a database would tell them. */
  function functions(name: string, request: Request): Response {
    if (name === "traders") return Response.json({ count: listed.length, traders: listed, cursor: null });
    const symbol = new URL(request.url).searchParams.get("symbol");
    const signals = stored.filter((one) => symbol === null || one.symbol === symbol).toReversed();
    return Response.json({ count: signals.length, signals, cursor: null });
  }

  /** A page at an address behind the proxy, with what it complained about. */
  async function opened(
    hash: string,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; complaints: string[] }> {
    const { page, complaints } = await openPage(browser, options);
    await page.goto(`${line.url}/${hash}`);
    return { page, complaints };
  }

  test("a trader that can't run says why, and so does one whose last run failed or left symbols out", async () => {
    const run = { interval: "1m", closeTime: NEWEST as UnixMs, finishedAt: NEWEST as UnixMs } as const;
    const counts = { symbolsChecked: 1, matches: 0, signals: 0, skipped: 0, errors: 0 };
    const done = { ...run, ...counts, status: "done", error: null } as const;
    const absent = "symbols has NOPEUSDT, which is not followed here: GET /symbols lists those that are";
    const unserved = "timeframes has 1h, which is not served here: expected one of 1m, 5m";
    const cases = [
      [{ lastExecution: done }, []],
      [
        { lastExecution: { ...done, skipped: 1, error: absent } },
        ["Skipped 1 symbol: this server doesn't follow NOPEUSDT."],
      ],
      [
        { lastExecution: { ...done, status: "failed", error: "it went wrong" } as const },
        ["The last run failed: it went wrong."],
      ],
      [
        { problem: unserved, lastExecution: done },
        ["Can't run: it reads 1h candles, which this server doesn't have. It has 1m, 5m."],
      ],
    ] as const;
    listed = cases.map(([change], at) => ({ ...TRADER, id: `${TRADER.id.slice(0, -1)}${at}`, ...change }));
    const { page, complaints } = await opened("#/traders");
    await page
      .locator(".traders .entry")
      .nth(cases.length - 1)
      .waitFor();
    const says = await page.locator(".traders .entry th p:not(.narrow)").allTextContents();
    expect(says).toEqual(cases.flatMap(([, words]) => ["at each 1m close, all symbols", ...words]));
    expect(complaints).toEqual([]);
    listed = [TRADER];
    await page.context().close();
  });

  describe("a lost connection", () => {
    let page: Page;
    let sockets = 0;
    /** Of the newest connection the pings that were sent, and that were answered, behind all that the server said before. */
    let pings = { sent: 0, answered: 0 };

    /** Two seconds of the page's own clock, from now on; nothing else moves it. */
    async function passTwoSeconds(): Promise<void> {
      await page.clock.runFor(2_000);
    }

    /** From now on the page's clock is turned by hand, and nothing that the server said before is still to come. */
    async function pause(): Promise<void> {
      await pauseClock(page);
      const { sent } = pings;
      while (pings.sent === sent) await page.clock.runFor(100);
      await untilSo(async () => pings.answered === pings.sent);
    }

    /** The colours of a price and of its change are those of what is muted, or aren't. */
    async function isDimmed(): Promise<boolean> {
      const [muted, ...figures] = await page.evaluate(
        (selectors) => selectors.map((selector) => getComputedStyle(document.querySelector(selector) as Element).color),
        [".search-count", ".row .cell-price", ".row .cell-change"],
      );
      return figures.every((color) => color === muted);
    }

    beforeAll(async () => {
      ({ page } = await openPage(browser));
      await page.clock.install();
      page.on("websocket", (socket) => {
        sockets += 1;
        const own = { sent: 0, answered: 0 };
        pings = own;
        socket.on("framesent", ({ payload }) => {
          if (String(payload).includes('"ping"')) own.sent += 1;
        });
        socket.on("framereceived", ({ payload }) => {
          if (String(payload).includes('"pong"')) own.answered += 1;
        });
      });
      await page.goto(`${line.url}/#/markets`);
      await page.locator(".row .cell-change.up").first().waitFor();
      await page.evaluate(() => document.body.setAttribute("data-loaded", "once"));
      expect(await isDimmed()).toBe(false);
    });
    afterAll(() => page.context().close());

    /** What the header says of the connection. */
    async function connection(): Promise<string | null> {
      return await page.locator(".sign[data-connection]").textContent();
    }

    async function isBack(): Promise<void> {
      await page.clock.resume();
      await page.locator('.sign[data-connection="connected"]').waitFor();
      await page.locator('.app[data-stale="false"]').waitFor();
      await untilSo(async () => !(await isDimmed()));
      expect(await page.locator(".stale-note").count()).toBe(0);
      expect(await page.evaluate(() => document.body.getAttribute("data-loaded"))).toBe("once");
    }

    test("is the only one that the page has", async () => {
      expect(sockets).toBe(1);
    });

    test("brings prices, which light up when they move, and fade", async () => {
      await pauseClock(page);
      const price = page.locator(".row", { hasText: "BTC" }).locator(".flashing");
      const light = (): Promise<string> => price.evaluate((element) => getComputedStyle(element).backgroundColor);
      const dark = await light();
      const [ticker, random] = [market.store.ticker(BTC), seededRandom(1)];
      if (ticker === undefined) throw new Error("there is a ticker of BTCUSDT");
      const figures = { ...ticker, price: ticker.price + random(), updatedAt: market.clock.now() };
      market.store.apply({ type: "ticker", ticker: tickerOf(figures) });
      await market.clock.turn(1_000);
      await untilSo(async () => {
        await page.clock.runFor(20);
        return (await light()) !== dark;
      });
      await page.clock.runFor(1_000);
      expect(await light()).toBe(dark);
      await page.clock.resume();
    });

    test("that was cut is told before a moment has passed on the page's clock", async () => {
      await pause();
      line.refuse(true);
      line.drop();
      await page.locator('.sign[data-connection="waiting"]').waitFor();
      expect(await page.locator(".stale-note").textContent()).toStartWith(
        "Prices have stopped: the connection was cut",
      );
      expect(await isDimmed()).toBe(true);
      line.refuse(false);
      await isBack();
    });

    test("over which nothing comes any more is told within two seconds of it", async () => {
      await pause();
      line.silence();
      await passTwoSeconds();
      expect(await connection()).toBe("no answer");
      expect(await page.locator(".stale-note").textContent()).toStartWith(
        "Prices have stopped: the server doesn't answer.",
      );
      expect(await isDimmed()).toBe(true);
      // The dead one is given up, and another one is made.
      await page.clock.runFor(5_000);
      await isBack();
    });

    test("that is well isn't told as lost, however long nothing moves", async () => {
      await pause();
      for (let second = 0; second < 20; second += 1) {
        await page.clock.runFor(1_000);
        // What was asked is answered in the world's time, not in the page's.
        await untilSo(async () => (await connection()) === "connected");
      }
      await page.clock.resume();
    });
  });

  describe("the chart", () => {
    let page: Page;
    let complaints: string[];
    let chart: ChartReader;
    /** How many klines the page asked for, each time. */
    const asked: number[] = [];

    beforeAll(async () => {
      ({ page, complaints } = await openPage(browser));
      page.on("request", (request) => {
        const limit = /\/klines\/[^/]+\/1m\?limit=(\d+)/.exec(request.url())?.[1];
        if (limit !== undefined) asked.push(Number(limit));
      });
      chart = new ChartReader(page);
      await page.goto(`${line.url}/#/chart/${BTC}/1m`);
      await chart.shows(`${BTC}:1m`);
    });
    afterAll(() => page.context().close());

    test("scrolled back, asks for older candles, which come without moving what is in sight", async () => {
      let answer = (): void => {};
      const held = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route(`**/klines/${BTC}/1m?limit=${CAPACITY}*`, async (route) => {
        await held;
        await route.continue();
      });
      while (!asked.includes(CAPACITY)) await chart.scrollBack(150);
      // As far as the mouse carries it while the answer is still to come: nothing more is asked for.
      await chart.scrollBack(50);
      await chart.scrollBack(50);
      const shares = [0.5, 0.7, 0.9];
      const before: number[] = [];
      for (const across of shares) before.push(await chart.candleAt(across));
      answer();
      await chart.beginsWith(RING_START);
      for (const [at, across] of shares.entries()) {
        // The price scale may have got wider by a figure, and the rest narrower.
        expect(Math.abs((await chart.candleAt(across)) - (before[at] as number))).toBeLessThanOrEqual(2 * MINUTE);
      }
      expect(asked.filter((limit) => limit > 500)).toEqual([CAPACITY]);
    });

    test("goes back to the oldest candle that the server has, says that it is, and asks for no more", async () => {
      for (let times = 0; times < 20; times += 1) await chart.scrollBack(2_000);
      // A ring has room for the open candle besides; while there is none, for one that is older than `limit` reaches.
      expect(await chart.candleAt(0.98)).toBeGreaterThanOrEqual(RING_START - MINUTE);
      await page.locator(".chart-edge", { hasText: "This server has no older candles." }).waitFor();
      const rows = await chart.figures();
      expect([rows.length, Number(rows[0]?.[0])]).toEqual([CAPACITY + 1, RING_START - MINUTE]);
      expect(asked.filter((limit) => limit > 500)).toEqual([CAPACITY, 1_000]);
    });

    test("shows the same stretch of another symbol, and of another interval", async () => {
      await page.goto(`${line.url}/#/chart/${BTC}/1m?at=${START + 1_000 * MINUTE}`);
      await untilSo(async () => Math.abs((await chart.candleAt(0.5)) - (START + 1_000 * MINUTE)) < 5 * MINUTE);
      await chart.zoomOut(250 * MINUTE);
      const before = [await chart.candleAt(0.1), await chart.candleAt(0.5), await chart.candleAt(0.9)];
      await page.keyboard.press("/");
      await page.keyboard.type("人生");
      await page.keyboard.press("Enter");
      await chart.shows(`${LIFE}:1m`);
      expect([await chart.candleAt(0.1), await chart.candleAt(0.5), await chart.candleAt(0.9)]).toEqual(before);
      await page.getByRole("button", { name: "5m", exact: true }).click();
      await chart.shows(`${LIFE}:5m`);
      // Candles of the one stand beside the middle of those of the other.
      for (const [at, across] of [0.1, 0.5, 0.9].entries()) {
        expect(Math.abs((await chart.candleAt(across)) - (before[at] as number))).toBeLessThanOrEqual(10 * MINUTE);
      }
    });

    test("stays at the newest candle where it was there", async () => {
      await page.keyboard.press("End");
      await untilSo(async () => (await rightEdge()) > NEWEST);
      await page.getByRole("button", { name: "1m", exact: true }).click();
      await chart.shows(`${LIFE}:1m`);
      await untilSo(async () => (await rightEdge()) > NEWEST);
      expect(await rightEdge()).toBeLessThan(NEWEST + 10 * MINUTE);
    });

    /** What time it is where the candles end at the right, as those farther left tell. */
    async function rightEdge(): Promise<number> {
      const [first, second] = [await chart.candleAt(0.2), await chart.candleAt(0.6)];
      return first + 2 * (second - first);
    }

    test("saves a picture of what it shows, on a linear and on a logarithmic scale", async () => {
      await page.goto(`${line.url}/#/chart/${STEPS}/1m`);
      // With as many candles in sight as at first.
      await page.reload();
      await chart.shows(`${STEPS}:1m`);
      const linear = await heights(page);
      await page.keyboard.press("l");
      const logarithmic = await heights(page);
      await page.keyboard.press("l");
      // From 1 to 10 is a tenth of the way to 100, and half of it where equal steps are equal factors.
      expect((linear.one - linear.ten) / (linear.ten - linear.hundred)).toBeCloseTo(0.1, 1);
      expect((logarithmic.one - logarithmic.ten) / (logarithmic.ten - logarithmic.hundred)).toBeCloseTo(1, 1);
    });

    test("leads to a candle, and stays on it until the pointer moves", async () => {
      const at = START + 1_100 * MINUTE;
      // Below the pointer, which rests where the chart will be.
      await chart.candleAt(0.8);
      await page.goto(`${line.url}/#/chart/${LIFE}/1m?at=${at}`);
      await chart.shows(`${LIFE}:1m`);
      await untilSo(async () => (await chart.pointedAt()) === at);
      const next = market.minutes[HISTORY_MINUTES] as Kline;
      market.stream({ ...next, closed: false }, LIFE);
      await page.locator(`.legend[data-open-time="${next.openTime}"]`).waitFor();
      await page.evaluate(() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve), 100)));
      expect(await chart.pointedAt()).toBe(at);
      expect(await chart.candleAt(0.8)).toBeGreaterThan(at);
    });

    test("says which symbol or interval there isn't, and that alone", async () => {
      for (const [series, says] of [
        ["NOPEUSDT/1m", "The server doesn't follow NOPEUSDT. The Markets screen lists its symbols."],
        [`${BTC}/4h`, "The server has no 4h candles. Choose one of the intervals above."],
      ] as const) {
        await page.goto(`${line.url}/#/chart/${series}`);
        await page.locator(".chart-note", { hasText: says }).waitFor();
        expect(await page.locator(".legend").textContent()).toBe("");
      }
    });

    test("says so where the address asks for what there isn't, until somebody goes elsewhere", async () => {
      const notice = page.locator(".notice");
      for (const [hash, says, shown] of [
        ["nope", "There is no page #/nope, so these are the markets.", "markets"],
        [`chart/${LIFE}/2m`, `"2m" is not an interval. This is ${LIFE} `, `chart/${encodeURIComponent(LIFE)}/`],
        [`chart/${BTC}/1m?at=1577836800000`, "The server's candles begin at ", `chart/${BTC}/1m?`],
      ] as const) {
        await page.goto(`${line.url}/#/status`);
        await page.goto(`${line.url}/#/${hash}`);
        await notice.filter({ hasText: says }).waitFor();
        expect(page.url()).toContain(shown);
      }
      for (const hash of ["status", ""]) {
        await page.goto(`${line.url}/#/${hash}`);
        await untilSo(async () => (await notice.count()) === 0);
      }
    });

    test("closes the menu of indicators when somebody goes elsewhere", async () => {
      await page.goto(`${line.url}/#/chart/${BTC}/1m`);
      await page.locator(`.legend[data-series="${BTC}:1m"][data-phase="ready"]`).waitFor();
      await page.keyboard.press("i");
      await page.locator("details.menu[open]").waitFor();
      await page.goto(`${line.url}/#/chart/${BTC}/5m`);
      await untilSo(async () => (await page.locator("details.menu[open]").count()) === 0);
    });

    test("has given the browser nothing to complain about", () => {
      expect(complaints).toEqual([]);
    });
  });

  const seed = Number(Bun.env.TEST_SEED ?? 7);
  test(`messages that come twice, late and in any order end in the candles that the server has (TEST_SEED=${seed})`, async () => {
    // One each, as what the page's messages are delayed by mustn't hang on when the market's are sent.
    const [delays, pauses] = [seededRandom(seed), seededRandom(seed + 1)];
    let isHolding = true;
    const { page, complaints } = await openPage(browser);
    const chart = new ChartReader(page);
    /** Messages that were held back, to be let go of in any order. */
    const held: (string | Buffer)[] = [];
    let passOn = (_text: string | Buffer): void => {};
    await page.routeWebSocket(/\/ws/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((text) => server.send(text));
      server.onMessage((text) => {
        if (!String(text).startsWith('{"type":"kline"')) {
          socket.send(text);
          return;
        }
        passOn = (late) => socket.send(late);
        held.push(text, ...(delays() < 0.3 ? [text] : []));
        // What comes after the last release is held by nobody.
        while (held.length > (isHolding ? 5 * delays() : 0)) {
          const [one] = held.splice(Math.floor(delays() * held.length), 1);
          if (one !== undefined) passOn(one);
        }
      });
    });
    await page.goto(`${line.url}/#/chart/${BTC}/1m`);
    await chart.shows(`${BTC}:1m`);
    const coming = market.minutes.slice(HISTORY_MINUTES, HISTORY_MINUTES + 60);
    for (const kline of coming) {
      market.stream({ ...kline, close: kline.open, trades: 0, closed: false });
      market.stream({ ...kline, trades: Math.floor(kline.trades / 2), closed: false });
      market.stream(kline);
      await Bun.sleep(pauses() < 0.2 ? 30 : 0);
    }
    isHolding = false;
    for (const text of held.splice(0)) passOn(text);
    await page.locator(`.legend[data-open-time="${coming.at(-1)?.openTime}"]`).waitFor();
    const expected = market.minutes.slice(HISTORY_MINUTES + 60 - 500, HISTORY_MINUTES + 60).map(closeOf);
    const drawn = async (): Promise<string[]> =>
      (await chart.figures()).map(([time, , , , close]) => `${time} ${close}`);
    await untilSo(async () => (await drawn()).slice(-500).join() === expected.join());
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  describe("signals", () => {
    let context: BrowserContext;
    let page: Page;

    beforeAll(async () => {
      for (let id = 1; id <= 3; id += 1) stored.push(aSignal(id));
      context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      await context.grantPermissions(["notifications"], { origin: line.url });
      ({ page } = await watched(context));
      await page.clock.install();
      await page.goto(`${line.url}/#/signals`);
      await page.locator(".signals .entry").nth(2).waitFor();
    });
    afterAll(() => context.close());

    /** A page in which it shows which notifications were given, and how many tones were played. */
    async function watched(within: BrowserContext): Promise<{ page: Page }> {
      await within.addInitScript(() => {
        const told = { notifications: [] as string[], tones: 0 };
        Object.assign(globalThis, { told });
        globalThis.Notification = class extends Notification {
          constructor(title: string, options?: NotificationOptions) {
            super(title, options);
            told.notifications.push(`${title}: ${options?.body}`);
          }
        };
        const { start } = OscillatorNode.prototype;
        OscillatorNode.prototype.start = function (this: OscillatorNode, when?: number): void {
          told.tones += 1;
          start.call(this, when);
        };
      });
      return { page: await within.newPage() };
    }

    function told(): Promise<{ notifications: string[]; tones: number }> {
      return page.evaluate(() => (globalThis as unknown as { told: { notifications: string[]; tones: number } }).told);
    }

    /** Stores one, and waits until the list has it. */
    async function arrives(...signals: Signal[]): Promise<void> {
      stored.push(...signals);
      for (const one of signals) market.server.hub.signal(one, "local");
      await page.locator(`[data-signal="${signals.at(-1)?.id}"]`).waitFor();
    }

    test("make neither a sound nor a notification unless that was asked for", async () => {
      await arrives(aSignal(4));
      expect(await told()).toEqual({ notifications: [], tones: 0 });
    });

    test("make both, once for many at a time, where it was", async () => {
      await page.getByRole("button", { name: "Sound" }).click();
      await page.getByRole("button", { name: "Notify" }).click();
      await page.locator('button[aria-pressed="true"]', { hasText: "Notify" }).waitFor();
      // Two tones show what it sounds like.
      expect(await told()).toEqual({ notifications: [], tones: 2 });
      await pauseClock(page);
      await arrives(aSignal(5), aSignal(6), aSignal(7));
      const first = `BTCUSDT · ${TRADER.name}: 1m rsi 25`;
      expect(await told()).toEqual({ notifications: [first], tones: 4 });
      await page.clock.runFor(2_000);
      await arrives(aSignal(8));
      const second = `BTCUSDT · ${TRADER.name}: 1m rsi 28 (and 2 earlier)`;
      expect(await told()).toEqual({ notifications: [first, second], tones: 6 });
      await page.clock.resume();
    });

    test("that was asked for is remembered, and taken back", async () => {
      await page.reload();
      await page.locator('button[aria-pressed="true"]', { hasText: "Notify" }).click();
      await page.locator('button[aria-pressed="true"]', { hasText: "Sound" }).click();
      await arrives(aSignal(9));
      expect(await told()).toEqual({ notifications: [], tones: 0 });
    });

    test("say in words that the browser won't show notifications", async () => {
      const { page: other, complaints } = await opened("#/signals");
      await other.getByRole("button", { name: "Notify" }).click();
      const alert = other.getByRole("alert");
      await alert.waitFor();
      expect(await alert.textContent()).toBe(
        "This browser blocks notifications for this site. To allow them, open the site settings at the icon beside the address, set Notifications to Allow, and press Notify again.Dismiss",
      );
      expect(await other.getByRole("button", { name: "Notify" }).getAttribute("aria-pressed")).toBe("false");
      expect(complaints).toEqual([]);
      await other.context().close();
    });

    test("are exported as they are listed", async () => {
      await arrives({ ...aSignal(10), symbol: LIFE, facts: { says: 'a "word", and =more' } });
      await page.getByRole("searchbox", { name: "Symbol, asset or trader" }).fill(LIFE);
      await untilSo(async () => (await page.locator(".signals .entry").count()) === 1);
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: "Export CSV" }).click(),
      ]);
      expect(download.suggestedFilename()).toBe("vyx-signals.csv");
      const columns = ["state", "returnPercent", "bestPercent", "bestAfter", "worstPercent", "worstAfter"];
      const outcomeColumns = [1, 4, 16, 96].flatMap((horizon) => columns.map((name) => `${name}${horizon}`)).join(",");
      const bytes = await Bun.file(await download.path()).bytes();
      expect(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)).toBe(
        [
          `\uFEFFid,closeTime,symbol,interval,traderId,trader,traderVersion,price,facts,${outcomeColumns}`,
          `10,${new Date(aSignal(10).closeTime).toISOString()},${LIFE},1m,${TRADER.id},"${TRADER.name}",3,102,"{""says"":""a \\""word\\"", and =more""}"${",".repeat(24)}`,
          "",
        ].join("\r\n"),
      );
      await page.getByRole("searchbox", { name: "Symbol, asset or trader" }).fill("");
      await untilSo(async () => (await page.locator(".signals .entry").count()) === 10);
      const listed = await page
        .locator(".signals .entry")
        .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-signal")));
      await page.getByRole("heading", { name: "Signals" }).click();
      const [all] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("e")]);
      const rows = (await Bun.file(await all.path()).text()).trim().split("\r\n").slice(1);
      expect(rows.map((row) => row.split(",")[0])).toEqual(listed as string[]);
    });
  });
});

function closeOf({ openTime, close }: Kline): string {
  return `${openTime} ${close}`;
}

/** What the trader found at the close of a minute. */
function aSignal(id: number): Signal {
  const closeTime = closeTimeOf("1m", (START + id * MINUTE) as UnixMs);
  const rest = { traderId: TRADER.id, traderVersion: 3, symbol: BTC, interval: "1m", createdAt: closeTime } as const;
  return { id, closeTime, price: 92 + id, facts: { rsi: 20 + id }, ...rest };
}

/** Half an hour at 1, half an hour at 10, half an hour at 100. */
function steps(): Kline[] {
  return Array.from({ length: 90 }, (_, at) => {
    const openTime = (NEWEST - (89 - at) * MINUTE) as UnixMs;
    const price = 10 ** Math.floor(at / 30);
    const prices = { open: price, high: price, low: price, close: price };
    const rest = { volume: 1, quoteVolume: price, trades: 1, takerBuyVolume: 0, takerBuyQuoteVolume: 0, closed: true };
    return { openTime, closeTime: closeTimeOf("1m", openTime), ...prices, ...rest };
  });
}

/** How far down in the picture that the page saves the candles of {@link steps} are, in pixels. */
async function heights(page: Page): Promise<{ one: number; ten: number; hundred: number }> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("p")]);
  const bytes = Buffer.from(await Bun.file(await download.path()).bytes());
  const lowest = await page.evaluate(
    async (source) => {
      const picture = new Image();
      picture.src = source;
      await picture.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [picture.width, picture.height];
      const context = canvas.getContext("2d", { willReadFrequently: true }) as CanvasRenderingContext2D;
      const probe = document.body.appendChild(document.createElement("i"));
      probe.className = "up";
      context.fillStyle = getComputedStyle(probe).color;
      probe.remove();
      context.fillRect(0, 0, 1, 1);
      const up = [...context.getImageData(0, 0, 1, 1).data];
      context.drawImage(picture, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      const isUp = (x: number, y: number): boolean =>
        up.every((part, channel) => Math.abs(part - (data[4 * (y * canvas.width + x) + channel] as number)) < 8);
      const columns: number[] = [];
      // Left of the price scale, whose label of the last price has the same colour.
      for (let x = 0; x < canvas.width - 90; x += 1) {
        let y = canvas.height - 1;
        while (y > 0 && !isUp(x, y)) y -= 1;
        columns.push(y);
      }
      return columns;
    },
    `data:image/png;base64,${bytes.toString("base64")}`,
  );
  // The line of the last price goes across: where nothing is below it, there is no candle of 1 or 10.
  const hundred = Math.min(...lowest.filter((y) => y > 0));
  const below = lowest.filter((y) => y > hundred + 2);
  return { one: below.at(3) as number, ten: below.at(-3) as number, hundred };
}

// Takes the pictures of docs/images from the demo: each screen, dark and light, as on a desk and on a phone.
//
//   npm run pictures              all of them
//   npm run pictures -- status    those whose name contains "status"
//   npm run pictures -- golden    those that golden.test.ts compares the page with
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { SignalsAnswer } from "../../src/wire/mod.ts";
import { startDemo } from "../helpers/demo.ts";
import { CHROMIUM, launchChromium } from "../helpers/page-browser.ts";
import { GOLDEN, goldenPath, withGolden } from "./golden.ts";
import { asWebp } from "./webp.ts";

const FOLDER = join(import.meta.dir, "../../docs/images");

/** No picture may be larger, in bytes. */
const LARGEST_BYTES = 150_000;

/** The demo's traders find something within two minutes; a busy machine takes its time. */
const PATIENCE_MS = 300_000;

const SIZES = {
  desk: { width: 1280, height: 800, scale: 1 },
  phone: { width: 380, height: 780, scale: 2 },
} as const;

/** What a status' plots need for a course of some length, in milliseconds. */
const HISTORY_MS = 40_000;

/** Each screen: its address, the link that is followed and the buttons that are pressed, what is there once it is worth a picture, and how long it is looked at before. */
interface Pictured {
  readonly hash: string;
  readonly follows?: string;
  readonly presses?: readonly string[];
  readonly shows: string;
  readonly waitMs?: number;
  /** Whether a phone has no such thing, or looks much the same. */
  readonly isOfDesk?: boolean;
  /** What is done before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
}

const SCREENS: Readonly<Record<string, Pictured>> = {
  markets: { hash: "#/markets", shows: '.sparkline path[d^="M"]' },
  chart: { hash: "#/chart/BTCUSDT/5m", shows: '.legend[data-phase="ready"] .legend-studies' },
  charts: {
    hash: "#/chart/BTCUSDT/5m?charts=-*ETHUSDT-5m*SOLUSDT-15m*LINKUSDT-1h",
    shows: '.legend[data-phase="ready"]',
    waitMs: 4_000,
    isOfDesk: true,
  },
  drawings: { hash: "#/chart/ETHUSDT/5m", shows: '.legend[data-phase="ready"] .legend-studies', act: draw },
  screener: { hash: "#/screener", shows: ".match-panel [data-symbol]" },
  alerts: { hash: "#/signals/alerts", shows: ".entry" },
  messages: { hash: "#/traders/messages", shows: ".entry" },
  palette: {
    hash: "#/markets",
    shows: '.app[data-stale="false"]',
    act: (page) => openPalette(page, "btc"),
    isOfDesk: true,
  },
  record: { hash: "#/traders", follows: "Record of Busy minute", shows: '[data-record="done"] .outcomes' },
  signals: { hash: "#/signals", shows: 'main a[href*="at="]' },
  traders: { hash: "#/traders", shows: "main li, main tr" },
  why: { hash: "#/chart/BTCUSDT/5m", presses: ["Why?"], shows: ".why-conditions" },
  status: { hash: "#/status", shows: '.plot-line[d^="M"]', waitMs: HISTORY_MS },
};

/** A demo that keeps two weeks of minutes, because a backtest of hours has little to show; and its backtest. */
const LONG_DEMO = ["--symbols", "20", "--capacity", "20000"];
const BACKTEST: Pictured = {
  hash: "#/traders/new?template=MACD+turns+positive",
  presses: ["Backtest", "Run backtest"],
  shows: '[data-backtest="done"] .outcomes',
};

/** What the browser remembers in the pictures. */
const REMEMBERED = {
  "vyx.studies": "ema 50,bollinger 20 2,rsi 14",
  "vyx.favourites": "BTCUSDT,ETHUSDT,SOLUSDT,LINKUSDT",
};

if (CHROMIUM === null) throw new Error("pictures are taken with chromium, which is not installed");
const [asked = ""] = process.argv.slice(2);
const browser = await launchChromium();
try {
  await withDemo(["--symbols", "60"], async (url) => {
    if ("golden".includes(asked)) {
      await withGolden(browser, async (take) => {
        for (const name of GOLDEN) await Bun.write(goldenPath(name), await asWebp(browser, await take(name)));
      });
    }
    await prepare(url);
    for (const [screen, pictured] of Object.entries(SCREENS)) {
      if (screen === "record" && namesOf(screen).length > 0) await untilOutcomes(url);
      await takeAll(url, screen, pictured);
    }
  });
  if (namesOf("backtest").length > 0) await withDemo(LONG_DEMO, (url) => takeAll(url, "backtest", BACKTEST));
} finally {
  await browser.close();
}

async function withDemo(options: readonly string[], use: (url: string) => Promise<void>): Promise<void> {
  const demo = await startDemo(options);
  try {
    await untilReady(demo.url);
    await use(demo.url);
  } finally {
    await demo.stop();
  }
}

/** The pictures of a screen that were asked for. */
function namesOf(screen: string) {
  const themes = ["dark", "light"] as const;
  const sizes = ["desk", "phone"] as const;
  return themes
    .flatMap((theme) => sizes.map((size) => ({ theme, size, name: `${screen}-${theme}-${size}.webp` })))
    .filter(({ name }) => name.includes(asked));
}

async function takeAll(url: string, screen: string, pictured: Pictured): Promise<void> {
  for (const { theme, size, name } of namesOf(screen)) {
    if (pictured.isOfDesk === true && size === "phone") continue;
    const webp = await asWebp(browser, await shot(browser, url, pictured, theme, SIZES[size]));
    if (webp.byteLength > LARGEST_BYTES) throw new Error(`${name} has ${webp.byteLength} bytes: too many`);
    await Bun.write(join(FOLDER, name), webp);
    console.log(`${name} ${webp.byteLength}`);
  }
}

/** What alerts and messages show: two destinations, and an alert of each kind. */
async function prepare(url: string): Promise<void> {
  const make = async (path: string, row: object): Promise<void> => {
    const made = await fetch(`${url}/functions/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(row),
    });
    if (!made.ok) throw new Error(`${path}: ${await made.text()}`);
  };
  const { price } = (await (await fetch(`${url}/ticker/BTCUSDT`)).json()) as { price: number };
  await make("destinations", {
    name: "My phone",
    address: { kind: "ntfy", url: "https://ntfy.sh/an-example" },
    enabled: false,
  });
  await make("destinations", {
    name: "My bot",
    address: { kind: "webhook", url: "https://example.com/vyx" },
    enabled: false,
  });
  const level = Number((price * 1.05).toPrecision(4));
  await make("price-alerts", { symbol: "BTCUSDT", condition: { kind: "level", level }, note: "take profit" });
  await make("price-alerts", {
    symbol: "ETHUSDT",
    condition: { kind: "move", percent: 3, minutes: 15 },
    again: 60,
  });
  await make("price-alerts", {
    symbol: "SOLUSDT",
    condition: { kind: "volume", times: 4, minutes: 15 },
    again: 60,
  });
}

/** Draws a trend line and a Fibonacci retracement, and leaves the chart with the second one selected. */
async function draw(page: Page): Promise<void> {
  const opener = page.getByRole("button", { name: "Draw", exact: true });
  const box = await page.locator(".canvas").boundingBox();
  if (box === null) throw new Error("there is no chart to draw on");
  for (const [name, points] of [
    [
      "Trend line",
      [
        [0.1, 0.55],
        [0.45, 0.3],
      ],
    ],
    [
      "Fibonacci retracement",
      [
        [0.5, 0.6],
        [0.75, 0.2],
      ],
    ],
  ] as const) {
    if (await opener.isVisible()) await opener.click();
    await page.getByRole("button", { name, exact: true }).click();
    for (const [across, down] of points) await page.mouse.click(box.x + across * box.width, box.y + down * box.height);
  }
}

async function openPalette(page: Page, text: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.locator("dialog input").fill(text);
}

async function untilReady(url: string): Promise<void> {
  while (!(await fetch(`${url}/ready`)).ok) await Bun.sleep(500);
}

/** A record is worth a picture once outcomes after four candles are known: that takes the demo's traders five minutes. */
async function untilOutcomes(url: string): Promise<void> {
  for (;;) {
    const { signals } = (await (await fetch(`${url}/functions/v1/signals?limit=500`)).json()) as SignalsAnswer;
    if (signals.some(({ outcomes }) => outcomes[1]?.state === "known")) return;
    await Bun.sleep(2_000);
  }
}

async function shot(
  browser: Browser,
  url: string,
  { hash, follows, presses = [], shows, waitMs = 0, act }: Pictured,
  colorScheme: "dark" | "light",
  { width, height, scale }: (typeof SIZES)[keyof typeof SIZES],
): Promise<Buffer> {
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: scale, colorScheme });
  try {
    await context.addInitScript((remembered) => {
      for (const [name, value] of Object.entries(remembered)) localStorage.setItem(name, value);
    }, REMEMBERED);
    const page = await context.newPage();
    await page.goto(`${url}/${hash}`);
    if (follows !== undefined) await page.getByRole("link", { name: follows }).click();
    for (const name of presses) await page.getByRole("button", { name, exact: true }).click();
    await page.locator(shows).first().waitFor({ state: "attached", timeout: PATIENCE_MS });
    if (presses.length > 0 || follows !== undefined) await page.locator(shows).first().scrollIntoViewIfNeeded();
    await settled(page);
    await act?.(page);
    await Bun.sleep(waitMs);
    return await page.screenshot();
  } finally {
    await context.close();
  }
}

/** Until what came in with the first data has been drawn. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle").catch(() => {});
  for (let at = 0; at < 3; at += 1) await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  await Bun.sleep(1_500);
}

// Question: do four charts side by side stay smooth while one of them is dragged?
// Input:    a server in a process of its own, with four symbols whose open minute moves four times a second; headless Chromium
//           with four charts of 500 candles and five indicators each, of which one after the other is dragged to and fro.
// Rival:    the same drags on one chart alone with the same indicators, in the same run.
// Budget:   at least 50 frames a second while a chart is dragged. An argument says how many seconds each chart is dragged; 10 unless said.
import type { Page } from "playwright-core";
import { type Kline, openTimeOf, type Symbol, type UnixMs } from "../src/core/mod.ts";
import { MarketStore } from "../src/store/mod.ts";
import { CHROMIUM, launchChromium, openPage } from "../tests/helpers/page-browser.ts";
import { START, serveMarket } from "../tests/helpers/served-market.ts";
import { minuteKlines } from "../tests/helpers/truth.ts";
import { buildPage } from "../web/build.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { machine, machineLoad, writeResult } from "./lib/results.ts";

const SYMBOLS = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"] as Symbol[];
const CANDLES = 500;
const STUDIES = "ema-20_ema-50_bollinger-20-2_rsi-14_macd-12-26-9";
const SERVER_CORE = 0;

const [role = sized("10", "1")] = process.argv.slice(2);
if (role === "--serve") await serve();
else await compare(Number(role));

/** Serves four symbols whose newest minute moves all the time. */
async function serve(): Promise<void> {
  const store = new MarketStore({ intervals: ["1m"], capacity: CANDLES });
  const info = { quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 5 } as const;
  store.apply({
    type: "symbols",
    symbols: SYMBOLS.map((symbol) => ({ symbol, base: symbol.replace("USDT", ""), ...info })),
  });
  const klines = minuteKlines(START, CANDLES + 1, 5, () => false);
  const to = openTimeOf("1m", (START + (CANDLES - 1) * 60_000) as UnixMs);
  for (const symbol of SYMBOLS) {
    store.apply({ type: "history", symbol, interval: "1m", from: START, to, klines: klines.slice(0, CANDLES) });
  }
  const market = serveMarket({ store, historyMinutes: CANDLES, with: { page: await buildPage() } });
  const open = klines[CANDLES] as Kline;
  let turn = 0;
  setInterval(() => {
    turn += 1;
    const close = open.open * (1 + Math.sin(turn / 5) / 500);
    const [high, low] = [Math.max(open.high, close), Math.min(open.low, close)];
    for (const symbol of SYMBOLS) market.stream({ ...open, close, high, low, closed: false }, symbol);
  }, 250);
  console.log(market.server.url);
}

async function compare(seconds: number): Promise<void> {
  if (CHROMIUM === null) throw new Error("chromium is not installed");
  const server = pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve"]);
  const browser = await launchChromium();
  try {
    const url = await firstLine(server.process.stdout);
    const { page } = await openPage(browser, { viewport: { width: 1440, height: 900 } });
    const [first, ...others] = SYMBOLS.map((symbol) => `${symbol}-1m`);
    const address = `${url}/#/chart/${first?.replace("-", "/")}?studies=${STUDIES}`;
    const one = await framesOf(page, address, 1, seconds);
    const four = await framesOf(page, `${address}&charts=-*${others.join("*")}`, 4, seconds);
    const least = Math.min(...four);
    writeResult(
      "charts",
      `A chart is dragged to and fro for ${seconds} s; charts of ${CANDLES} candles, 1440 × 900, headless Chromium without a GPU.

| | frames a second |
| --- | --- |
| one chart, five indicators | ${one.map((frames) => frames.toFixed(1)).join(", ")} |
| four charts, five indicators each, one after the other | ${four.map((frames) => frames.toFixed(1)).join(", ")} |

Budget: at least 50 a second. ${machineLoad()} ${machine()}.`,
      [{ row: "frames a second, four charts dragged", figure: least, rival: `${one[0]?.toFixed(1)} with one chart` }],
    );
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** Opens an address with so many charts, drags each, and gives back the frames a second of each drag. */
async function framesOf(page: Page, address: string, charts: number, seconds: number): Promise<number[]> {
  await page.goto("about:blank");
  await page.goto(address);
  await page
    .locator('.legend[data-phase="ready"]')
    .nth(charts - 1)
    .waitFor();
  const frames: number[] = [];
  for (let at = 0; at < charts; at += 1) {
    const box = await page.locator(".canvas").nth(at).boundingBox();
    if (box === null) throw new Error("there is no chart in sight");
    const [left, right, y] = [box.x + 60, box.x + box.width - 120, box.y + box.height / 3];
    const counting = countFrames(page, seconds);
    const end = performance.now() + seconds * 1_000;
    await page.mouse.move(left, y);
    await page.mouse.down();
    while (performance.now() < end) {
      await page.mouse.move(right, y, { steps: 40 });
      await page.mouse.move(left, y, { steps: 40 });
    }
    await page.mouse.up();
    frames.push(await counting);
  }
  return frames;
}

function countFrames(page: Page, seconds: number): Promise<number> {
  return page.evaluate(async (span) => {
    let frames = 0;
    const start = performance.now();
    await new Promise<void>((resolve) => {
      const frame = (now: number): void => {
        frames += 1;
        if (now - start < span * 1_000) requestAnimationFrame(frame);
        else resolve();
      };
      requestAnimationFrame(frame);
    });
    return (1_000 * frames) / (performance.now() - start);
  }, seconds);
}

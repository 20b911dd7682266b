// Question: does the page stay smooth while each of 500 symbols moves once a second, does it grow, and how soon is it there?
// Input:    a server in a process of its own, with 500 symbols whose tickers all change each second, and their last hours;
//           headless Chromium on the market list, sorted by change, so that rows change their places, too.
// Rival:    the same page in the same run while nothing moves.
// Budget:   no task over 200 ms, frames over 50 ms in at most one of a hundred seconds, heap after the last minute at most 1.2
//           times of after the first. An argument says how many minutes; 10 unless said.
import { loadavg } from "node:os";
import type { CDPSession, Page } from "playwright-core";
import { openTimeOf, type Symbol, seededRandom, tickerOf, type UnixMs } from "../src/core/mod.ts";
import { CHROMIUM, launchChromium, openPage } from "../tests/helpers/page-browser.ts";
import { serveMarket } from "../tests/helpers/served-market.ts";
import { minuteKlines } from "../tests/helpers/truth.ts";
import { buildPage } from "../web/build.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { machine, writeResult } from "./lib/results.ts";

const SYMBOLS = 500;
const SERVER_CORE = 0;
const SLOW_FRAME_MS = 50;

/** What was seen in a stretch of time. */
interface Seen {
  readonly seconds: number;
  readonly longTasks: number;
  readonly longestTaskMs: number;
  readonly slowFrames: number;
  readonly worstFrameMs: number;
  readonly frames: number;
}

/** One stretch of watching: as long as the first, or as the still one before it. */
const WATCH_SECONDS: number = sized(60, 1);

const [role = sized("10", "2")] = process.argv.slice(2);
if (role === "--serve") await serve();
else await compare(Number(role));

async function serve(): Promise<void> {
  const market = serveMarket({ intervals: ["1m", "15m"], with: { page: await buildPage() } });
  const { store, clock } = market;
  const random = seededRandom(1);
  const symbols = Array.from({ length: SYMBOLS }, (_, at) => `C${String(at).padStart(3, "0")}USDT` as Symbol);
  store.apply({ type: "symbols", symbols: symbols.map((symbol) => infoOf(symbol)) });
  const prices = new Map(symbols.map((symbol) => [symbol, 10 ** (4 * random() - 1)]));
  const from = openTimeOf("15m", (clock.now() - 24 * 15 * 60_000) as UnixMs);
  const klines = minuteKlines(from, 24, 3, () => false).map((kline, at) => {
    const openTime = (from + at * 15 * 60_000) as UnixMs;
    return { ...kline, openTime, closeTime: (openTime + 15 * 60_000 - 1) as UnixMs };
  });
  for (const symbol of symbols) {
    const to = klines.at(-1)?.openTime as UnixMs;
    store.apply({ type: "history", symbol, interval: "15m", from, to, klines });
  }
  let isMoving = false;
  const tell = (some: readonly Symbol[]): void => {
    for (const symbol of some) {
      const price = (prices.get(symbol) as number) * (1 + (random() - 0.5) / 500);
      prices.set(symbol, price);
      const figures = {
        price,
        open: price * 0.98,
        high: price * 1.03,
        low: price * 0.95,
        volume: 1e4,
        quoteVolume: 1e7,
      };
      store.apply({ type: "ticker", ticker: tickerOf({ symbol, ...figures, updatedAt: clock.now() }) });
    }
  };
  tell(symbols);
  // Spread over the second, as an exchange's come; the server sends them together once a second.
  setInterval(async () => {
    await clock.turn(100);
    market.feed.lastEventAt = clock.now();
    const part = Math.floor(clock.now() / 100) % 10;
    if (isMoving) tell(symbols.filter((_, at) => at % 10 === part));
  }, 100);
  process.once("SIGUSR2", () => {
    isMoving = true;
  });
  console.log(market.server.url);
}

function infoOf(symbol: Symbol) {
  const base = symbol.replace("USDT", "");
  return { symbol, base, quote: "USDT", status: "TRADING", priceDecimals: 4, quantityDecimals: 2 } as const;
}

async function compare(minutes: number): Promise<void> {
  if (CHROMIUM === null) throw new Error("chromium is not installed");
  const server = pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve"]);
  const browser = await launchChromium();
  try {
    const url = await firstLine(server.process.stdout);
    const { page, complaints } = await openPage(browser);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("HeapProfiler.enable");
    const load = await firstLoad(page, devtools, url);
    await page.getByRole("button", { name: "24h", exact: true }).click();
    const still = await watch(page, WATCH_SECONDS);
    server.process.kill("SIGUSR2");
    const first = await watch(page, WATCH_SECONDS);
    const heapAfterFirst = await heapOf(devtools);
    const rest = await watch(page, Math.max(1, minutes - 1) * WATCH_SECONDS);
    const heapAfterLast = await heapOf(devtools);
    const row = (name: string, seen: Seen): string =>
      `| ${name} | ${seen.frames} | ${seen.slowFrames} | ${seen.worstFrameMs.toFixed(0)} | ${seen.longTasks} | ${seen.longestTaskMs.toFixed(0)} |`;
    writeResult(
      "page",
      `The market list of ${SYMBOLS} symbols that all change each second, sorted by change, in headless Chromium without a GPU.
Load of the machine meanwhile: ${loadavg()[1]?.toFixed(1)}.

| | frames | over ${SLOW_FRAME_MS} ms | worst ms | tasks over 50 ms | longest ms |
| --- | --- | --- | --- | --- | --- |
${row(`while nothing moves, ${WATCH_SECONDS} s`, still)}
${row(`all move, first ${WATCH_SECONDS} s`, first)}
${row(`all move, the next ${rest.seconds} s`, rest)}

Heap after a minute ${megabytes(heapAfterFirst)}, after ${minutes} minutes ${megabytes(heapAfterLast)}: ${(heapAfterLast / heapAfterFirst).toFixed(2)}; budget 1.2.
First load: ${load.requests} files, ${load.bytes} bytes over the line; first paint after ${load.paintMs.toFixed(0)} ms, first prices after ${load.pricesMs.toFixed(0)} ms.
${complaints.length} errors and warnings in the console. ${machine()}.`,
      [
        { row: "first page, interactive", figure: load.pricesMs, rival: "" },
        {
          row: "frames over 50 ms in 100 s, 500 rows updating",
          figure: (100 * (first.slowFrames + rest.slowFrames)) / (first.seconds + rest.seconds),
          rival: `${((100 * still.slowFrames) / still.seconds).toFixed(1)} while nothing moves`,
        },
      ],
    );
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** What a visitor waits for, as the browser itself measures it. */
async function firstLoad(
  page: Page,
  devtools: CDPSession,
  url: string,
): Promise<{ requests: number; bytes: number; paintMs: number; pricesMs: number }> {
  let [requests, bytes] = [0, 0];
  await devtools.send("Network.enable");
  devtools.on("Network.loadingFinished", ({ encodedDataLength }) => {
    requests += 1;
    bytes += encodedDataLength;
  });
  await page.goto(url);
  await page.locator(".row .cell-price").first().waitFor();
  const { pricesMs, paintMs } = await page.evaluate(() => ({
    pricesMs: performance.now(),
    paintMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  }));
  return { requests, bytes, paintMs, pricesMs };
}

/** Counts frames and tasks in the page for a while. */
function watch(page: Page, seconds: number): Promise<Seen> {
  return page.evaluate(
    async ([span, slowMs]) => {
      const tasks: number[] = [];
      const observer = new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) tasks.push(duration);
      });
      observer.observe({ entryTypes: ["longtask"] });
      const frames: number[] = [];
      const end = performance.now() + span * 1_000;
      await new Promise<void>((resolve) => {
        let before = performance.now();
        const frame = (now: number): void => {
          frames.push(now - before);
          before = now;
          if (now < end) requestAnimationFrame(frame);
          else resolve();
        };
        requestAnimationFrame(frame);
      });
      observer.disconnect();
      return {
        seconds: span,
        longTasks: tasks.length,
        longestTaskMs: Math.max(0, ...tasks),
        frames: frames.length,
        slowFrames: frames.filter((length) => length > slowMs).length,
        worstFrameMs: Math.max(0, ...frames),
      };
    },
    [seconds, SLOW_FRAME_MS] as const,
  );
}

/** What JavaScript holds on to, after a collection. */
async function heapOf(devtools: CDPSession): Promise<number> {
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  return usedSize;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

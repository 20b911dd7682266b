import { basename, join } from "node:path";
import type { Browser } from "playwright-core";
import { type Symbol, tickerOf } from "../../src/core/mod.ts";
import { buildPage } from "../../web/build.ts";
import { serveMarket } from "../helpers/served-market.ts";
import { BLOCK_FONT, blockFont } from "./block-font.ts";

/** The golden pictures, each named after a screen, a theme and a size. */
export const GOLDEN = [
  "golden/markets-dark-desk.webp",
  "golden/markets-light-phone.webp",
  "golden/chart-light-desk.webp",
  "golden/chart-dark-phone.webp",
] as const;

/** One of {@link GOLDEN}. */
export type GoldenName = (typeof GOLDEN)[number];

const SIZES = { desk: { width: 960, height: 600 }, phone: { width: 380, height: 600 } } as const;

const SCREENS = {
  markets: { hash: "#/markets", shows: ['.sparkline path[d^="M"]'] },
  chart: { hash: "#/chart/BTCUSDT/1m", shows: ['.legend[data-phase="ready"] .legend-studies'] },
} as const;

/** Where a golden picture is kept. */
export function goldenPath(name: GoldenName): string {
  return join(import.meta.dir, name);
}

/** Serves a market that doesn't move, and lets pictures be taken of it. */
export async function withGolden(
  browser: Browser,
  work: (take: (name: GoldenName) => Promise<Buffer>) => Promise<void>,
): Promise<void> {
  const market = serveMarket({ with: { page: await buildPage() } });
  const { store, clock } = market;
  const bases = ["BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "LINK", "AVAX", "DOT", "LTC"];
  const infoOf = (base: string) => ({
    symbol: `${base}USDT` as Symbol,
    base,
    quote: "USDT",
    status: "TRADING" as const,
  });
  store.apply({
    type: "symbols",
    symbols: bases.map((base) => ({ ...infoOf(base), priceDecimals: 2, quantityDecimals: 5 })),
  });
  for (const [at, base] of bases.entries()) {
    const price = 100 + at * 37.5;
    const figures = { price, open: price * (0.96 + at / 100), high: price * 1.04, low: price * 0.93, volume: 1e5 };
    const ticker = { symbol: infoOf(base).symbol, ...figures, quoteVolume: 1e9 / (at + 1), updatedAt: clock.now() };
    store.apply({ type: "ticker", ticker: tickerOf(ticker) });
  }
  try {
    await work((name) => take(browser, market.server.url, name));
  } finally {
    await market.server.stop();
  }
}

async function take(browser: Browser, url: string, name: GoldenName): Promise<Buffer> {
  const [screen, theme, size] = basename(name, ".webp").split("-") as [
    keyof typeof SCREENS,
    "dark" | "light",
    keyof typeof SIZES,
  ];
  const { hash, shows } = SCREENS[screen];
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme: theme, reducedMotion: "reduce" });
  try {
    await context.addInitScript(() => localStorage.setItem("vyx.studies", "ema 20,bollinger 20 2,rsi 14"));
    await context.addInitScript(useFont, { name: BLOCK_FONT, bytes: [...blockFont()] });
    const page = await context.newPage();
    await page.goto(`${url}/${hash}`);
    for (const selector of [".row:nth-child(8) .cell-symbol", ...shows]) {
      await page.locator(selector).first().waitFor({ state: "attached" });
    }
    // A phone shows it only while it isn't connected.
    await page.locator('.sign[data-connection="connected"]').waitFor({ state: "attached" });
    await page.locator('.app[data-stale="false"]').waitFor();
    return await page.screenshot();
  } finally {
    await context.close();
  }
}

/** In the page: one font for all text, whatever the machine has. */
function useFont({ name, bytes }: { readonly name: string; readonly bytes: readonly number[] }): void {
  document.fonts.add(new FontFace(name, new Uint8Array(bytes).buffer));
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { font-family: ${name} !important }`);
  document.adoptedStyleSheets.push(sheet);
}

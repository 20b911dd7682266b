import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Debian's Chromium; scripts/lib/system-packages.mjs installs it where it may. */
export const CHROMIUM: string | null = Bun.which("chromium");

const ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];

/** For one thing to show on the page, in milliseconds. Shorter than the runner's own limit, so that a failure names what is missing. */
export const PATIENCE_MS = 150_000;

/** Chromium as the tests of the page use it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM ?? "", args: ARGUMENTS });
}

/** A page of its own, with all that it complained about: errors, warnings and what was thrown. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return { page, complaints };
}

/**
 * Stops the page's clock, which `page.clock.install` put in, half a second ahead of where it is. A busy browser may be past that before it
 * is told: then the next moment is twice as far ahead.
 */
export async function pauseClock(page: Page): Promise<void> {
  for (let aheadMs = 500; ; aheadMs *= 2) {
    try {
      await page.clock.pauseAt((await page.evaluate(() => Date.now())) + aheadMs);
      return;
    } catch (cause) {
      if (!String(cause).includes("Cannot fast-forward to the past")) throw cause;
    }
  }
}

/** Resolves once it is so; fails when that takes too long for anybody's patience. */
export async function untilSo(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  // Asking costs the browser a processor: the longer it takes, the less often.
  for (let pauseMs = 25; !(await isSo()); pauseMs = Math.min(150, 1.3 * pauseMs)) {
    if (performance.now() > end) throw new Error(`that didn't happen within ${PATIENCE_MS / 1_000} s`);
    await Bun.sleep(pauseMs);
  }
}

/** Shows the page as wide as on a phone while `look` looks at it, and as before afterwards, also when that fails: the next test needs it so. */
export async function onPhone(page: Page, look: () => Promise<void>): Promise<void> {
  const before = page.viewportSize();
  await page.setViewportSize({ width: 380, height: 800 });
  try {
    await look();
  } finally {
    if (before !== null) await page.setViewportSize(before);
  }
}

/** By how many pixels the page is wider than its window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}

/** The rules of axe that colours decide, of those that it applies by default: a theme can break no other. */
const COLOR_RULES = ["color-contrast", "link-in-text-block"];

/** What axe finds wrong with the page as it is, by all its rules or by those of colour: the rule, where, and why. */
export async function barriers(page: Page, rules: "all" | "color" = "all"): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  return await page.evaluate(
    async (names) => {
      const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(document, {
        resultTypes: ["violations"],
        ...(names === undefined ? {} : { runOnly: { type: "rule", values: names } }),
      });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary ?? ""}`),
      );
    },
    rules === "color" ? COLOR_RULES : undefined,
  );
}

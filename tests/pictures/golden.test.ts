import { beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { CHROMIUM, launchChromium } from "../helpers/page-browser.ts";
import { GOLDEN, goldenPath, withGolden } from "./golden.ts";

/**
 * The pictures are compared small: fonts and their edges differ from machine to machine, what stands where and in which
 * colour doesn't. `npm run pictures -- golden` takes them anew.
 */
const CELLS = { across: 48, down: 30 };

/** How far a cell's colour may be off, of 255, and how many cells may be farther off. */
const MOST_DIFFERENCE = 28;
const MOST_CELLS_OFF = 0.03;

const suite = CHROMIUM === null ? "the page's looks (chromium is not installed)" : "the page's looks";

describe.skipIf(CHROMIUM === null)(suite, () => {
  /** How far the page is from each picture: for each that was taken now, the share of cells that are off each golden one. */
  let off: readonly (readonly number[])[] = [];

  beforeAll(async () => {
    const browser = await launchChromium();
    try {
      const taken: string[] = [];
      await withGolden(browser, async (take) => {
        for (const name of GOLDEN) taken.push(`data:image/png;base64,${(await take(name)).toString("base64")}`);
      });
      const goldens = GOLDEN.map(async (name) => Buffer.from(await Bun.file(goldenPath(name)).bytes()));
      const kept = (await Promise.all(goldens)).map((bytes) => `data:image/webp;base64,${bytes.toString("base64")}`);
      off = await cellsOff(browser, taken, kept);
    } finally {
      await browser.close();
    }
  });

  test.each([...GOLDEN.keys()])("picture %i of the list is as it was", (at) => {
    expect({ name: GOLDEN[at], off: off[at]?.[at] }).toEqual({ name: GOLDEN[at], off: expect.any(Number) });
    expect(off[at]?.[at]).toBeLessThanOrEqual(MOST_CELLS_OFF);
  });

  test("the comparison tells the pictures apart", () => {
    for (const [at, shares] of off.entries()) {
      for (const [other, share] of shares.entries()) {
        if (at !== other) expect(share).toBeGreaterThan(2 * MOST_CELLS_OFF);
      }
    }
  });
});

/** For each of the pictures and each of the others the share of cells whose mean colour differs by more than is allowed. */
async function cellsOff(browser: Browser, taken: readonly string[], kept: readonly string[]): Promise<number[][]> {
  const page = await browser.newPage();
  return await page.evaluate(
    async ([pictures, others, { across, down }, most]) => {
      const cellsOf = async (source: string): Promise<Uint8ClampedArray> => {
        const image = new Image();
        image.src = source;
        await image.decode();
        const canvas = document.createElement("canvas");
        canvas.width = across;
        canvas.height = down;
        const context = canvas.getContext("2d") as CanvasRenderingContext2D;
        context.imageSmoothingQuality = "high";
        context.drawImage(image, 0, 0, across, down);
        return context.getImageData(0, 0, across, down).data;
      };
      const share = (one: Uint8ClampedArray, other: Uint8ClampedArray): number => {
        let cells = 0;
        for (let at = 0; at < one.length; at += 4) {
          const isOff = [0, 1, 2].some(
            (channel) => Math.abs((one[at + channel] as number) - (other[at + channel] as number)) > most,
          );
          if (isOff) cells += 1;
        }
        return cells / (across * down);
      };
      const [ones, twos] = await Promise.all([Promise.all(pictures.map(cellsOf)), Promise.all(others.map(cellsOf))]);
      return ones.map((one) => twos.map((other) => share(one, other)));
    },
    [[...taken], [...kept], CELLS, MOST_DIFFERENCE] as const,
  );
}

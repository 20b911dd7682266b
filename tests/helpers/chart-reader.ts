import type { Locator, Page } from "playwright-core";
import { untilSo } from "./page-browser.ts";

/** What the price scale takes at the right of the candles, at most, in CSS pixels. */
const SCALE_WIDTH = 90;

/** The page's chart, as somebody reads it who points at it. */
export class ChartReader {
  readonly #page: Page;
  readonly #legend: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#legend = page.locator(".legend");
  }

  /** Waits for a series, such as "BTCUSDT:1m". */
  async shows(series: string): Promise<void> {
    await this.#page.locator(`.legend[data-series="${series}"][data-phase="ready"]`).waitFor();
  }

  /** The open time of the candle under the pointer, which is moved so far across: 0 is the left edge, 1 the price scale. */
  async candleAt(across: number): Promise<number> {
    const { x, y, width, height } = await this.#box();
    const at = x + 2 + across * (width - SCALE_WIDTH);
    await this.#page.mouse.move(at + 1, y + height / 2);
    await this.#page.mouse.move(at, y + height / 2);
    await this.#drawn();
    return await this.pointedAt();
  }

  /** The open time that the legend tells. */
  async pointedAt(): Promise<number> {
    const text = (await this.#legend.locator(".legend-time dd").textContent()) ?? "";
    const [day, time] = text.split(" ");
    const openTime = Date.parse(`${day}T${time}Z`);
    if (Number.isNaN(openTime)) throw new Error(`the legend tells "${text}", which is no time`);
    return openTime;
  }

  /** Scrolls back in time, by so many CSS pixels. */
  async scrollBack(pixels: number): Promise<void> {
    await this.#page.mouse.move(...(await this.#middle()));
    await this.#page.mouse.wheel(-pixels, 0);
    await this.#drawn();
  }

  /** Zooms out until more than so many milliseconds are in sight. */
  async zoomOut(span: number): Promise<void> {
    while ((await this.candleAt(0.95)) - (await this.candleAt(0.05)) < span) {
      await this.#page.mouse.move(...(await this.#middle()));
      await this.#page.mouse.wheel(0, 100);
      await this.#drawn();
    }
  }

  /** The rows of the file that the chart saves of what it has drawn; without the head, and with the open time in milliseconds. */
  async figures(): Promise<string[][]> {
    const [download] = await Promise.all([this.#page.waitForEvent("download"), this.#page.keyboard.press("d")]);
    const text = await Bun.file(await download.path()).text();
    return text
      .trim()
      .split("\r\n")
      .slice(1)
      .map((row) => row.split(","))
      .map(([time = "", ...rest]) => [String(Date.parse(time)), ...rest]);
  }

  /** Waits until what is drawn begins with the candle that opens then. */
  beginsWith(openTime: number): Promise<void> {
    return untilSo(async () => Number((await this.figures())[0]?.[0]) === openTime);
  }

  async #middle(): Promise<[x: number, y: number]> {
    const { x, y, width, height } = await this.#box();
    return [x + width / 2, y + height / 2];
  }

  async #box(): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await this.#page.locator(".canvas").boundingBox();
    if (box === null) throw new Error("there is no chart in sight");
    return box;
  }

  /** What was asked for is drawn with the next frame, and told by the one after. */
  #drawn(): Promise<void> {
    return this.#page.evaluate(
      () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
    );
  }
}

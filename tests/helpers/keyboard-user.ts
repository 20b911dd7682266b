import type { Locator, Page } from "playwright-core";
import { untilSo } from "./page-browser.ts";

/** So many stops of Tab are enough for any screen. */
const MOST_STOPS = 150;

/** Somebody who uses the page by its keys alone, and has to see where they are. */
export class KeyboardUser {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Presses keys, one after the other. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
  }

  /** Goes on by Tab, or back, until the focus is there; fails where nothing shows it. */
  async tabTo(target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
    await target.first().waitFor();
    const stops: string[] = [];
    while (!(await this.isAt(target))) {
      if (stops.length === MOST_STOPS) throw new Error(`Tab doesn't lead to ${target}, but to: ${stops.join("; ")}`);
      await this.#page.keyboard.press(key);
      stops.push(await this.place());
    }
    await this.sees();
  }

  /** Goes there by Tab and presses Enter. */
  async enter(target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
    await this.tabTo(target, key);
    await this.#page.keyboard.press("Enter");
  }

  /** Types over what a field has. */
  async type(target: Locator, text: string): Promise<void> {
    await this.tabTo(target);
    await this.#page.keyboard.press("Control+a");
    await this.#page.keyboard.type(text);
  }

  /** Goes down in an open menu, or a toolbar, to an entry, and chooses it. */
  async choose(entry: Locator): Promise<void> {
    await entry.waitFor();
    for (let i = 0; !(await this.isAt(entry)); i++) {
      if (i === MOST_STOPS) throw new Error(`arrows don't lead to ${entry}, but to ${await this.place()}`);
      await this.#page.keyboard.press("ArrowDown");
    }
    await this.sees();
    await this.#page.keyboard.press("Enter");
  }

  /** Waits until the focus is there, without a key, and is seen: where a dialog opens or closes. */
  async landsOn(target: Locator): Promise<void> {
    try {
      await untilSo(() => this.isAt(target));
    } catch {
      throw new Error(`the focus isn't on ${target}, but on ${await this.place()}`);
    }
    await this.sees();
  }

  async isAt(target: Locator): Promise<boolean> {
    return (await this.#page.locator(":focus").and(target).count()) > 0;
  }

  /** What has the focus, in words. */
  place(): Promise<string> {
    return this.#page.evaluate(() => {
      const one = document.activeElement;
      return `${one?.localName}.${one?.className}: ${(one?.ariaLabel ?? one?.textContent ?? "").slice(0, 40)}`;
    });
  }

  /** Fails unless the focus is in sight and has a frame. */
  async sees(): Promise<void> {
    const fault = await this.#page.evaluate(() => {
      const one = document.activeElement;
      if (one === null || one === document.body) return "nothing has the focus";
      if (!one.matches(":focus-visible")) return "it isn't shown as the focus";
      const isFramed = [null, "::after"].some((part) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one, part);
        return (outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
      });
      if (!isFramed) return "it has no frame";
      const { top, bottom, left, right } = one.getBoundingClientRect();
      const isInSight = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
      return isInSight ? "" : "it is out of sight";
    });
    if (fault !== "") throw new Error(`focus on ${await this.place()}: ${fault}`);
  }
}

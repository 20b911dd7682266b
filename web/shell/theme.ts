import { effect, type Signal, signal } from "@preact/signals";
import { keepText, type PageStorage } from "./storage.ts";
import { KEPT_AS } from "./theme-name.ts";

/** `auto` follows the system. */
export type Theme = "auto" | "dark" | "light";

/** In the order in which the switch goes round. */
export const THEMES: readonly Theme[] = ["auto", "dark", "light"];

/** The chosen theme, kept in this browser; the style sheet reads it from the document's root. */
export class ThemeChoice {
  readonly theme: Signal<Theme>;
  /** Moves whenever colours may have changed: by choice, or by the system. */
  readonly changes: Signal<number> = signal(0);

  constructor(storage: PageStorage) {
    this.theme = signal(THEMES.find((theme) => theme === storage.getItem(KEPT_AS)) ?? "auto");
    effect(() => {
      const theme = this.theme.value;
      if (theme === "auto") document.documentElement.removeAttribute("data-theme");
      else document.documentElement.setAttribute("data-theme", theme);
      keepText(storage, KEPT_AS, theme);
      this.#changed();
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#changed());
  }

  choose(theme: Theme): void {
    this.theme.value = theme;
  }

  /** The one after the chosen one. */
  next(): void {
    const at = THEMES.indexOf(this.theme.peek());
    this.theme.value = THEMES[(at + 1) % THEMES.length] ?? "auto";
  }

  #changed(): void {
    this.changes.value = this.changes.peek() + 1;
  }
}

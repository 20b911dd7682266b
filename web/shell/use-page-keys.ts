import { chartHash } from "../chart/chart-route.ts";
import { copyLink } from "./copy-link.ts";
import type { Page } from "./page.ts";
import { routeHash } from "./route.ts";
import { SCREENS } from "./screens.ts";
import { useShortcuts } from "./shortcuts.ts";
import { THEMES } from "./theme.ts";

/** The keys and actions that work everywhere. Screens have numbers, in the order of the navigation. */
export function usePageKeys(page: Page): void {
  const open = (name: string): void => {
    const chart = page.market.chosen.peek();
    page.router.go(name === "chart" && chart !== undefined ? chartHash(chart) : routeHash(name));
  };
  useShortcuts(page, {
    name: "Everywhere",
    shortcuts: [
      ...SCREENS.map(({ name, title }, at) => ({
        keys: [String(at + 1)],
        says: title,
        isKeyOnly: true,
        run: () => open(name),
      })),
      {
        keys: ["k"],
        isWithControl: true,
        isKeyOnly: true,
        says: "go to a symbol, screen, trader or action",
        run: () => {
          page.isPaletteOpen.value = true;
        },
      },
      { keys: ["t"], says: "theme: system, dark, light", isKeyOnly: true, run: () => page.theme.next() },
      ...THEMES.map((theme) => ({
        keys: [],
        says: theme === "auto" ? "theme: as the system" : `theme: ${theme}`,
        run: () => page.theme.choose(theme),
      })),
      { keys: [], says: "new trader", run: () => page.router.go(routeHash("traders", ["new"])) },
      { keys: [], says: "copy the link to this page", run: () => void copyLink(page.router) },
      { keys: [], says: "open the API's documentation", run: () => location.assign("/docs") },
      {
        keys: ["?"],
        says: "show this list",
        run: () => {
          page.isHelpOpen.value = true;
        },
      },
    ],
  });
}

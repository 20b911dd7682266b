import { chartHash } from "../chart/chart-route.ts";
import type { Page } from "./page.ts";
import { routeHash } from "./route.ts";
import { SCREENS } from "./screens.ts";
import { useShortcuts } from "./shortcuts.ts";

/** The keys that work everywhere. Screens have numbers, in the order of the navigation. */
export function usePageKeys(page: Page): void {
  const open = (name: string): void => {
    const chart = page.market.chosen.peek();
    page.router.go(name === "chart" && chart !== undefined ? chartHash(chart) : routeHash(name));
  };
  useShortcuts(page, {
    name: "Everywhere",
    shortcuts: [
      ...SCREENS.map(({ name, title }, at) => ({ keys: [String(at + 1)], says: title, run: () => open(name) })),
      { keys: ["t"], says: "theme: system, dark, light", run: () => page.theme.next() },
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

import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { actionProps } from "../access/action-props.ts";
import { chartHash } from "../chart/chart-route.ts";
import type { Page } from "./page.ts";
import { routeHash } from "./route.ts";
import { SCREENS } from "./screens.ts";

/** The way to each screen. A screen that needs a scope which the key lacks is dimmed, and says why when it is opened. The chart's leads to the series that was looked at last. */
export function Navigation({ page }: { page: Page }): JSX.Element {
  const here = useComputed(() => page.router.route.value.screen).value;
  const chart = page.market.chosen.value;
  return (
    <nav class="navigation" aria-label="Screens">
      {SCREENS.map(({ name, title, icon, scope }) => (
        <a
          key={name}
          href={name === "chart" && chart !== undefined ? chartHash(chart) : routeHash(name)}
          aria-current={name === here ? "page" : undefined}
          {...actionProps(scope === undefined ? undefined : page.permissions.lack(scope))}
        >
          <svg class="nav-icon" viewBox="0 0 16 16" width="20" height="20" aria-hidden="true">
            <path d={icon} fill="none" stroke="currentColor" stroke-width="1.3" stroke-linejoin="round" />
          </svg>
          {title}
        </a>
      ))}
    </nav>
  );
}

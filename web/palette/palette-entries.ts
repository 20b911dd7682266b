import type { Interval } from "../../src/core/mod.ts";
import { chartHash } from "../chart/chart-route.ts";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { SCREENS } from "../shell/screens.ts";
import type { PaletteEntry } from "./ranking.ts";
import { symbolEntries } from "./symbol-entries.ts";

/** What the palette offers before anything is typed comes first. Symbols open with `interval`, if one was typed. */
export function paletteEntries(page: Page, interval: Interval | undefined): PaletteEntry[] {
  const symbols = chartEntries(page, interval);
  const starred = page.watchlists.symbols.value;
  return [
    ...screenEntries(page),
    ...symbols.filter(({ title }) => starred.has(title)),
    ...traderEntries(page),
    ...actionEntries(page),
    ...listEntries(page),
    ...intervalEntries(page),
    ...symbols.filter(({ title }) => !starred.has(title)),
  ];
}

function screenEntries(page: Page): PaletteEntry[] {
  const { router, market } = page;
  const screens = SCREENS.map(
    ({ name, title }, at): PaletteEntry => ({
      kind: "Screen",
      title,
      keys: [String(at + 1)],
      run: () => {
        const chart = market.chosen.peek();
        router.go(name === "chart" && chart !== undefined ? chartHash(chart) : routeHash(name));
      },
    }),
  );
  return [...screens, ...innerScreens(page)];
}

/** Screens that another one leads to. */
function innerScreens({ router, runsTraders, isListEditorOpen }: Page): PaletteEntry[] {
  const to = (title: string, detail: string, parts: readonly [string, string]): PaletteEntry => ({
    kind: "Screen",
    title,
    detail,
    run: () => router.go(routeHash(parts[0], [parts[1]])),
  });
  return [
    // Only a server that runs the traders itself sends messages.
    ...(runsTraders
      ? [
          to("Price alerts", "Signals", ["signals", "alerts"]),
          to("Messages", "webhook, Telegram, Discord, ntfy, e-mail", ["traders", "messages"]),
        ]
      : []),
    to("Import and export traders", "Traders", ["traders", "file"]),
    {
      kind: "Screen",
      title: "Edit lists",
      detail: "watchlists, import and export",
      run: () => {
        router.go(routeHash("markets"));
        isListEditorOpen.value = true;
      },
    },
  ];
}

function chartEntries({ market, router }: Page, interval: Interval | undefined): PaletteEntry[] {
  const opened = interval ?? market.chosen.value?.interval ?? market.intervals.value[0] ?? "1m";
  const entries = symbolEntries(market, (symbol) => router.go(chartHash({ symbol, interval: opened })));
  return entries.map((entry) => ({ ...entry, detail: [entry.detail, interval].filter(Boolean).join(" · ") }));
}

function traderEntries({ traders, router }: Page): PaletteEntry[] {
  return traders.traders.value.map(({ id, name }) => ({
    kind: "Trader",
    title: name,
    run: () => router.go(routeHash("traders", [id])),
  }));
}

/** Everything that has a key or is registered without one ({@link Shortcut}). */
function actionEntries({ shortcuts }: Page): PaletteEntry[] {
  return shortcuts.groups.value.flatMap(({ name, shortcuts: all }) =>
    all.flatMap(({ says, keys, isWithControl = false, isKeyOnly = false, run }): PaletteEntry[] => {
      if (run === undefined || isKeyOnly) return [];
      const title = `${says.charAt(0).toUpperCase()}${says.slice(1)}`;
      const detail = name === "Everywhere" ? "" : name;
      const shown = keys.slice(0, 1);
      return [{ kind: "Action", title, detail, keys: isWithControl ? ["Ctrl", ...shown] : shown, run }];
    }),
  );
}

function listEntries({ watchlists, market, router }: Page): PaletteEntry[] {
  return watchlists.lists.value.map(({ name, symbols }) => ({
    kind: "List",
    title: name,
    detail: `${symbols.length} symbols`,
    run: () => {
      watchlists.choose(name);
      market.rows.onlyListed.value = true;
      router.go(routeHash("markets"));
    },
  }));
}

function intervalEntries({ market, router }: Page): PaletteEntry[] {
  const chosen = market.chosen.value;
  if (chosen === undefined) return [];
  return market.intervals.value.map((interval) => ({
    kind: "Interval",
    title: interval,
    detail: chosen.symbol,
    run: () => router.go(chartHash({ symbol: chosen.symbol, interval })),
  }));
}

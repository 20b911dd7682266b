import { INTERVALS, type Interval } from "../../src/core/mod.ts";
import type { Screen } from "./screen.ts";

const BLANK = { market: undefined, isAll: true, code: undefined } as const;

/** Screens to begin with. */
export const PRESETS: readonly Screen[] = [
  {
    ...BLANK,
    name: "Gainers with rising volume",
    interval: "1h",
    conditions: [
      { column: "change4h", operator: "above", operand: 1 },
      { column: "relativeVolume", operator: "above", operand: 1.2 },
    ],
    columns: ["change5m", "change1h", "change4h", "change1d", "relativeVolume", "rsi14", "volume24h"],
    order: { column: "change4h", descending: true },
  },
  {
    ...BLANK,
    name: "Oversold",
    interval: "1h",
    conditions: [{ column: "rsi14", operator: "below", operand: 30 }],
    columns: ["change1h", "change1d", "rsi14", "toLow20", "emaDistance200", "volume24h"],
    order: { column: "rsi14", descending: false },
  },
  {
    ...BLANK,
    name: "New 20-day highs",
    interval: "1d",
    conditions: [{ column: "newHigh20d", operator: "is" }],
    columns: ["change24h", "change7d", "relativeDayVolume", "emaDistance50", "rsi14", "volume24h"],
    order: { column: "change24h", descending: true },
  },
  {
    ...BLANK,
    name: "Volume spikes",
    interval: "5m",
    conditions: [{ column: "relativeVolume", operator: "above", operand: 3 }],
    columns: ["change5m", "change1h", "relativeVolume", "rangePosition20", "atrPercent", "volume24h"],
    order: { column: "relativeVolume", descending: true },
  },
];

/** A screen as a user keeps it: one that bears the name of a preset gets a name of its own, so that both can be told apart in the list. */
export function ownScreen(screen: Screen): Screen {
  return PRESETS.some(({ name }) => name === screen.name) ? { ...screen, name: `${screen.name} (mine)` } : screen;
}

/** A screen for a server with these intervals: where its own isn't served, with the next longer one, or else the longest. */
export function servedScreen(screen: Screen, served: readonly Interval[]): Screen {
  const longer = INTERVALS.slice(INTERVALS.indexOf(screen.interval)).find((one) => served.includes(one));
  return { ...screen, interval: longer ?? served.at(-1) ?? screen.interval };
}

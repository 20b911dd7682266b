import { linePriceAt } from "../../src/alerts/mod.ts";
import type { UnixMs } from "../../src/core/mod.ts";
import type { AlertCondition } from "../../src/wire/mod.ts";

/** The price that an alert waits for at a moment; undefined of one that waits for no price, and where its line isn't. */
export function levelAt(condition: AlertCondition, at: UnixMs): number | undefined {
  if (condition.kind === "level") return condition.level;
  return condition.kind === "line" ? linePriceAt(condition, at) : undefined;
}

/** How far a price has to go to an alert's level, in percent; undefined where there is none. */
export function distanceOf(condition: AlertCondition, price: number | undefined, at: UnixMs): number | undefined {
  const level = levelAt(condition, at);
  return level === undefined || price === undefined || price === 0 ? undefined : (level / price - 1) * 100;
}

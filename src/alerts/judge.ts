import type { Kline, UnixMs } from "../core/mod.ts";
import type { AlertCondition } from "../wire/mod.ts";
import { type Crossed, crossing, sideOf } from "./crossing.ts";
import { linePriceAt } from "./line.ts";
import type { MinuteFigures } from "./minute-figures.ts";
import type { PriceStep } from "./price-steps.ts";
import type { AlertSide, Firing } from "./watched-alert.ts";

/** A move of 10 % may be computed as a little less, in percent. */
const ROUNDING = 1e-9;

/** What a step came to for an alert: the side after it, and what met the condition, where something did. */
export interface Judgement {
  readonly side: AlertSide | null;
  readonly met: Pick<Firing, "direction" | "reference" | "value"> | undefined;
}

/** Of a move or a volume that isn't met, and of one that was met before: shared, because most of thousands come to these with each price. */
const UNMET: Judgement = { side: "armed", met: undefined };
const STILL_MET: Judgement = { side: null, met: undefined };

/** A step, the candle that it is of, and what the minutes before say. */
export interface Situation {
  readonly step: PriceStep;
  readonly candle: Pick<Kline, "low" | "high" | "volume">;
  readonly figures: MinuteFigures;
}

/** Judges a condition. Undefined where it can't be judged now: nothing changes. */
export function judge(condition: AlertCondition, side: AlertSide | null, now: Situation): Judgement | undefined {
  switch (condition.kind) {
    case "level": {
      const { level, direction } = condition;
      return crossed(direction, side, now.step, { least: level, most: level, last: level });
    }
    case "line":
      return line(condition, side, now.step);
    case "move":
      return move(condition, side, now);
    case "volume":
      return volume(condition, side, now);
  }
}

type Of<Kind extends AlertCondition["kind"]> = Extract<AlertCondition, { kind: Kind }>;

function crossed(
  direction: Of<"level">["direction"],
  side: AlertSide | null,
  step: PriceStep,
  level: Crossed,
): Judgement {
  const way = crossing(direction, side === "armed" ? null : side, step, level);
  const after = sideOf(step.price, level.last);
  if (way === undefined) return { side: after, met: undefined };
  const value = way === "up" ? step.high : step.low;
  return { side: after, met: { direction: way, reference: level.last, value } };
}

function line(condition: Of<"line">, side: AlertSide | null, step: PriceStep): Judgement | undefined {
  const last = linePriceAt(condition, step.at);
  if (last === undefined) return undefined;
  const first = step.since === undefined ? undefined : linePriceAt(condition, step.since);
  // A price of before the line began crosses nothing.
  if (first === undefined) return { side: sideOf(step.price, last), met: undefined };
  const level = { least: Math.min(first, last), most: Math.max(first, last), last };
  return crossed(condition.direction, side, step, level);
}

function move(
  { direction, percent, minutes }: Of<"move">,
  side: AlertSide | null,
  { step, candle, figures }: Situation,
): Judgement | undefined {
  const closed = figures.extremes(step.openTime, minutes);
  if (closed === undefined) return undefined;
  const [low, high] = [Math.min(closed.low, candle.low), Math.max(closed.high, candle.high)];
  // From a price of 0 no percent leads anywhere.
  const up = direction === "down" || low <= 0 ? 0 : ((step.price - low) / low) * 100;
  const down = direction === "up" || high <= 0 ? 0 : ((step.price - high) / high) * 100;
  if (Math.max(up, -down) < percent - ROUNDING) return UNMET;
  if (side !== "armed") return STILL_MET;
  const met: Judgement["met"] =
    up >= -down ? { direction: "up", reference: low, value: up } : { direction: "down", reference: high, value: down };
  return { side: null, met };
}

function volume(
  { minutes, times }: Of<"volume">,
  side: AlertSide | null,
  { step, candle, figures }: Situation,
): Judgement | undefined {
  const known = figures.volumes(step.openTime, minutes);
  if (known === undefined || known.average <= 0) return undefined;
  const value = known.closed + candle.volume;
  if (value < times * known.average) return UNMET;
  if (side !== "armed") return STILL_MET;
  return { side: null, met: { direction: null, reference: known.average, value } };
}

/** Whether an alert that fired at `lastFiredAt` may fire again at `at`. */
export function mayFireAgain(again: number | null, lastFiredAt: UnixMs | null, at: UnixMs): boolean {
  return again === null || lastFiredAt === null || at >= lastFiredAt + again * 60_000;
}

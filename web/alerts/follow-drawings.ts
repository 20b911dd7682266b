import type { AlertCondition, PriceAlert } from "../../src/wire/mod.ts";
import type { ChartDrawing } from "../drawings/drawing.ts";
import { lineOf } from "./alert-draft.ts";

/** An alert whose line was moved, and its condition from now on. */
export interface FollowedAlert {
  readonly id: string;
  readonly condition: AlertCondition;
}

/** The active alerts that were made for drawings which have moved since: those that are exactly where a drawing was. */
export function followedAlerts(
  alerts: readonly PriceAlert[],
  before: readonly ChartDrawing[],
  after: readonly ChartDrawing[],
  decimals: number,
): readonly FollowedAlert[] {
  return after.flatMap((moved) => {
    const former = before.find(({ id }) => id === moved.id);
    if (former === undefined || JSON.stringify(former.anchors) === JSON.stringify(moved.anchors)) return [];
    return alerts.flatMap(({ id, state, condition }) => {
      const isItsAlert = state === "active" && isSame(condition, along(condition, former, decimals));
      const next = isItsAlert ? along(condition, moved, decimals) : undefined;
      return next === undefined ? [] : [{ id, condition: next }];
    });
  });
}

/** The condition where a drawing is; undefined where the drawing is no line of its kind. */
function along(
  condition: AlertCondition,
  { kind, anchors }: ChartDrawing,
  decimals: number,
): AlertCondition | undefined {
  const [first] = anchors;
  if (condition.kind === "level" && kind === "price-line" && first !== undefined)
    return { ...condition, level: Number(first.price.toFixed(decimals)) };
  const line = condition.kind === "line" && kind === "trend-line" ? lineOf(anchors) : undefined;
  return line === undefined ? undefined : ({ ...condition, ...line } as AlertCondition);
}

function isSame(a: AlertCondition, b: AlertCondition | undefined): boolean {
  if (a.kind === "level" && b?.kind === "level") return a.level === b.level;
  if (a.kind !== "line" || b?.kind !== "line") return false;
  return [a.from, a.to].every((point, at) => {
    const other = [b.from, b.to][at];
    return point.time === other?.time && point.price === other.price;
  });
}

import { expect, test } from "bun:test";
import type { UnixMs } from "../../src/core/mod.ts";
import type { AlertCondition, PriceAlert } from "../../src/wire/mod.ts";
import type { Anchor, ChartDrawing, DrawingKind } from "../drawings/drawing.ts";
import { followedAlerts } from "./follow-drawings.ts";

const at = (time: number, price: number): { readonly time: UnixMs; readonly price: number } => ({
  time: time as UnixMs,
  price,
});
const drawing = (id: string, kind: DrawingKind, ...anchors: Anchor[]): ChartDrawing => ({
  ...{ id, kind, color: "blue", anchors },
});
const alert = (id: string, condition: AlertCondition, state: PriceAlert["state"] = "active"): PriceAlert =>
  ({ id, condition, state }) as PriceAlert;
const level = (price: number): AlertCondition => ({ kind: "level", direction: "up", level: price });
const line: AlertCondition = { kind: "line", direction: "down", extended: false, from: at(1, 10), to: at(5, 20) };

test("an alert goes where its line was moved to, and keeps the rest of its condition", () => {
  // A line may have been drawn from its later end.
  const before = [drawing("a", "trend-line", at(5, 20), at(1, 10)), drawing("b", "price-line", at(1, 99.996))];
  const after = [drawing("a", "trend-line", at(6, 21), at(2, 11)), drawing("b", "price-line", at(1, 88))];
  const alerts = [alert("line", line), alert("level", level(100)), alert("other", level(50))];
  expect(followedAlerts(alerts, before, after, 2)).toEqual([
    { id: "line", condition: { ...line, from: at(2, 11), to: at(6, 21) } },
    { id: "level", condition: { kind: "level", direction: "up", level: 88 } },
  ]);
});

test("an alert stays where another drawing moves, its drawing goes, or it has fired", () => {
  const [own, near] = [drawing("a", "price-line", at(1, 100)), drawing("b", "price-line", at(1, 101))];
  const moved = drawing("b", "price-line", at(1, 120));
  expect(followedAlerts([alert("level", level(100))], [own, near], [own, moved], 2)).toEqual([]);
  expect(followedAlerts([alert("level", level(100))], [own], [], 2)).toEqual([]);
  expect(followedAlerts([alert("level", level(101), "fired")], [near], [moved], 2)).toEqual([]);
});

import { expect, test } from "bun:test";
import { flatPlane } from "../../tests/helpers/flat-plane.ts";
import type { Anchor, ChartDrawing, DrawingKind } from "./drawing.ts";
import { hitOf, isInSight, shapeOf } from "./shapes.ts";

const MINUTE = 60_000;
/** A candle is ten pixels wide and a price a pixel high: minute 3 at 40 is at (35, 60). */
const PLANE = flatPlane();

function drawing(kind: DrawingKind, ...points: readonly (readonly [minute: number, price: number])[]): ChartDrawing {
  const anchors: Anchor[] = points.map(([minute, price]) => ({ time: minute * MINUTE, price }));
  return { id: "d", kind, color: "blue", anchors };
}

function shape(...of: Parameters<typeof drawing>) {
  const made = shapeOf(drawing(...of), PLANE);
  if (made === undefined) throw new Error("the plane has places for everything");
  return made;
}

test("a horizontal line goes through the whole pane", () => {
  const { lines } = shape("price-line", [3, 40]);
  expect(lines).toEqual([{ from: { x: 0, y: 60 }, to: { x: 200, y: 60 } }]);
});

test("a trend line goes from anchor to anchor, also between candles and beyond the last one", () => {
  const { lines } = shape("trend-line", [3.5, 40], [30, 90]);
  expect(lines).toEqual([{ from: { x: 40, y: 60 }, to: { x: 305, y: 10 } }]);
});

test("a rectangle has four edges, whichever corners are its anchors", () => {
  const { lines, fill } = shape("rectangle", [8, 20], [3, 40]);
  expect(lines.map(({ from }) => [from.x, from.y])).toEqual([
    [85, 80],
    [35, 80],
    [35, 60],
    [85, 60],
  ]);
  expect(fill).toEqual([
    { x: 85, y: 80 },
    { x: 35, y: 60 },
  ]);
});

test("a retracement has seven levels, from the end of the move back to its beginning", () => {
  const steep = flatPlane({ yOf: (price) => 1_000 - 10 * price });
  const { lines = [] } = shapeOf(drawing("fibonacci", [3, 20], [8, 70]), steep) ?? {};
  const levels = lines.flatMap(({ label, from }) => (label === undefined ? [] : [[label.level, label.price, from.y]]));
  expect(levels).toEqual([
    ["0%", 70, 300],
    ["23.6%", 58.2, expect.closeTo(418)],
    ["38.2%", 50.9, expect.closeTo(491)],
    ["50%", 45, 550],
    ["61.8%", expect.closeTo(39.1), expect.closeTo(609)],
    ["78.6%", expect.closeTo(30.7), expect.closeTo(693)],
    ["100%", 20, 800],
  ]);
  expect(lines.at(-1)).toEqual({ from: { x: 35, y: 800 }, to: { x: 85, y: 300 }, isDashed: true });
});

test("of levels that are nearer than their words are high, some go without words", () => {
  const { lines } = shape("fibonacci", [3, 20], [8, 70]);
  expect(lines.map(({ from, label }) => [Math.round(from.y), label?.level])).toEqual([
    [30, "0%"],
    [42, undefined],
    [49, "38.2%"],
    [55, undefined],
    [61, undefined],
    [69, "78.6%"],
    [80, undefined],
    [80, undefined],
  ]);
});

test("a point hits a handle before a line, a line before the fill, and nothing farther off", () => {
  const box = shape("rectangle", [3, 40], [13, 20]);
  expect(hitOf(box, { x: 37, y: 61 }, 6)).toEqual({ part: "handle", anchor: 0 });
  expect(hitOf(box, { x: 133, y: 79 }, 6)).toEqual({ part: "handle", anchor: 1 });
  expect(hitOf(box, { x: 80, y: 64 }, 6)).toEqual({ part: "line" });
  expect(hitOf(box, { x: 80, y: 70 }, 6)).toEqual({ part: "fill" });
  expect(hitOf(box, { x: 80, y: 90 }, 6)).toBeUndefined();
});

test("a sloping line is hit beside its middle, not beside its box", () => {
  const line = shape("trend-line", [0, 0], [10, 100]);
  expect(hitOf(line, { x: 58, y: 50 }, 6)).toEqual({ part: "line" });
  expect(hitOf(line, { x: 10, y: 10 }, 6)).toBeUndefined();
  expect(hitOf(line, { x: 110, y: -12 }, 6)).toBeUndefined();
});

test("a horizontal line is hit anywhere along it, as a whole", () => {
  expect(hitOf(shape("price-line", [3, 40]), { x: 35, y: 62 }, 6)).toEqual({ part: "line" });
});

test("what lies beside the pane on one side isn't in sight, what crosses it is", () => {
  expect(isInSight(shape("trend-line", [30, 40], [40, 50]), PLANE.box)).toBe(false);
  expect(isInSight(shape("trend-line", [3, 140], [8, 150]), PLANE.box)).toBe(false);
  expect(isInSight(shape("trend-line", [-30, 40], [40, 50]), PLANE.box)).toBe(true);
  expect(isInSight(shape("price-line", [-500, 40]), PLANE.box)).toBe(true);
  expect(isInSight(shape("price-line", [3, 101]), PLANE.box)).toBe(false);
});

test("without candles there is no shape", () => {
  expect(shapeOf(drawing("trend-line", [3, 40], [8, 50]), { ...PLANE, placeOf: () => undefined })).toBeUndefined();
});

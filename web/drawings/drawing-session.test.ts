import { beforeEach, describe, expect, test } from "bun:test";
import { signal } from "@preact/signals";
import { flatPlane } from "../../tests/helpers/flat-plane.ts";
import { pageStorage } from "../shell/storage.ts";
import type { ChartDrawing, DrawingColor } from "./drawing.ts";
import { DrawingBook } from "./drawing-book.ts";
import { DrawingSession } from "./drawing-session.ts";

const MINUTE = 60_000;
/** A candle is ten pixels wide and a price a pixel high: minute 3 at 40 is at (35, 60). */
const at = (minute: number, price: number) => ({ x: minute * 10 + 5, y: 100 - price });

let symbol = signal<string | undefined>("BTCUSDT");
let faults: string[] = [];
let session = newSession();

beforeEach(() => {
  symbol = signal<string | undefined>("BTCUSDT");
  faults = [];
  session = newSession();
});

function newSession(): DrawingSession {
  let ids = 0;
  return new DrawingSession({
    plane: flatPlane(),
    book: new DrawingBook(pageStorage("localStorage")),
    symbol,
    color: signal<DrawingColor>("blue"),
    newId: () => {
      ids += 1;
      return String(ids);
    },
    focusChart: () => {},
    onFault: (text) => faults.push(text),
  });
}

function click(minute: number, price: number): boolean {
  const isTaken = session.press(at(minute, price));
  session.release(at(minute, price));
  return isTaken;
}

function drag(from: readonly [number, number], to: readonly [number, number]): boolean {
  const isTaken = session.press(at(...from));
  session.move(at(...to));
  session.release(at(...to));
  return isTaken;
}

const stored = (): readonly ChartDrawing[] => session.book.of("BTCUSDT").value;
/** Kinds with minutes and prices. */
const pictured = (drawings: readonly ChartDrawing[] = stored()) =>
  drawings.map(({ kind, anchors }) => [kind, ...anchors.map(({ time, price }) => [time / MINUTE, price])]);

describe("placing", () => {
  test("a horizontal line takes one click; then it is selected, and the tool is put away", () => {
    session.choose("price-line");
    expect(click(3, 40)).toBe(true);
    expect(pictured()).toEqual([["price-line", [3, 40]]]);
    expect([session.tool.value, session.selectedId.value]).toEqual([undefined, "1"]);
  });

  test("a trend line takes two clicks, and follows the pointer between them", () => {
    session.choose("trend-line");
    click(3, 40);
    session.move(at(5, 50));
    expect(pictured(session.shown.value)).toEqual([["trend-line", [3, 40], [5, 50]]]);
    expect(pictured()).toEqual([]);
    click(8, 70);
    expect(pictured()).toEqual([["trend-line", [3, 40], [8, 70]]]);
  });

  test("what happens is said, too", () => {
    session.choose("trend-line");
    click(3, 40);
    expect(session.news.value).toBe("Trend line begins at 40.0.");
    click(8, 70);
    expect(session.news.value).toBe("Placed Trend line 40.0 → 70.0.");
    session.undo();
    expect(session.news.value).toBe("Undone.");
    session.redo();
    session.remove(stored());
    session.redo();
    expect(session.news.value).toBe("Removed Trend line 40.0 → 70.0.");
  });

  test("a rectangle may be dragged, too", () => {
    session.choose("rectangle");
    expect(drag([3, 40], [8, 70])).toBe(true);
    expect(pictured()).toEqual([["rectangle", [3, 40], [8, 70]]]);
  });

  test("a hand that trembles while it clicks doesn't drag", () => {
    session.choose("trend-line");
    session.press(at(3, 40));
    session.move({ x: 36, y: 57 });
    session.release({ x: 36, y: 57 });
    expect(pictured()).toEqual([]);
    click(8, 70);
    expect(pictured()).toEqual([["trend-line", [3, 40], [8, 70]]]);
  });

  test("two clicks at one place wait for another place", () => {
    session.choose("trend-line");
    click(3, 40);
    click(3, 40);
    expect(pictured()).toEqual([]);
    click(4, 40);
    expect(pictured()).toEqual([["trend-line", [3, 40], [4, 40]]]);
  });

  test("anchors are at candles and at the symbol's decimals, also where there is no candle yet", () => {
    session.choose("price-line");
    session.press({ x: 438, y: 59.96 });
    session.release({ x: 438, y: 59.96 });
    expect(pictured()).toEqual([["price-line", [43, 40]]]);
  });

  test("the first anchor may be given: a line from here ends with a click, a horizontal line is done", () => {
    session.begin("trend-line", { time: 3 * MINUTE, price: 40 });
    session.move(at(5, 41));
    click(8, 70);
    session.begin("price-line", { time: 3 * MINUTE, price: 12.3 });
    expect(pictured()).toEqual([
      ["trend-line", [3, 40], [8, 70]],
      ["price-line", [3, 12.3]],
    ]);
  });

  test("Escape takes back what was begun, then the selection, and then nothing", () => {
    session.choose("price-line");
    click(3, 40);
    session.choose("trend-line");
    click(3, 60);
    expect(session.cancel()).toBe(true);
    expect([session.tool.value, session.shown.value.length, session.selectedId.value]).toEqual([undefined, 1, "1"]);
    expect(session.cancel()).toBe(true);
    expect(session.selectedId.value).toBeUndefined();
    expect(session.cancel()).toBe(false);
  });

  test("a tool that is chosen again is put away", () => {
    session.choose("fibonacci");
    expect(session.isBusy).toBe(true);
    session.choose("fibonacci");
    expect([session.tool.value, session.isBusy]).toEqual([undefined, false]);
  });

  test("without a symbol nothing is placed, and a book that is full says so", () => {
    for (let price = 0; price < 101; price += 1) session.begin("price-line", { time: 0, price: price + 1 });
    expect(stored()).toHaveLength(100);
    expect(faults).toEqual(["BTCUSDT has 100 drawings. A symbol can have 100: remove one first."]);
    symbol.value = undefined;
    session.begin("price-line", { time: 0, price: 1 });
    expect([stored().length, faults.length]).toEqual([100, 1]);
  });
});

describe("changing", () => {
  beforeEach(() => {
    session.choose("trend-line");
    drag([3, 40], [13, 40]);
    session.cancel();
  });

  test("a click on a drawing selects it, one beside it ends that; neither changes anything", () => {
    expect(click(8, 42)).toBe(true);
    expect(session.selectedId.value).toBe("1");
    expect(click(8, 80)).toBe(false);
    expect(session.selectedId.value).toBeUndefined();
    session.undo();
    expect(pictured()).toEqual([]);
  });

  test("a drag of the line moves the whole by candles, a drag of a handle one end", () => {
    expect(drag([8, 40], [10, 45])).toBe(true);
    expect(pictured()).toEqual([["trend-line", [5, 45], [15, 45]]]);
    drag([15, 45], [12, 20]);
    expect(pictured()).toEqual([["trend-line", [5, 45], [12, 20]]]);
    session.undo();
    session.undo();
    expect(pictured()).toEqual([["trend-line", [3, 40], [13, 40]]]);
    session.redo();
    expect(pictured()).toEqual([["trend-line", [5, 45], [15, 45]]]);
  });

  test("Escape puts back what is being moved", () => {
    session.press(at(8, 40));
    session.move(at(10, 60));
    expect(pictured(session.shown.value)).toEqual([["trend-line", [5, 60], [15, 60]]]);
    session.cancel();
    session.release(at(10, 60));
    expect(pictured(session.shown.value)).toEqual([["trend-line", [3, 40], [13, 40]]]);
  });

  test("a drag beside it is the chart's, and leaves the selection", () => {
    click(8, 40);
    expect(drag([8, 80], [12, 60])).toBe(false);
    expect(session.selectedId.value).toBe("1");
  });

  test("a fill is the chart's until it is selected by a click", () => {
    session.choose("rectangle");
    drag([1, 60], [9, 90]);
    session.cancel();
    expect(drag([5, 75], [6, 76])).toBe(false);
    expect(click(5, 75)).toBe(false);
    expect(session.selected.value?.kind).toBe("rectangle");
    expect(drag([5, 75], [6, 76])).toBe(true);
    expect(pictured()[1]).toEqual(["rectangle", [2, 61], [10, 91]]);
  });

  test("keys move the selected one, and a colour paints it and the next one", () => {
    click(8, 40);
    session.nudge(-2, 5);
    expect(pictured()).toEqual([["trend-line", [1, 35], [11, 35]]]);
    session.paint("red");
    session.choose("price-line");
    click(3, 80);
    expect(stored().map(({ color }) => color)).toEqual(["red", "red"]);
  });

  test("removing it can be undone", () => {
    session.remove(stored());
    expect(pictured()).toEqual([]);
    session.undo();
    expect(pictured()).toEqual([["trend-line", [3, 40], [13, 40]]]);
  });

  test("an anchor between two candles keeps its distance to them", () => {
    session.remove(stored());
    const anchors = [
      { time: 3.5 * MINUTE, price: 40 },
      { time: 9.25 * MINUTE, price: 40 },
    ];
    session.book.change("BTCUSDT", [
      { before: undefined, after: { id: "x", kind: "trend-line", color: "blue", anchors } },
    ]);
    drag([6, 40], [8, 40]);
    expect(pictured()).toEqual([["trend-line", [5.5, 40], [11.25, 40]]]);
  });
});

describe("measuring", () => {
  const candles = (): number | undefined => session.measure.value?.candles;

  test("a press with Shift measures until it ends; the next press takes the figures away", () => {
    expect(session.press(at(3, 40), { isMeasuring: true })).toBe(true);
    session.move(at(9, 50));
    expect(candles()).toBe(6);
    session.release(at(9, 50));
    session.move(at(12, 50));
    expect([candles(), session.isBusy]).toEqual([6, false]);
    click(12, 50);
    expect(candles()).toBeUndefined();
  });

  test("two clicks measure, too, with Shift or with the tool", () => {
    for (const isMeasuring of [true, false]) {
      if (!isMeasuring) session.choose("measure");
      session.press(at(3, 40), { isMeasuring });
      session.release(at(3, 40));
      session.move(at(7, 50));
      expect(candles()).toBe(4);
      session.press(at(8, 50), { isMeasuring });
      session.release(at(8, 50));
      expect([candles(), session.isBusy]).toEqual([5, false]);
    }
  });

  test("Escape ends it, and nothing is stored", () => {
    session.begin("measure", { time: 3 * MINUTE, price: 40 });
    session.move(at(7, 50));
    expect(session.cancel()).toBe(true);
    expect([candles(), session.isBusy, stored().length]).toEqual([undefined, false, 0]);
  });
});

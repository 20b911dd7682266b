import { expect, test } from "bun:test";
import type { PageStorage } from "../shell/storage.ts";
import type { ChartDrawing } from "./drawing.ts";
import { DrawingBook } from "./drawing-book.ts";
import { drawingsOf, MOST_DRAWINGS, storedText } from "./stored-drawings.ts";

const KEY = "vyx.drawings.BTCUSDT";

function memory(): PageStorage & { readonly all: Map<string, string> } {
  const all = new Map<string, string>();
  return {
    all,
    getItem: (name) => all.get(name) ?? null,
    setItem: (name, value) => void all.set(name, value),
    removeItem: (name) => void all.delete(name),
  };
}

function line(id: string, price: number): ChartDrawing {
  return { id, kind: "price-line", color: "blue", anchors: [{ time: 60_000, price }] };
}

const TREND: ChartDrawing = {
  id: "t",
  kind: "trend-line",
  color: "red",
  anchors: [
    { time: 60_000, price: 1.5 },
    { time: 120_000, price: 2.25 },
  ],
};

const idsOf = (book: DrawingBook, symbol = "BTCUSDT"): string[] => book.of(symbol).value.map(({ id }) => id);
const add = (book: DrawingBook, drawing: ChartDrawing): string | undefined =>
  book.change("BTCUSDT", [{ before: undefined, after: drawing }]);

test("drawings are kept per symbol, over a reload", () => {
  const storage = memory();
  const book = new DrawingBook(storage);
  expect(add(book, TREND)).toBeUndefined();
  expect(new DrawingBook(storage).of("BTCUSDT").value).toEqual([TREND]);
  expect(new DrawingBook(storage).of("ETHUSDT").value).toEqual([]);
});

test("adding, changing and removing are undone and done again, the latest first", () => {
  const book = new DrawingBook(memory());
  add(book, line("a", 1));
  add(book, line("b", 2));
  book.change("BTCUSDT", [{ before: line("a", 1), after: line("a", 5) }]);
  book.change("BTCUSDT", [{ before: line("b", 2), after: undefined }]);
  expect(book.of("BTCUSDT").value).toEqual([line("a", 5)]);
  book.undo("BTCUSDT");
  expect(idsOf(book)).toEqual(["a", "b"]);
  book.undo("BTCUSDT");
  expect(book.of("BTCUSDT").value).toEqual([line("a", 1), line("b", 2)]);
  book.redo("BTCUSDT");
  expect(book.of("BTCUSDT").value).toEqual([line("a", 5), line("b", 2)]);
  expect(book.able("BTCUSDT")).toEqual({ undo: true, redo: true });
  add(book, line("c", 3));
  expect(book.able("BTCUSDT")).toEqual({ undo: true, redo: false });
});

test("what comes back is where it was", () => {
  const book = new DrawingBook(memory());
  for (const [at, id] of ["a", "b", "c"].entries()) add(book, line(id, at));
  book.change("BTCUSDT", [{ before: line("b", 1), after: undefined }]);
  expect(idsOf(book)).toEqual(["a", "c"]);
  book.undo("BTCUSDT");
  expect(idsOf(book)).toEqual(["a", "b", "c"]);
});

test("removing all is one change", () => {
  const book = new DrawingBook(memory());
  add(book, line("a", 1));
  add(book, line("b", 2));
  book.change(
    "BTCUSDT",
    book.of("BTCUSDT").value.map((before) => ({ before, after: undefined })),
  );
  expect(idsOf(book)).toEqual([]);
  book.undo("BTCUSDT");
  expect(idsOf(book)).toEqual(["a", "b"]);
});

test("two tabs keep each other's drawings, and each undoes its own", () => {
  const storage = memory();
  const [one, two] = [new DrawingBook(storage), new DrawingBook(storage)];
  expect([idsOf(one), idsOf(two)]).toEqual([[], []]);
  add(one, line("a", 1));
  // The second tab hasn't heard of it yet.
  add(two, line("b", 2));
  one.heard(KEY);
  expect([idsOf(one), idsOf(two)]).toEqual([
    ["a", "b"],
    ["a", "b"],
  ]);
  one.undo("BTCUSDT");
  two.heard("vyx.drawings.ETHUSDT");
  expect(idsOf(two)).toEqual(["a", "b"]);
  two.heard(null);
  expect([idsOf(one), idsOf(two)]).toEqual([["b"], ["b"]]);
});

test("a symbol has a hundred at most, and says so", () => {
  const book = new DrawingBook(memory());
  for (let at = 0; at < MOST_DRAWINGS; at += 1) expect(add(book, line(`${at}`, at))).toBeUndefined();
  expect(add(book, line("more", 1))).toBe("BTCUSDT has 100 drawings. A symbol can have 100: remove one first.");
  expect(idsOf(book)).not.toContain("more");
  expect(book.change("BTCUSDT", [{ before: line("3", 3), after: line("3", 4) }])).toBeUndefined();
});

test("a storage that is full leaves everything as it was", () => {
  const storage = memory();
  const book = new DrawingBook({
    ...storage,
    setItem: () => {
      throw new Error("QuotaExceededError");
    },
  });
  expect(add(book, line("a", 1))).toStartWith("This browser's storage for the page is full.");
  expect(idsOf(book)).toEqual([]);
  expect(book.able("BTCUSDT").undo).toBe(false);
});

test("what is stored is read again as it was, and what isn't a drawing is left out", () => {
  expect(drawingsOf(storedText([TREND, line("a", 0.1)]))).toEqual([TREND, line("a", 0.1)]);
  expect([null, "", "{", "[]", "null", '{"form":2,"drawings":[]}'].flatMap((text) => [...drawingsOf(text)])).toEqual(
    [],
  );
  const rows = [
    ["a", "price-line", "blue", 1, 2],
    ["b", "price-line", "blue", 1, null],
    ["c", "circle", "blue", 1, 2],
    ["d", "price-line", "pink", 1, 2],
    ["e", "trend-line", "blue", 1, 2],
    "f",
  ];
  expect(drawingsOf(JSON.stringify({ form: 1, drawings: rows })).map(({ id }) => id)).toEqual(["a"]);
});

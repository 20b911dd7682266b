import { type Signal, signal } from "@preact/signals";
import { keepText, type PageStorage } from "../shell/storage.ts";
import { type DrawingColor, isDrawingColor } from "./drawing.ts";
import { DrawingBook } from "./drawing-book.ts";

const COLOR = "vyx.drawing-color";

/** What all charts of a page share: the drawings, and the colour of the next one. */
export interface SharedDrawings {
  readonly book: DrawingBook;
  readonly color: Signal<DrawingColor>;
}

const shared = new WeakMap<PageStorage, SharedDrawings>();

/** The drawings in this storage, the same object for each caller. It follows changes of other tabs from the first call on. */
export function drawingsIn(storage: PageStorage): SharedDrawings {
  let one = shared.get(storage);
  if (one === undefined) {
    const kept = storage.getItem(COLOR);
    const color = signal<DrawingColor>(isDrawingColor(kept) ? kept : "blue");
    color.subscribe((name) => keepText(storage, COLOR, name));
    const book = new DrawingBook(storage);
    addEventListener("storage", ({ key }) => book.heard(key));
    one = { book, color };
    shared.set(storage, one);
  }
  return one;
}

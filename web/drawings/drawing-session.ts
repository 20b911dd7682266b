import { batch, computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ChartPlane, Point } from "../chart/chart-plane.ts";
import { priceText } from "../text/price.ts";
import {
  type Anchor,
  type ChartDrawing,
  DRAWING_KINDS,
  type DrawingColor,
  type DrawingKind,
  drawingWords,
} from "./drawing.ts";
import type { DrawingBook, DrawingChange } from "./drawing-book.ts";
import { type Measure, measured } from "./measure.ts";
import { anchorAt, movedDrawing } from "./placing.ts";
import { type Hit, hitOf, isInSight, type Shape, shapeOf } from "./shapes.ts";

/** What the next press places. */
export type DrawingTool = DrawingKind | "measure";

/** A pointer that moves no farther than this clicks, in CSS pixels. */
const STILL_PX = 4;
/** How near to a drawing a press takes it, in CSS pixels. */
const MOUSE_REACH_PX = 6;
const TOUCH_REACH_PX = 16;

/** Dependencies of a session. */
export interface DrawingSessionParts {
  readonly plane: ChartPlane;
  readonly book: DrawingBook;
  /** The symbol that the chart shows. */
  readonly symbol: ReadonlySignal<string | undefined>;
  /** The colour of the next drawing. */
  readonly color: Signal<DrawingColor>;
  readonly newId: () => string;
  /** Says why something can't be done. */
  readonly onFault: (text: string) => void;
  /** Gives the chart the focus, for the crosshair. */
  readonly focusChart: () => void;
}

/** How a press is meant. */
export interface PressOptions {
  /** It measures, whatever the tool. */
  readonly isMeasuring?: boolean;
  /** A finger takes what is near it, a mouse what is below it. */
  readonly isTouch?: boolean;
}

/** What is pressed, and since when. */
type Gesture =
  | {
      readonly kind: "placing" | "measuring";
      readonly pressed: Point | undefined;
      /** Whether the press that began it is still to end: a click then waits for the second one. */
      readonly isFirst: boolean;
    }
  | { readonly kind: "moving"; readonly original: ChartDrawing; readonly hit: Hit; readonly pressed: Point }
  | { readonly kind: "clicking"; readonly pressed: Point };

/**
 * Drawing on one chart: what is chosen, what is being placed, moved or measured. The pointer and the keys both call `press`, `move` and
 * `release`, with points of the plane; a press that a session takes isn't the chart's.
 */
export class DrawingSession {
  readonly tool: Signal<DrawingTool | undefined> = signal(undefined);
  readonly selectedId: Signal<string | undefined> = signal(undefined);
  readonly measure: Signal<Measure | undefined> = signal(undefined);
  /** What has happened, for those who don't see it. */
  readonly news: Signal<string> = signal("");
  readonly isListOpen: Signal<boolean> = signal(false);
  readonly book: DrawingBook;
  readonly symbol: ReadonlySignal<string | undefined>;
  readonly color: Signal<DrawingColor>;
  /** What the chart shows: the stored drawings, and the one that is being placed or moved as it is now. */
  readonly shown: ReadonlySignal<readonly ChartDrawing[]>;
  /** The selected drawing as it is now. */
  readonly selected: ReadonlySignal<ChartDrawing | undefined>;
  readonly #parts: DrawingSessionParts;
  readonly #draft: Signal<ChartDrawing | undefined> = signal(undefined);
  #gesture: Gesture | undefined;

  constructor(parts: DrawingSessionParts) {
    const { book, symbol, color } = parts;
    this.#parts = parts;
    this.book = book;
    this.symbol = symbol;
    this.color = color;
    const stored = computed(() => (symbol.value === undefined ? [] : book.of(symbol.value).value));
    this.shown = computed(() => {
      const draft = this.#draft.value;
      if (draft === undefined) return stored.value;
      const isNew = !stored.value.some(({ id }) => id === draft.id);
      return isNew ? [...stored.value, draft] : stored.value.map((one) => (one.id === draft.id ? draft : one));
    });
    this.selected = computed(() => this.shown.value.find(({ id }) => id === this.selectedId.value));
  }

  /** Whether the next press is the session's, wherever it is. */
  get isBusy(): boolean {
    return this.tool.peek() !== undefined || (this.#gesture !== undefined && this.#gesture.kind !== "clicking");
  }

  focusChart(): void {
    this.#parts.focusChart();
  }

  /** Chooses what the next press places; nothing is chosen that was already. */
  choose(tool: DrawingTool | undefined): void {
    const before = this.tool.peek();
    this.cancelAll();
    this.tool.value = tool === before ? undefined : tool;
  }

  /** Begins to place or to measure from a point that is given. */
  begin(tool: DrawingTool, from: Anchor): void {
    this.cancelAll();
    this.tool.value = tool;
    this.#start(tool, from, undefined);
    if (tool !== "measure" && DRAWING_KINDS[tool].anchors === 1) this.#place();
  }

  /** A press begins. Gives back whether it is the session's. */
  press(point: Point, { isMeasuring = false, isTouch = false }: PressOptions = {}): boolean {
    if (isMeasuring && this.#gesture?.kind !== "measuring") {
      this.cancelAll();
      this.tool.value = "measure";
    }
    if (this.#gesture?.kind === "placing" || this.#gesture?.kind === "measuring") {
      this.#gesture = { ...this.#gesture, pressed: point };
      this.move(point);
      return true;
    }
    this.measure.value = undefined;
    const [tool, anchor] = [this.tool.peek(), anchorAt(point, this.#parts.plane)];
    if (tool === undefined) return this.#take(point, isTouch);
    if (anchor !== undefined) this.#start(tool, anchor, point);
    return true;
  }

  /** The pointer or the crosshair moves, pressed or not. */
  move(point: Point): void {
    const { plane } = this.#parts;
    const gesture = this.#gesture;
    if (gesture?.kind === "moving") {
      const by = { x: point.x - gesture.pressed.x, y: point.y - gesture.pressed.y };
      if (this.#draft.peek() !== undefined || Math.hypot(by.x, by.y) > STILL_PX) {
        this.#draft.value = movedDrawing(gesture.original, gesture.hit, by, plane);
      }
    } else if (gesture?.kind === "placing" || gesture?.kind === "measuring") {
      const to = anchorAt(point, plane);
      if (to !== undefined) this.#follow(gesture.kind, to);
    }
  }

  /** The press ends. */
  release(point: Point): void {
    const gesture = this.#gesture;
    if (gesture?.pressed === undefined) return;
    const isClick = Math.hypot(point.x - gesture.pressed.x, point.y - gesture.pressed.y) <= STILL_PX;
    if (gesture.kind === "clicking") {
      this.#gesture = undefined;
      if (isClick) this.selectedId.value = this.at(point)?.id;
    } else if (gesture.kind === "moving") this.#endMoving(gesture.original);
    // The second of two clicks ends it, and so does a drag.
    else if ((isClick && gesture.isFirst && !this.#hasOneAnchor()) || !this.#hasLength())
      this.#gesture = { ...gesture, pressed: undefined, isFirst: false };
    else if (gesture.kind === "placing") this.#place();
    else this.#endMeasuring();
  }

  /** Takes back what Escape takes back: the measure, what is being placed or moved, the tool, then the selection. False where there is none. */
  cancel(): boolean {
    const isMiddle = this.#gesture !== undefined || this.measure.peek() !== undefined || this.tool.peek() !== undefined;
    if (!isMiddle && this.selectedId.peek() === undefined) return false;
    if (!isMiddle) this.selectedId.value = undefined;
    this.cancelAll();
    return true;
  }

  /** Ends whatever is under way; the selection stays. */
  cancelAll(): void {
    batch(() => {
      this.#gesture = undefined;
      this.#draft.value = undefined;
      this.measure.value = undefined;
      this.tool.value = undefined;
    });
  }

  /** Ends whatever is under way, and what belongs to the selection. */
  leave(): void {
    this.cancelAll();
    this.selectedId.value = undefined;
    this.isListOpen.value = false;
  }

  /** The topmost drawing at a point. */
  at(point: Point, isTouch = false): ChartDrawing | undefined {
    return this.#hitAt(point, isTouch)?.shape.drawing;
  }

  /** What a press at a point would move: the pointer says so. */
  holdAt(point: Point): Hit["part"] | undefined {
    return this.#hitAt(point, false)?.hit.part;
  }

  /** Moves the selected drawing by candles and by pixels of the price. */
  nudge(candles: number, dy: number): void {
    const [selected, { plane }] = [this.selected.peek(), this.#parts];
    const width = (plane.xOf(1) ?? 0) - (plane.xOf(0) ?? 0);
    if (selected === undefined) return;
    this.#change([
      { before: selected, after: movedDrawing(selected, { part: "line" }, { x: candles * width, y: dy }, plane) },
    ]);
  }

  /** Paints the selected drawing, and the next ones. */
  paint(color: DrawingColor): void {
    const selected = this.selected.peek();
    this.color.value = color;
    if (selected !== undefined) this.#change([{ before: selected, after: { ...selected, color } }]);
  }

  /** Sets the price of an anchor; what can't be a price changes nothing. */
  setPrice(drawing: ChartDrawing, at: number, price: number): void {
    if (!(price > 0) || drawing.anchors[at] === undefined) return;
    const anchors = drawing.anchors.map((anchor, index) => (index === at ? { ...anchor, price } : anchor));
    this.#change([{ before: drawing, after: { ...drawing, anchors } }]);
  }

  remove(drawings: readonly ChartDrawing[]): void {
    const isGone = this.#change(drawings.map((before) => ({ before, after: undefined })));
    if (isGone) this.news.value = `Removed ${drawings.map((one) => this.#words(one)).join(", ")}.`;
  }

  undo(): void {
    const symbol = this.symbol.peek() ?? "";
    this.cancelAll();
    if (this.book.able(symbol).undo && this.#say(this.book.undo(symbol))) this.news.value = "Undone.";
  }

  redo(): void {
    const symbol = this.symbol.peek() ?? "";
    this.cancelAll();
    if (this.book.able(symbol).redo && this.#say(this.book.redo(symbol))) this.news.value = "Done again.";
  }

  #start(tool: DrawingTool, from: Anchor, pressed: Point | undefined): void {
    if (tool === "measure") {
      this.#gesture = { kind: "measuring", pressed, isFirst: pressed !== undefined };
      this.measure.value = measured(from, from, this.#parts.plane);
      return;
    }
    this.#gesture = { kind: "placing", pressed, isFirst: pressed !== undefined };
    const { title, anchors: count } = DRAWING_KINDS[tool];
    const anchors = Array.from({ length: count }, () => from);
    this.#draft.value = { id: this.#parts.newId(), kind: tool, color: this.color.peek(), anchors };
    this.news.value = `${title} begins at ${priceText(from.price, this.#decimals())}.`;
  }

  /** A press without a tool: it moves what it is on, and otherwise selects, or ends the selection. */
  #take(point: Point, isTouch: boolean): boolean {
    const found = this.#hitAt(point, isTouch);
    const isSelected = found?.shape.drawing.id === this.selectedId.peek();
    // A fill that isn't selected lets the chart scroll through it.
    if (found === undefined || (found.hit.part === "fill" && !isSelected)) {
      this.#gesture = { kind: "clicking", pressed: point };
      return false;
    }
    this.selectedId.value = found.shape.drawing.id;
    this.#gesture = { kind: "moving", original: found.shape.drawing, hit: found.hit, pressed: point };
    return true;
  }

  #follow(kind: "placing" | "measuring", to: Anchor): void {
    const [draft, measure] = [this.#draft.peek(), this.measure.peek()];
    if (kind === "placing" && draft !== undefined) {
      this.#draft.value = { ...draft, anchors: [...draft.anchors.slice(0, -1), to] };
    }
    if (kind === "measuring" && measure !== undefined)
      this.measure.value = measured(measure.from, to, this.#parts.plane);
  }

  #hasOneAnchor(): boolean {
    return this.#draft.peek()?.anchors.length === 1;
  }

  /** Whether what is being placed or measured has ends that differ, as far as it has two. */
  #hasLength(): boolean {
    const [draft, measure] = [this.#draft.peek(), this.measure.peek()];
    const [from, to] = draft === undefined ? [measure?.from, measure?.to] : draft.anchors;
    return this.#hasOneAnchor() || from?.time !== to?.time || from?.price !== to?.price;
  }

  #place(): void {
    const draft = this.#draft.peek();
    this.cancelAll();
    if (draft === undefined || !this.#change([{ before: undefined, after: draft }])) return;
    this.selectedId.value = draft.id;
    this.news.value = `Placed ${this.#words(draft)}.`;
  }

  #words(drawing: ChartDrawing): string {
    return drawingWords(drawing, this.#decimals());
  }

  #decimals(): number {
    return this.#parts.plane.series?.decimals ?? 2;
  }

  #endMeasuring(): void {
    this.#gesture = undefined;
    this.tool.value = undefined;
  }

  #endMoving(original: ChartDrawing): void {
    const draft = this.#draft.peek();
    batch(() => {
      this.cancelAll();
      if (draft !== undefined) this.#change([{ before: original, after: draft }]);
    });
  }

  #change(changes: readonly DrawingChange[]): boolean {
    const symbol = this.symbol.peek();
    if (symbol === undefined || changes.length === 0) return false;
    return this.#say(this.book.change(symbol, changes));
  }

  #say(fault: string | undefined): boolean {
    if (fault !== undefined) this.#parts.onFault(fault);
    return fault === undefined;
  }

  /** The selected drawing comes first, then the newest. */
  #hitAt(point: Point, isTouch: boolean): { readonly shape: Shape; readonly hit: Hit } | undefined {
    const { plane } = this.#parts;
    const { width, height } = plane.box;
    if (point.x < 0 || point.y < 0 || point.x > width || point.y > height) return undefined;
    const selected = this.selected.peek();
    const inOrder = this.shown.peek().filter(({ id }) => id !== selected?.id);
    const all = selected === undefined ? inOrder : [...inOrder, selected];
    for (const drawing of all.toReversed()) {
      const shape = shapeOf(drawing, plane);
      const hit =
        shape !== undefined && isInSight(shape, plane.box)
          ? hitOf(shape, point, isTouch ? TOUCH_REACH_PX : MOUSE_REACH_PX)
          : undefined;
      if (shape !== undefined && hit !== undefined) return { shape, hit };
    }
    return undefined;
  }
}

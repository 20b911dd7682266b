import { type Anchor, type ChartDrawing, DRAWING_KINDS, isDrawingColor, isDrawingKind } from "./drawing.ts";

/** The form in which drawings are stored. A later form gets another number. */
const FORM = 1;

/** How many drawings a symbol may have. */
export const MOST_DRAWINGS = 100;

/** Characters of a drawing's id: those that this page gives are shorter. */
const MOST_ID_CHARACTERS = 100;

/** The last moment that a date can be, in milliseconds. */
const LAST_MOMENT = 8.64e15;

/** A symbol's drawings as the text that the browser keeps. */
export function storedText(drawings: readonly ChartDrawing[]): string {
  const rows = drawings.map(({ id, kind, color, anchors }) => [
    id,
    kind,
    color,
    ...anchors.flatMap(({ time, price }) => [time, price]),
  ]);
  return JSON.stringify({ form: FORM, drawings: rows });
}

/** The drawings of such a text. What isn't a drawing, of another form for example, is left out. */
export function drawingsOf(text: string | null): readonly ChartDrawing[] {
  const value = parsed(text ?? "null");
  if (typeof value !== "object" || value === null || !("form" in value) || value.form !== FORM) return [];
  const rows: unknown = "drawings" in value ? value.drawings : undefined;
  if (!Array.isArray(rows)) return [];
  const drawings = rows.flatMap((row) => drawingOf(row) ?? []);
  return [...new Map(drawings.map((drawing) => [drawing.id, drawing])).values()].slice(0, MOST_DRAWINGS);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function drawingOf(row: unknown): ChartDrawing | undefined {
  if (!Array.isArray(row)) return undefined;
  const [id, kind, color, ...numbers]: unknown[] = row;
  if (typeof id !== "string" || id.length > MOST_ID_CHARACTERS || !isDrawingKind(kind) || !isDrawingColor(color))
    return undefined;
  const anchors: Anchor[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    const [time, price] = [numbers[at], numbers[at + 1]];
    if (!Number.isFinite(price) || !(Math.abs(Number(time)) <= LAST_MOMENT) || typeof time !== "number")
      return undefined;
    anchors.push({ time: Number(time), price: Number(price) });
  }
  return anchors.length === DRAWING_KINDS[kind].anchors ? { id, kind, color, anchors } : undefined;
}

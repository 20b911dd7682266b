import { type Anchor, type ChartDrawing, DRAWING_KINDS, isDrawingColor, isDrawingKind } from "./drawing.ts";

/** The form in which drawings are stored. A later form gets another number. */
const FORM = 1;

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
  return Array.isArray(rows) ? rows.flatMap((row) => drawingOf(row) ?? []) : [];
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
  if (typeof id !== "string" || !isDrawingKind(kind) || !isDrawingColor(color)) return undefined;
  const anchors: Anchor[] = [];
  for (let at = 0; at < numbers.length; at += 2) {
    const [time, price] = [numbers[at], numbers[at + 1]];
    if (!Number.isFinite(time) || !Number.isFinite(price)) return undefined;
    anchors.push({ time: Number(time), price: Number(price) });
  }
  return anchors.length === DRAWING_KINDS[kind].anchors ? { id, kind, color, anchors } : undefined;
}

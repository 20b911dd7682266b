import type { JSX } from "preact";
import type { DrawingSession } from "./drawing-session.ts";
import { measureWords } from "./measure.ts";

/** Properties of a note. */
export interface MeasureNoteProps {
  readonly session: DrawingSession;
  /** Digits behind the point of the symbol's prices. */
  readonly decimals: () => number;
}

/** The figures of what is measured on a chart. The element is there before they are, so that they are read out. */
export function MeasureNote({ session, decimals }: MeasureNoteProps): JSX.Element {
  const measure = session.measure.value;
  return (
    <p class="measure-note" role="status">
      {measure === undefined ? "" : measureWords(measure, decimals())}
    </p>
  );
}

import type { JSX } from "preact";
import { DRAWING_COLORS, DRAWING_KINDS } from "./drawing.ts";
import type { DrawingSession } from "./drawing-session.ts";
import { RemoveIcon } from "./icons.tsx";
import { Toolbar } from "./toolbar.tsx";

/** Properties of a bar. */
export interface SelectionBarProps {
  readonly session: DrawingSession;
  /** Called when the selected drawing is gone, and the focus with it. */
  readonly onDone: () => void;
}

/** What can be done with the selected drawing: paint it, remove it. */
export function SelectionBar({ session, onDone }: SelectionBarProps): JSX.Element | null {
  const selected = session.selected.value;
  const isOther = session.tool.value !== undefined || session.measure.value !== undefined;
  if (selected === undefined || isOther) return null;
  return (
    <Toolbar class="selection-bar" label={DRAWING_KINDS[selected.kind].title} isVertical={false}>
      {DRAWING_COLORS.map((color) => (
        <button
          key={color}
          type="button"
          class={`swatch swatch-${color}`}
          aria-label={color}
          title={color}
          aria-pressed={selected.color === color}
          onClick={() => session.paint(color)}
        />
      ))}
      <button
        type="button"
        class="icon-button"
        aria-label="Remove"
        title="Remove (Delete)"
        onClick={() => {
          session.remove([selected]);
          onDone();
        }}
      >
        <RemoveIcon />
      </button>
    </Toolbar>
  );
}

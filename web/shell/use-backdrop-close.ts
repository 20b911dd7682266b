import type { TargetedMouseEvent } from "preact";
import { useRef } from "preact/hooks";

type Press = TargetedMouseEvent<HTMLDialogElement>;

/** Handlers of a dialog. */
export interface BackdropHandlers {
  readonly onPointerDown: (event: Press) => void;
  readonly onClick: (event: Press) => void;
}

/** Closes a dialog at a press beside it, as Escape does. A selection that is dragged out of one of its fields ends there, too, and closes nothing. */
export function useBackdropClose(): BackdropHandlers {
  const isBegun = useRef(false);
  return {
    onPointerDown: (event) => {
      isBegun.current = isBeside(event);
    },
    onClick: (event) => {
      if (isBegun.current && isBeside(event)) event.currentTarget.close();
    },
  };
}

function isBeside({ target, currentTarget, clientX, clientY }: Press): boolean {
  const { left, right, top, bottom } = currentTarget.getBoundingClientRect();
  const isWithin = left <= clientX && clientX <= right && top <= clientY && clientY <= bottom;
  return target === currentTarget && !isWithin;
}

/** A finger that rests for so long, in milliseconds, is a long press: as long as browsers wait for their own menu. */
const LONG_PRESS_MS = 500;
/** A finger that moves farther, in CSS pixels, scrolls. */
const STILL_PX = 8;

/** Calls `run` with the event that began it when one finger rests on the element, until the signal is aborted. */
export function onLongPress(element: HTMLElement, run: (began: PointerEvent) => void, signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from = { x: 0, y: 0 };
  const stop = (): void => clearTimeout(timer);
  element.addEventListener(
    "pointerdown",
    (event) => {
      stop();
      if (event.pointerType !== "touch" || !event.isPrimary) return;
      from = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => run(event), LONG_PRESS_MS);
    },
    { signal },
  );
  addEventListener(
    "pointermove",
    ({ clientX, clientY }) => {
      if (Math.hypot(clientX - from.x, clientY - from.y) > STILL_PX) stop();
    },
    { signal },
  );
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, stop, { signal });
  signal.addEventListener("abort", stop);
}

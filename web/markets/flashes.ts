/** A flash fades in so many steps of so many milliseconds: each one is a picture that the browser draws of all rows that moved. */
const STEPS = 6;
const STEP_MS = 150;

/** Where a price went. */
export type Move = "up" | "down";

/** Light behind prices that moved. All fade at one pace, and between its steps the browser rests: an animation would keep it drawing. */
export class Flashes {
  readonly #lit: Map<HTMLElement, { readonly move: Move; stepsLeft: number }> = new Map();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Flashes an element, and restarts a running flash. */
  put(element: HTMLElement, move: Move): void {
    this.#lit.set(element, { move, stepsLeft: STEPS });
    element.style.background = lightOf(move, STEPS);
    this.#timer ??= setInterval(() => this.#fade(), STEP_MS);
  }

  #fade(): void {
    for (const [element, light] of this.#lit) {
      light.stepsLeft -= 1;
      element.style.background = lightOf(light.move, light.stepsLeft);
      if (light.stepsLeft === 0) this.#lit.delete(element);
    }
    if (this.#lit.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function lightOf(move: Move, stepsLeft: number): string {
  if (stepsLeft === 0) return "";
  const percent = Math.round((100 * stepsLeft) / STEPS);
  return `color-mix(in srgb, var(--${move}-wash) ${percent}%, transparent)`;
}

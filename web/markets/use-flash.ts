import { type ReadonlySignal, useSignalEffect } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import type { Ticker } from "../../src/core/mod.ts";

const FLASH_MS = 900;
/** Fades in few steps: each one is a picture that the browser draws of all rows that moved. */
const FLASH_STEPS = "steps(6)";

/** Lights the element up when the price moves, in the colour of the direction; not for people who asked for less motion. */
export function useFlash(element: RefObject<HTMLElement | null>, ticker: ReadonlySignal<Ticker>): void {
  const before = useRef<number | undefined>(undefined);
  useSignalEffect(() => {
    const { price } = ticker.value;
    const was = before.current;
    before.current = price;
    if (was === undefined || was === price || wantsStillness()) return;
    const color = `var(--${price > was ? "up" : "down"}-wash)`;
    element.current?.animate({ backgroundColor: [color, "transparent"] }, { duration: FLASH_MS, easing: FLASH_STEPS });
  });
}

let stillness: MediaQueryList | undefined;

/** Asked hundreds of times a second: the query is made once. */
function wantsStillness(): boolean {
  stillness ??= matchMedia("(prefers-reduced-motion: reduce)");
  return stillness.matches;
}

import { type ReadonlySignal, useSignalEffect } from "@preact/signals";
import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import type { WireTicker } from "../../src/wire/mod.ts";

import { Flashes } from "./flashes.ts";

const flashes = new Flashes();

/** Lights the element up when the price moves, in the colour of the direction; not for people who asked for less motion. */
export function useFlash(element: RefObject<HTMLElement | null>, ticker: ReadonlySignal<WireTicker>): void {
  const before = useRef<number | undefined>(undefined);
  useSignalEffect(() => {
    const { price } = ticker.value;
    const was = before.current;
    before.current = price;
    if (was === undefined || was === price || element.current === null || wantsStillness()) return;
    flashes.put(element.current, price > was ? "up" : "down");
  });
}

let stillness: MediaQueryList | undefined;

/** Asked hundreds of times a second: the query is made once. */
function wantsStillness(): boolean {
  stillness ??= matchMedia("(prefers-reduced-motion: reduce)");
  return stillness.matches;
}

import { effect } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { KeysAhead } from "./keys-ahead.ts";
import { laterView } from "./later-view.tsx";
import type { Page } from "./page.ts";

/** The keys that are pressed between the wish for the palette and its field. */
const ahead = new KeysAhead();

/** The palette while it is open. It is fetched when it is first opened. */
export function PaletteFrame({ page }: { page: Page }): JSX.Element | null {
  const { isPaletteOpen } = page;
  useLayoutEffect(
    () =>
      effect(() => {
        if (isPaletteOpen.value) ahead.start();
        else ahead.take();
      }),
    [isPaletteOpen],
  );
  return isPaletteOpen.value ? (
    <Palette page={page} ahead={ahead} onClose={() => (isPaletteOpen.value = false)} />
  ) : null;
}

const Palette = laterView(async () => {
  try {
    return (await import("../palette/palette.tsx")).Palette;
  } catch (cause) {
    ahead.take();
    throw cause;
  }
});

import type { JSX } from "preact";
import { laterView } from "./later-view.tsx";
import type { Page } from "./page.ts";

/** The palette while it is open. It is fetched when it is first opened. */
export function PaletteFrame({ page }: { page: Page }): JSX.Element | null {
  const { isPaletteOpen } = page;
  return isPaletteOpen.value ? <Palette page={page} onClose={() => (isPaletteOpen.value = false)} /> : null;
}

const Palette = laterView(async () => (await import("../palette/palette.tsx")).Palette);

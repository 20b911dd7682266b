import type { JSX } from "preact";
import type { Page } from "./page.ts";
import { useLater } from "./use-later.ts";

/** The palette while it is open. It is fetched when it is first opened. */
export function PaletteFrame({ page }: { page: Page }): JSX.Element | null {
  return page.isPaletteOpen.value ? <Opened page={page} /> : null;
}

const loadPalette = async () => (await import("../palette/palette.tsx")).Palette;

function Opened({ page }: { page: Page }): JSX.Element | null {
  const later = useLater(loadPalette).value;
  if (later === undefined) return null;
  if ("missing" in later)
    return (
      <p class="trouble" role="alert">
        {later.missing}
      </p>
    );
  const View = later.here;
  return (
    <View
      page={page}
      onClose={() => {
        page.isPaletteOpen.value = false;
      }}
    />
  );
}

import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { IconButton } from "../shell/icon-button.tsx";
import { laterView } from "../shell/later-view.tsx";
import type { Page } from "../shell/page.ts";

/** Opens the choice of columns. */
export function ColumnsButton({ page }: { page: Page }): JSX.Element {
  const isOpen = useSignal(false);
  return (
    <>
      <IconButton
        label="Choose columns"
        lines="M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10"
        aria-haspopup="dialog"
        onClick={() => {
          isOpen.value = true;
        }}
      />
      {isOpen.value ? <Choice page={page} onClose={() => (isOpen.value = false)} /> : null}
    </>
  );
}

const Choice = laterView(async () => (await import("../screener/column-sheet.tsx")).ColumnSheet);

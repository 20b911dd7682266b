import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { laterView } from "../shell/later-view.tsx";
import type { Page } from "../shell/page.ts";

/** Opens the choice of columns. */
export function ColumnsButton({ page }: { page: Page }): JSX.Element {
  const isOpen = useSignal(false);
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label="Choose columns"
        title="Choose columns"
        aria-haspopup="dialog"
        onClick={() => {
          isOpen.value = true;
        }}
      >
        <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
          <path d="M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10" fill="none" stroke="currentColor" stroke-width="1.3" />
        </svg>
      </button>
      {isOpen.value ? <Choice page={page} onClose={() => (isOpen.value = false)} /> : null}
    </>
  );
}

const Choice = laterView(async () => (await import("../screener/column-sheet.tsx")).ColumnSheet);

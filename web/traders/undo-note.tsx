import type { JSX } from "preact";
import type { TraderBook } from "./trader-book.ts";

/** Says what is about to be deleted, for as long as it can be had back. */
export function UndoNote({ book }: { book: TraderBook }): JSX.Element {
  const deleting = book.deleting.value;
  return (
    <div class="undo" role="status">
      {deleting === undefined ? null : (
        <p>
          <span>“{deleting.name}” and its signals are being deleted.</span>
          <button type="button" class="button" onClick={() => book.undo()}>
            Undo
          </button>
        </p>
      )}
    </div>
  );
}

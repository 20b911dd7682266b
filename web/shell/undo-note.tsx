import type { JSX } from "preact";

/** Properties of the note. */
export interface UndoNoteProps {
  /** What is about to be deleted, in a sentence; undefined where nothing is. */
  readonly says: string | undefined;
  readonly onUndo: () => void;
}

/** Says what is about to be deleted, for as long as it can be had back. */
export function UndoNote({ says, onUndo }: UndoNoteProps): JSX.Element {
  return (
    <div class="undo" role="status">
      {says === undefined ? null : (
        <p>
          <span>{says}</span>
          <button type="button" class="button" onClick={onUndo}>
            Undo
          </button>
        </p>
      )}
    </div>
  );
}

import type { JSX } from "preact";
import { IconButton } from "../shell/icon-button.tsx";
import { laterView } from "../shell/later-view.tsx";
import type { Page } from "../shell/page.ts";

/** The value of the choice that shows all symbols. No list is called so, because no name begins with #. */
const ALL = "#all";

/** All symbols, or those of one list; and the way to edit the lists. */
export function ListChoice({ page }: { page: Page }): JSX.Element {
  const { watchlists, market, isListEditorOpen } = page;
  const { onlyListed } = market.rows;
  return (
    <>
      <select
        class="list-choice"
        aria-label="List"
        value={onlyListed.value ? watchlists.chosen.value : ALL}
        onChange={({ currentTarget: { value } }) => {
          if (value !== ALL) watchlists.choose(value);
          onlyListed.value = value !== ALL;
        }}
      >
        <option value={ALL}>All symbols</option>
        {watchlists.lists.value.map(({ name, symbols }) => (
          <option key={name} value={name}>
            ★ {name} ({symbols.length})
          </option>
        ))}
      </select>
      <IconButton
        label="Edit lists"
        lines="M2 4h8M2 8h6M2 12h4M9 13l.5-2 4-4 1.5 1.5-4 4z"
        aria-haspopup="dialog"
        onClick={() => {
          isListEditorOpen.value = true;
        }}
      />
      {isListEditorOpen.value ? <Editor page={page} onClose={() => (isListEditorOpen.value = false)} /> : null}
    </>
  );
}

const Editor = laterView(async () => (await import("./watchlist-editor.tsx")).WatchlistEditor);

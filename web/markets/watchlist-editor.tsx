import { type Signal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { copyText } from "../shell/copy-text.ts";
import type { Page } from "../shell/page.ts";
import { Sheet } from "../shell/sheet.tsx";
import type { WatchlistFault, Watchlists } from "./watchlists.ts";

/** Properties of the editor. */
export interface WatchlistEditorProps {
  readonly page: Page;
  readonly onClose: () => void;
}

/** The user's lists in a dialog: their names and symbols, and all of them as text. */
export function WatchlistEditor({ page, onClose }: WatchlistEditorProps): JSX.Element {
  const { watchlists } = page;
  const fault = useSignal("");
  const attempt = (result: WatchlistFault): boolean => {
    fault.value = result ?? "";
    return result === undefined;
  };
  return (
    <Sheet title="Lists" kind="lists" onClose={onClose}>
      <p class="lists-fault" role="alert">
        {fault}
      </p>
      <NewList watchlists={watchlists} attempt={attempt} />
      <ul class="lists-chips" aria-label="Lists">
        {watchlists.lists.value.map(({ name, symbols }) => (
          <li key={name}>
            <button
              type="button"
              class="button"
              aria-pressed={watchlists.chosen.value === name}
              onClick={() => watchlists.choose(name)}
            >
              {name} ({symbols.length})
            </button>
          </li>
        ))}
      </ul>
      <ChosenList key={watchlists.chosen.value} watchlists={watchlists} attempt={attempt} />
      <AsText watchlists={watchlists} attempt={attempt} fault={fault} />
    </Sheet>
  );
}

interface PartProps {
  readonly watchlists: Watchlists;
  /** Shows the fault, if there is one, and says whether there is none. */
  readonly attempt: (result: WatchlistFault) => boolean;
}

function NewList({ watchlists, attempt }: PartProps): JSX.Element {
  const typed = useSignal("");
  return (
    <form
      class="lists-line"
      onSubmit={(event) => {
        event.preventDefault();
        if (attempt(watchlists.add(typed.peek()))) typed.value = "";
      }}
    >
      <input
        aria-label="Name of the new list"
        placeholder="New list, for example Layer 2"
        value={typed}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
        }}
      />
      <button type="submit" class="button">
        Add list
      </button>
    </form>
  );
}

/** The chosen list: another name, its symbols, and the lists to which they can move. */
function ChosenList({ watchlists, attempt }: PartProps): JSX.Element {
  const name = watchlists.chosen.value;
  const typed = useSignal(name);
  const { lists } = watchlists;
  const symbols = lists.value.find((list) => list.name === name)?.symbols ?? [];
  const others = lists.value.filter((list) => list.name !== name);
  return (
    <section aria-label={`The list ${name}`}>
      <form
        class="lists-line"
        onSubmit={(event) => {
          event.preventDefault();
          attempt(watchlists.rename(name, typed.peek()));
        }}
      >
        <input
          aria-label="Name of the list"
          value={typed}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
        <button type="submit" class="button">
          Rename
        </button>
        <button type="button" class="button" onClick={() => watchlists.remove(name)}>
          {others.length === 0 ? "Empty" : "Delete"}
        </button>
      </form>
      {symbols.length === 0 ? (
        <p class="muted">This list is empty. Click the star next to a symbol to add it.</p>
      ) : (
        <ul class="lists-symbols">
          {symbols.map((symbol) => (
            <li key={symbol}>
              <span>{symbol}</span>
              {others.length === 0 ? null : (
                <select
                  aria-label={`Move ${symbol} to`}
                  value=""
                  onChange={(event) => attempt(watchlists.move(symbol, name, event.currentTarget.value))}
                >
                  <option value="">Move to …</option>
                  {others.map((other) => (
                    <option key={other.name} value={other.name}>
                      {other.name}
                    </option>
                  ))}
                </select>
              )}
              <button
                type="button"
                class="button"
                aria-label={`Remove ${symbol}`}
                onClick={() => attempt(watchlists.toggle(symbol, name))}
              >
                Remove
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function AsText({ watchlists, attempt, fault }: PartProps & { fault: Signal<string> }): JSX.Element {
  const text = useSignal<string | undefined>(undefined);
  const note = useSignal("");
  const shown = text.value ?? watchlists.text();
  const copy = async (): Promise<void> => {
    if (await copyText(shown)) note.value = "Copied.";
    else fault.value = "The browser doesn't let the page copy. Select the text and copy it yourself.";
  };
  return (
    <details>
      <summary>Import and export</summary>
      <p class="muted" id="lists-text-says">
        All lists as text. Write a name after #, then one symbol on each line. Exports of TradingView can be pasted,
        too.
      </p>
      <textarea
        rows={8}
        spellcheck={false}
        aria-label="All lists as text"
        aria-describedby="lists-text-says"
        value={shown}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          note.value = "";
        }}
      />
      <div class="lists-line">
        <button type="button" class="button" onClick={() => void copy()}>
          Copy
        </button>
        <button
          type="button"
          class="button"
          disabled={text.value === undefined}
          onClick={() => {
            if (!attempt(watchlists.replace(shown))) return;
            text.value = undefined;
            note.value = "Replaced.";
          }}
        >
          Replace all lists by this text
        </button>
        <span class="muted" role="status">
          {note}
        </span>
      </div>
    </details>
  );
}

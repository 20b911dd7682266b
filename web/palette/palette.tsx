import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { countOf } from "../../src/core/mod.ts";
import { KEY_NAMES } from "../shell/key-names.ts";
import type { KeysAhead } from "../shell/keys-ahead.ts";
import type { Page } from "../shell/page.ts";
import { useShortcuts } from "../shell/shortcuts.ts";
import { useBackdropClose } from "../shell/use-backdrop-close.ts";
import { paletteEntries } from "./palette-entries.ts";
import { type PaletteEntry, ranked } from "./ranking.ts";
import { readTyped } from "./typed-interval.ts";

/** Properties of the palette. */
export interface PaletteProps {
  readonly page: Page;
  /** The keys that were pressed before its field was there. */
  readonly ahead: KeysAhead;
  readonly onClose: () => void;
}

/** Goes anywhere: type a symbol, a screen, a trader, an interval or an action, and press Enter. */
export function Palette({ page, ahead, onClose }: PaletteProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const backdrop = useBackdropClose();
  const typed = useSignal("");
  /** The place of the option that Enter takes. */
  const at = useSignal(0);
  useShortcuts(page, {
    name: "Go to",
    shortcuts: [
      { keys: ["k"], isWithControl: true, isKeyOnly: true, says: "close", run: () => dialog.current?.close() },
    ],
  });
  const matches = useComputed(() => {
    const { words, interval } = readTyped(typed.value, page.market.intervals.value);
    return ranked(paletteEntries(page, interval), words);
  });
  const choose = (entry: PaletteEntry | undefined): void => {
    if (entry === undefined) return;
    // First, because closing gives the focus back, and what runs may move it.
    dialog.current?.close();
    entry.run();
  };
  // Before the next key: an effect after the drawing would lose it.
  useLayoutEffect(() => {
    dialog.current?.showModal();
    const { text, end } = ahead.take();
    typed.value = text;
    if (end === "Enter") choose(matches.peek()[0]);
    else if (end === "Escape") dialog.current?.close();
    // Traders are found by name, also before their screen was opened. Without permission there are none.
    void page.traders.read();
  }, [page]);
  const moveTo = (next: number): void => {
    const count = matches.peek().length;
    if (count === 0) return;
    at.value = (next + count) % count;
    list.current?.children[at.peek()]?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const by = moves[event.key];
    if (by !== undefined) {
      event.preventDefault();
      const last = matches.peek().length - 1;
      moveTo(Math.abs(by) === 1 ? at.peek() + by : Math.max(0, Math.min(last, at.peek() + by)));
    }
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      choose(matches.peek()[at.peek()]);
    }
  };
  const shown = matches.value;
  return (
    <dialog class="palette" ref={dialog} aria-label="Go to" onClose={onClose} {...backdrop}>
      <div class="palette-body">
        <input
          type="text"
          role="combobox"
          aria-label="Go to a symbol, screen, trader, interval or action"
          aria-autocomplete="list"
          aria-expanded={shown.length > 0}
          aria-controls="palette-list"
          aria-activedescendant={shown.length > 0 ? `palette-${at.value}` : undefined}
          placeholder="Go to … (btc 5m, bitcoin, status)"
          autocomplete="off"
          autocapitalize="off"
          enterkeyhint="go"
          spellcheck={false}
          value={typed}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            at.value = 0;
            list.current?.scrollTo(0, 0);
          }}
          onKeyDown={onKeyDown}
        />
        <div id="palette-list" ref={list} role="listbox" aria-label="Matches" hidden={shown.length === 0}>
          {shown.map((entry, index) => (
            <Option
              key={`${entry.kind} ${entry.title} ${entry.detail}`}
              entry={entry}
              id={`palette-${index}`}
              isChosen={index === at.value}
              onChoose={() => choose(entry)}
            />
          ))}
        </div>
        {shown.length === 0 ? <p class="palette-none">Nothing matches.</p> : null}
        <p class="unseen" role="status">
          {countOf(shown.length, "match", "matches")}
        </p>
      </div>
    </dialog>
  );
}

interface OptionProps {
  readonly entry: PaletteEntry;
  readonly id: string;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Option({ entry, id, isChosen, onChoose }: OptionProps): JSX.Element {
  const { kind, title, detail = "", keys = [] } = entry;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the keys.
    // biome-ignore lint/a11y/useFocusableInteractive: the combobox keeps the focus and names the option.
    <div id={id} role="option" aria-selected={isChosen} onClick={onChoose}>
      <span class="palette-title">{title}</span>
      <span class="palette-detail">{detail}</span>
      {keys.map((key) => (
        <kbd key={key}>{KEY_NAMES[key] ?? key}</kbd>
      ))}
      <span class="palette-kind">{kind}</span>
    </div>
  );
}

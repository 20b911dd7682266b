import { type Signal, signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import type { Page } from "./page.ts";

/** An action that a key starts while its screen is there. The palette (Ctrl-K) lists them, too. */
export interface Shortcut {
  /** As `KeyboardEvent.key` has it; any of them. None: the action is in the palette only. */
  readonly keys: readonly string[];
  /** Whether it wants Ctrl, or ⌘, held; then it works while somebody types, too. */
  readonly isWithControl?: boolean;
  /** Whether it leaves the key to a field that somebody types in, also with Ctrl. */
  readonly isOutsideFields?: boolean;
  /** Whether the palette leaves it out, because it makes sense as a key only: the next row, for example. */
  readonly isKeyOnly?: boolean;
  /** A description for the list of keyboard shortcuts and the palette. */
  readonly says: string;
  /** Left out where the part of the screen that has the focus handles the key itself: then it is only listed. */
  readonly run?: () => void;
}

/** A screen's shortcuts under its name in the list. */
export interface ShortcutGroup {
  readonly name: string;
  readonly shortcuts: readonly Shortcut[];
}

/** All keys that do something now, and the one listener that they share. */
export class Shortcuts {
  readonly groups: Signal<readonly ShortcutGroup[]> = signal([]);

  constructor() {
    addEventListener("keydown", (event) => this.#press(event));
    // Before an editor, which makes something of its own of Ctrl and Enter.
    addEventListener("keydown", (event) => this.#pressWithControl(event), { capture: true });
  }

  /** Returns a function that removes them. If two have the same key, the newer one wins. */
  add(group: ShortcutGroup): () => void {
    this.groups.value = [...this.groups.peek(), group];
    return () => {
      this.groups.value = this.groups.peek().filter((one) => one !== group);
    };
  }

  #press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTypedInto(event.target)) return;
    this.#run(event, false);
  }

  #pressWithControl(event: KeyboardEvent): void {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (this.#run(event, true)) event.stopPropagation();
  }

  #run(event: KeyboardEvent, withControl: boolean): boolean {
    const all = this.groups.peek().flatMap(({ shortcuts }) => shortcuts);
    const shortcut = all.findLast(
      ({ keys, isWithControl = false, isOutsideFields = false, run }) =>
        run !== undefined &&
        isWithControl === withControl &&
        keys.includes(event.key) &&
        !(isOutsideFields && isTypedInto(event.target)),
    );
    if (shortcut?.run === undefined) return false;
    event.preventDefault();
    shortcut.run();
    return true;
  }
}

/**
 * The shortcuts of what is drawn, for as long as it is. They are taken as they are at the first drawing, and work once it is there: an effect
 * after the painting would lose the first keys on a busy machine.
 */
export function useShortcuts({ shortcuts }: Page, group: ShortcutGroup): void {
  useLayoutEffect(() => shortcuts.add(group), [shortcuts]);
}

/** Whether letters that are typed there are text. A dialog has the keyboard to itself. */
function isTypedInto(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea, select, dialog") !== null)
  );
}

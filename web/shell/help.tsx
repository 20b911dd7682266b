import { useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { KEY_NAMES } from "./key-names.ts";
import type { Page } from "./page.ts";
import type { ShortcutGroup } from "./shortcuts.ts";

/** The list of all keys, over the page; Escape closes it. */
export function Help({ page }: { page: Page }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useSignalEffect(() => {
    if (page.isHelpOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  });
  const close = (): void => {
    page.isHelpOpen.value = false;
  };
  return (
    <dialog class="help" ref={dialog} aria-labelledby="help-title" onClose={close}>
      <header>
        <h2 id="help-title">Keyboard shortcuts</h2>
        <button type="button" class="button" onClick={close}>
          Close
        </button>
      </header>
      {withKeys(page.shortcuts.groups.value).map(({ name, shortcuts }) => (
        <section key={name}>
          <h3>{name}</h3>
          <dl>
            {shortcuts.map(({ keys, says, isWithControl }) => (
              <div key={says}>
                <dt>
                  {isWithControl ? <kbd>Ctrl</kbd> : null}
                  {keys.map((key) => (
                    <kbd key={key}>{KEY_NAMES[key] ?? key}</kbd>
                  ))}
                </dt>
                <dd>{says}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p>
        For programs: the <a href="/docs">HTTP API</a>, with samples.
      </p>
    </dialog>
  );
}

/** Each group once, though parts of a screen add to it. Actions without a key are in the palette only. */
function withKeys(groups: readonly ShortcutGroup[]): ShortcutGroup[] {
  const byName = Map.groupBy(groups, ({ name }) => name);
  return [...byName]
    .map(([name, parts]) => ({
      name,
      shortcuts: parts.flatMap(({ shortcuts }) => shortcuts.filter(({ keys }) => keys.length > 0)),
    }))
    .filter(({ shortcuts }) => shortcuts.length > 0);
}

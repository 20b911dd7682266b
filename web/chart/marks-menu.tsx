import type { JSX } from "preact";
import { useCallback, useRef } from "preact/hooks";
import type { Page } from "../shell/page.ts";
import { useDismissal } from "../shell/use-dismissal.ts";
import type { MarkChoice } from "./mark-choice.ts";

/** Which signals are marked: of which intervals, and of which traders. */
export function MarksMenu({ page, choice }: { page: Page; choice: MarkChoice }): JSX.Element {
  const menu = useRef<HTMLDetailsElement>(null);
  useDismissal(
    useCallback(() => menu.current, []),
    useCallback((isKey: boolean) => {
      if (menu.current?.open !== true) return;
      menu.current.open = false;
      if (isKey) menu.current.querySelector("summary")?.focus();
    }, []),
  );
  const { isEachInterval, hidden } = choice.marked.value;
  const traders = page.traders.traders.value;
  return (
    <details
      class="menu"
      ref={menu}
      onToggle={() => {
        if (menu.current?.open) void page.traders.readOnce();
      }}
    >
      <summary class="button">Signals</summary>
      <ul class="menu-list" aria-label="Signals that are marked">
        <li>
          <label>
            <input type="checkbox" checked={isEachInterval} onChange={() => choice.toggleEachInterval()} />
            Of other intervals, too
          </label>
        </li>
        {traders.map(({ id, name }) => (
          <li key={id}>
            <label>
              <input type="checkbox" checked={!hidden.has(id)} onChange={() => choice.toggleTrader(id)} />
              {name}
            </label>
          </li>
        ))}
        {traders.length === 0 ? <li class="muted">There are no traders whose signals could be marked.</li> : null}
      </ul>
    </details>
  );
}

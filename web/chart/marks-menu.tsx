import type { JSX } from "preact";
import { Menu } from "../shell/menu.tsx";
import type { Page } from "../shell/page.ts";
import type { MarkChoice } from "./mark-choice.ts";

/** Which signals are marked: of which intervals, and of which traders. */
export function MarksMenu({ page, choice }: { page: Page; choice: MarkChoice }): JSX.Element {
  const { isEachInterval, hidden } = choice.marked.value;
  const traders = page.traders.traders.value;
  return (
    <Menu title="Signals" onOpen={() => void page.traders.readOnce()}>
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
    </Menu>
  );
}

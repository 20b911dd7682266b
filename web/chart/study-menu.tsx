import { useSignal } from "@preact/signals";
import type { JSX, RefObject } from "preact";
import { INDICATORS, type Indicator } from "../../src/strategy/mod.ts";
import { Menu } from "../shell/menu.tsx";
import type { StudyChoice } from "./study-choice.ts";

/** Properties of the menu. */
export interface StudyMenuProps {
  readonly choice: StudyChoice;
  readonly menu: RefObject<HTMLDetailsElement | null>;
}

/** All indicators, to be searched and added, each as often as one likes. Escape, a click outside and another address close it. */
export function StudyMenu({ choice, menu }: StudyMenuProps): JSX.Element {
  const search = useSignal("");
  const outcome = useSignal("");
  const found = INDICATORS.filter((indicator) => isFound(indicator, search.value));
  const add = (indicator: Indicator): void => {
    const { title } = indicator.drawn;
    outcome.value = choice.add(indicator) ? `${title} added. Change it in the line above the chart.` : NOTHING_TO_CROSS;
  };
  return (
    <Menu title="Indicators" keys="i" menu={menu} onClose={() => (search.value = "")}>
      <div class="menu-list studies-menu">
        <input
          type="search"
          aria-label="Search indicators"
          placeholder="Search"
          value={search}
          onInput={({ currentTarget }) => {
            search.value = currentTarget.value;
          }}
          onKeyDown={({ key }) => {
            if (key === "Enter" && found[0] !== undefined) add(found[0]);
          }}
        />
        <ul aria-label="All indicators">
          {found.map((indicator) => (
            <StudyEntry key={indicator.name} indicator={indicator} choice={choice} onAdd={() => add(indicator)} />
          ))}
        </ul>
        {found.length === 0 ? <p class="muted">No indicator has this name.</p> : null}
        <p class="studies-outcome muted" role="status">
          {outcome}
        </p>
      </div>
    </Menu>
  );
}

const NOTHING_TO_CROSS = "A crossing needs a line: add an average first.";

function StudyEntry({ indicator, choice, onAdd }: StudyEntryProps): JSX.Element {
  const { title, says } = indicator.drawn;
  const count = choice.chosen.value.filter((one) => one.indicator === indicator).length;
  return (
    <li>
      <button type="button" onClick={onAdd}>
        <span class="studies-title">{title}</span> <span class="muted">{says}</span>
        {count === 0 ? null : (
          <span class="studies-count">
            {" "}
            {count} <span class="unseen">in the chart</span>
          </span>
        )}
      </button>
    </li>
  );
}

interface StudyEntryProps {
  readonly indicator: Indicator;
  readonly choice: StudyChoice;
  readonly onAdd: () => void;
}

/** Whether each word is in the name, the title or the description. */
function isFound({ name, drawn: { title, says } }: Indicator, search: string): boolean {
  const text = `${name} ${title} ${says}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

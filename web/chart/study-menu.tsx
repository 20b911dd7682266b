import type { JSX, RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { type ChosenStudy, parametersOf, STUDIES, type Study } from "./studies.ts";
import type { StudyChoice } from "./study-choice.ts";

/** The menu of indicators with their parameters. Escape, a click outside and another address close it. */
export function StudyMenu({
  choice,
  menu,
}: {
  choice: StudyChoice;
  menu: RefObject<HTMLDetailsElement | null>;
}): JSX.Element {
  useClosing(menu);
  return (
    <details class="menu" ref={menu}>
      <summary class="button" aria-keyshortcuts="i">
        Indicators
      </summary>
      <ul class="menu-list">
        {STUDIES.map((study) => (
          <StudyEntry key={study.name} study={study} choice={choice} />
        ))}
      </ul>
    </details>
  );
}

function StudyEntry({ study, choice }: { study: Study; choice: StudyChoice }): JSX.Element {
  const chosen: ChosenStudy = choice.of(study);
  const isOn = choice.chosen.value.some((one) => one.study === study);
  return (
    <li>
      <label>
        <input type="checkbox" checked={isOn} onChange={() => choice.toggle(study)} />
        {study.title}
      </label>
      <span class="menu-numbers">
        {parametersOf(study).map(({ name, isWhole }, at) => (
          <input
            key={name}
            type="number"
            min={isWhole ? 1 : 0.1}
            step={isWhole ? 1 : 0.1}
            value={chosen.parameters[at]}
            disabled={!isOn}
            aria-label={`${study.title} ${name}`}
            title={name}
            onChange={(event) => {
              choice.change(study, at, event.currentTarget.valueAsNumber);
              // Resets an invalid input to the former value.
              event.currentTarget.valueAsNumber = choice.of(study).parameters[at] ?? Number.NaN;
            }}
          />
        ))}
      </span>
    </li>
  );
}

function useClosing(menu: RefObject<HTMLDetailsElement | null>): void {
  useEffect(() => {
    const close = (event: Event): void => {
      const element = menu.current;
      if (element === null || !element.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== "Escape") return;
        element.querySelector("summary")?.focus();
      } else if (event.type !== "hashchange" && element.contains(event.target as Node)) return;
      element.open = false;
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close);
    addEventListener("hashchange", close);
    return () => {
      removeEventListener("hashchange", close);
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close);
    };
  }, [menu]);
}

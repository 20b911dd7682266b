import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { type LineText, lineTexts, type StudyResult, studyText } from "./studies.ts";
import type { StudyChoice } from "./study-choice.ts";
import { StudyEditor } from "./study-editor.tsx";

/** Properties of the studies' legend. */
export interface StudyLegendProps {
  readonly choice: StudyChoice;
  readonly studies: ReadonlySignal<readonly StudyResult[]>;
  /** The place of the kline whose values are shown; -1 for none. */
  readonly at: number;
  /** Of prices. */
  readonly decimals: number;
  /** Whether the chart compares symbols: what lies over the candles isn't drawn meanwhile. */
  readonly isCompared: boolean;
}

/** The studies with their values, each in its colour. A click or Enter opens what can be changed; Delete removes. */
export function StudyLegend({ choice, studies, at, decimals, isCompared }: StudyLegendProps): JSX.Element | null {
  const list = useRef<HTMLDListElement>(null);
  const edited = useSignal<number | undefined>(undefined);
  const shown = studies.value;
  const study = choice.chosen.value.find(({ id }) => id === edited.value);
  if (shown.length === 0) return null;
  const focus = (id: number | undefined): void => {
    list.current?.querySelector<HTMLElement>(`[data-study="${id}"]`)?.focus();
  };
  const close = (isKey: boolean): void => {
    if (isKey) focus(edited.peek());
    edited.value = undefined;
  };
  const remove = (id: number): void => {
    const at = shown.findIndex((one) => one.id === id);
    focus((shown[at + 1] ?? shown[at - 1])?.id);
    edited.value = undefined;
    choice.remove(id);
  };
  const isDrawn = ({ isHidden, indicator }: StudyResult): boolean =>
    !isHidden && !(isCompared && indicator.drawn.place === "candles");
  return (
    <>
      <dl class="legend-studies" ref={list}>
        {shown.map((one) => (
          <div key={one.id} class={`study-${one.color}`} data-hidden={!isDrawn(one)}>
            <dt>
              <button
                type="button"
                data-study={one.id}
                aria-haspopup="dialog"
                aria-expanded={one.id === edited.value}
                title={`${one.indicator.drawn.says}: change or remove it${isDrawn(one) || one.isHidden ? "" : ". Hidden while symbols are compared"}`}
                onClick={() => {
                  edited.value = one.id === edited.peek() ? undefined : one.id;
                }}
                onKeyDown={({ key }) => {
                  if (key === "Delete") remove(one.id);
                }}
              >
                {one.indicator.drawn.title}
                <span class="study-numbers">{studyText(one, shown).slice(one.indicator.drawn.title.length)}</span>
              </button>
            </dt>
            <dd>{isDrawn(one) ? <LineValues texts={lineTexts(one, at, decimals)} /> : "hidden"}</dd>
          </div>
        ))}
      </dl>
      {study === undefined ? null : (
        <StudyEditor key={study.id} choice={choice} study={study} onClose={close} onRemove={() => remove(study.id)} />
      )}
    </>
  );
}

/** Each line's value in its colour, with its name where there are several. */
function LineValues({ texts }: { texts: readonly LineText[] }): JSX.Element {
  if (texts.length === 0) return <>–</>;
  return (
    <>
      {texts.map(({ name, shape, text }, at) => (
        <span key={name} class="line-value" data-shape={shape}>
          {at === 0 ? "" : " "}
          {name === "" ? text : `${name} ${text}`}
        </span>
      ))}
    </>
  );
}

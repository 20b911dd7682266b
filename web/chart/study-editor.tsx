import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useId, useLayoutEffect, useRef } from "preact/hooks";
import { useDismissal } from "../shell/use-dismissal.ts";
import {
  type ChosenStudy,
  columnText,
  LARGEST_FACTOR,
  LARGEST_PERIOD,
  readParameter,
  type StudyWidth,
  studyText,
} from "./studies.ts";
import type { StudyChoice } from "./study-choice.ts";
import { comparableColumns } from "./study-defaults.ts";
import { STUDY_COLORS, STUDY_WIDTHS } from "./study-palette.ts";
import { columnKey } from "./study-text.ts";

/** Properties of the editor. */
export interface StudyEditorProps {
  readonly choice: StudyChoice;
  readonly study: ChosenStudy;
  /** `isKey`: by a key, so that the keyboard goes back to where it was. */
  readonly onClose: (isKey: boolean) => void;
  readonly onRemove: () => void;
}

/** Changes one study of the chart: its numbers, its colour and width, its place, and whether it is there at all. */
export function StudyEditor({ choice, study, onClose, onRemove }: StudyEditorProps): JSX.Element {
  const element = useRef<HTMLDivElement>(null);
  const latest = useRef(onClose);
  latest.current = onClose;
  useDismissal(
    // The legend's own buttons choose another study, or close.
    useCallback(() => element.current?.parentElement ?? null, []),
    useCallback((isKey: boolean) => latest.current(isKey), []),
  );
  // Before it is painted, so that the next key is already its own.
  useLayoutEffect(() => {
    const first = element.current?.querySelector<HTMLElement>("input, select");
    first?.focus();
    if (first instanceof HTMLInputElement) first.select();
  }, []);
  const all = choice.chosen.value;
  const at = all.findIndex(({ id }) => id === study.id);
  return (
    <div class="study-editor" role="dialog" aria-label={studyText(study, all)} ref={element}>
      <p class="muted">{study.indicator.drawn.says}</p>
      <Numbers choice={choice} study={study} />
      <Columns choice={choice} study={study} />
      <Swatches choice={choice} study={study} />
      <Widths choice={choice} study={study} />
      <div class="study-actions">
        <button
          type="button"
          class="button"
          aria-pressed={study.isHidden}
          onClick={() => choice.change(study.id, { isHidden: !study.isHidden })}
        >
          Hidden
        </button>
        <button type="button" class="button" disabled={at === 0} onClick={() => choice.move(study.id, -1)}>
          Earlier
        </button>
        <button type="button" class="button" disabled={at === all.length - 1} onClick={() => choice.move(study.id, 1)}>
          Later
        </button>
        <button type="button" class="button" onClick={onRemove}>
          Remove
        </button>
      </div>
    </div>
  );
}

type PartProps = Pick<StudyEditorProps, "choice" | "study">;

function Numbers({ choice, study }: PartProps): JSX.Element {
  return (
    <>
      {study.indicator.parameters.map(({ name }, at) => (
        <NumberField key={name} choice={choice} study={study} at={at} />
      ))}
    </>
  );
}

/** One number. What is typed stays as it is typed: it applies while it is right, and else the field says what is expected. */
function NumberField({ choice, study, at }: PartProps & { readonly at: number }): JSX.Element {
  const { indicator, parameters } = study;
  const { name = "", kind, fallback, fallbackText } = indicator.parameters[at] ?? {};
  const typed = useSignal(fallbackText !== undefined && parameters[at] === fallback ? "" : String(parameters[at]));
  const fault = useSignal<string | undefined>(undefined);
  const id = useId();
  return (
    <>
      <label class="study-field">
        {name}
        <input
          type="number"
          min={kind === "period" ? 1 : 0.1}
          max={kind === "period" ? LARGEST_PERIOD : LARGEST_FACTOR}
          step={kind === "period" ? 1 : 0.1}
          placeholder={fallbackText}
          value={typed.value}
          aria-invalid={fault.value !== undefined}
          aria-describedby={id}
          onInput={({ currentTarget: { value, validity } }) => {
            typed.value = value;
            // Where letters are typed, the browser gives an empty text.
            const read = readParameter(indicator, at, validity.badInput ? "?" : value);
            fault.value = typeof read === "string" ? read : undefined;
            if (typeof read === "number") choice.setParameter(study.id, at, read);
          }}
        />
      </label>
      <p class="study-fault" id={id} role="status">
        {fault}
      </p>
    </>
  );
}

/** What a crossing compares. */
function Columns({ choice, study }: PartProps): JSX.Element {
  const all = choice.chosen.value;
  const columns = comparableColumns(all);
  return (
    <>
      {study.columns.map((chosen, at) => (
        <label key={at === 0 ? "first" : "second"} class="study-field">
          {at === 0 ? "line" : "crosses"}
          <select
            value={columnKey(chosen)}
            onChange={({ currentTarget: { value } }) => {
              const column = columns.find((one) => columnKey(one) === value);
              if (column !== undefined) choice.change(study.id, { columns: study.columns.with(at, column) });
            }}
          >
            {columns.map((column) => (
              <option key={columnKey(column)} value={columnKey(column)}>
                {columnText(column, all)}
              </option>
            ))}
          </select>
        </label>
      ))}
    </>
  );
}

function Swatches({ choice, study }: PartProps): JSX.Element {
  const name = useId();
  return (
    <fieldset class="study-swatches">
      <legend>Colour</legend>
      {STUDY_COLORS.map((says, at) => (
        <label key={says} class={`study-swatch study-${at + 1}`} title={says}>
          <input
            type="radio"
            name={name}
            aria-label={says}
            checked={study.color === at + 1}
            onChange={() => choice.change(study.id, { color: at + 1 })}
          />
        </label>
      ))}
    </fieldset>
  );
}

function Widths({ choice, study }: PartProps): JSX.Element {
  const name = useId();
  return (
    <fieldset class="study-widths">
      <legend>Width</legend>
      {STUDY_WIDTHS.map((says, at) => (
        <label key={says}>
          <input
            type="radio"
            name={name}
            checked={study.width === at + 1}
            onChange={() => choice.change(study.id, { width: (at + 1) as StudyWidth })}
          />
          {says}
        </label>
      ))}
    </fieldset>
  );
}

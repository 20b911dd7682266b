import type { JSX } from "preact";
import type { Interval } from "../../src/core/mod.ts";
import { definitionOf, spanOf } from "./column-span.ts";
import { COLUMNS } from "./columns.ts";

/** Properties of the choice. */
export interface ColumnChoiceProps {
  readonly chosen: readonly string[];
  /** Columns that are shown in any case. */
  readonly fixed?: readonly string[];
  readonly interval: Interval;
  readonly served: readonly Interval[];
  readonly onToggle: (key: string) => void;
}

const GROUPS = [...new Set(COLUMNS.map(({ group }) => group))];

/** All columns with their definitions. Those that the server has no candles for can't be chosen. */
export function ColumnChoice({ chosen, fixed = [], interval, served, onToggle }: ColumnChoiceProps): JSX.Element {
  return (
    <div class="column-choice">
      {GROUPS.map((group) => (
        <fieldset key={group}>
          <legend>{group}</legend>
          {COLUMNS.filter((column) => column.group === group).map((column) => (
            <label key={column.key} title={definitionOf(column, interval, served)}>
              <input
                type="checkbox"
                checked={chosen.includes(column.key)}
                disabled={fixed.includes(column.key) || spanOf(column, interval, served) === undefined}
                onChange={() => onToggle(column.key)}
              />
              {column.title}
            </label>
          ))}
        </fieldset>
      ))}
    </div>
  );
}

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { NumberInput } from "../shell/number-input.tsx";
import type { Page } from "../shell/page.ts";
import { definitionOf } from "./column-span.ts";
import { COLUMNS, columnOf } from "./columns.ts";
import {
  type Condition,
  comparableWith,
  conditionFault,
  MOST_CONDITIONS,
  OPERATOR_NAMES,
  type Operand,
  type Operator,
  operatorsOf,
} from "./conditions.ts";
import type { ScreenColumn } from "./screen-column.ts";
import type { ScreenerState } from "./screener-state.ts";

/** Properties of the list. */
export interface ConditionListProps {
  readonly page: Page;
  readonly state: ScreenerState;
}

/** The conditions, each of which can be changed and taken away, and a button for one more. */
export function ConditionList({ page, state }: ConditionListProps): JSX.Element {
  const { conditions, isAll } = state.screen.value;
  const add = useRef<HTMLButtonElement>(null);
  const put = (at: number, condition: Condition | undefined): void => {
    const { conditions: before } = state.screen.peek();
    // The last row goes away with the focus in it; any other is the next condition's from then on. A full list's button is enabled by then.
    if (condition === undefined && at === before.length - 1) requestAnimationFrame(() => add.current?.focus());
    const next = condition === undefined ? [] : [condition];
    state.change({ conditions: [...before.slice(0, at), ...next, ...before.slice(at + 1)] });
  };
  return (
    <section class="setup-part" aria-label="Conditions">
      <h3>
        Conditions
        {conditions.length < 2 ? null : (
          <select
            aria-label="How many must hold"
            value={isAll ? "all" : "any"}
            onChange={(event) => state.change({ isAll: event.currentTarget.value === "all" })}
          >
            <option value="all">all must hold</option>
            <option value="any">any must hold</option>
          </select>
        )}
      </h3>
      {conditions.length === 0 ? <p class="muted small">Without conditions, all symbols match.</p> : null}
      <ol class="conditions">
        {conditions.map((condition, at) => (
          <li key={at}>
            <ConditionRow page={page} state={state} condition={condition} at={at} onChange={(next) => put(at, next)} />
          </li>
        ))}
      </ol>
      <button
        type="button"
        class="button"
        ref={add}
        disabled={conditions.length >= MOST_CONDITIONS}
        title={conditions.length >= MOST_CONDITIONS ? `A screen has ${MOST_CONDITIONS} conditions at most` : undefined}
        onClick={() => put(conditions.length, { column: "change1h", operator: "above", operand: 0 })}
      >
        Add condition
      </button>
    </section>
  );
}

function ConditionRow({
  page,
  state,
  condition,
  at,
  onChange,
}: ConditionListProps & {
  condition: Condition;
  at: number;
  onChange: (condition: Condition | undefined) => void;
}): JSX.Element | null {
  const column = columnOf(condition.column);
  if (column === undefined) return null;
  const fault = conditionFault(condition);
  const name = `Condition ${at + 1}`;
  return (
    <fieldset class="condition" aria-invalid={fault !== undefined}>
      <legend class="unseen">{name}</legend>
      <select
        aria-label={`${name}: column`}
        title={definitionOf(column, state.screen.value.interval, page.market.intervals.value)}
        value={column.key}
        onChange={(event) => onChange(withColumn(condition, event.currentTarget.value))}
      >
        <ColumnOptions />
      </select>
      <ComparisonChoice name={name} column={column} condition={condition} onChange={onChange} />
      <OperandInputs name={name} column={column} condition={condition} onChange={onChange} />
      <button
        type="button"
        class="icon-button"
        aria-label={`Remove ${name.toLowerCase()}`}
        onClick={() => onChange(undefined)}
      >
        ×
      </button>
      {fault === undefined ? null : <p class="down small">{fault}</p>}
    </fieldset>
  );
}

function ColumnOptions(): JSX.Element {
  const groups = [...new Set(COLUMNS.map(({ group }) => group))];
  return (
    <>
      {groups.map((group) => (
        <optgroup key={group} label={group}>
          {COLUMNS.filter((one) => one.group === group).map(({ key, title }) => (
            <option key={key} value={key}>
              {title}
            </option>
          ))}
        </optgroup>
      ))}
    </>
  );
}

/** How the column is compared, and whether with a number or with another column. */
function ComparisonChoice({
  name,
  column,
  condition,
  onChange,
}: {
  name: string;
  column: ScreenColumn;
  condition: Condition;
  onChange: (condition: Condition) => void;
}): JSX.Element {
  const operators = operatorsOf(column);
  const withColumns = operators.filter((operator) => comparableWith(column, operator, COLUMNS).length > 0);
  const isColumn = otherColumn(condition.operand) !== undefined;
  return (
    <select
      aria-label={`${name}: comparison`}
      value={`${condition.operator}${isColumn ? " column" : ""}`}
      onChange={(event) => {
        const [operator, other] = event.currentTarget.value.split(" ") as [Operator, string | undefined];
        onChange(withOperator(condition, column, operator, other !== undefined));
      }}
    >
      {operators.map((operator) => (
        <option key={operator} value={operator}>
          {OPERATOR_NAMES[operator]}
        </option>
      ))}
      {withColumns.length === 0 ? null : (
        <optgroup label="Another column">
          {withColumns.map((operator) => (
            <option key={operator} value={`${operator} column`}>
              {OPERATOR_NAMES[operator]} column
            </option>
          ))}
        </optgroup>
      )}
    </select>
  );
}

/** What it is compared with: a number, two of them, or another column of the same kind. */
function OperandInputs({
  name,
  column,
  condition,
  onChange,
}: {
  name: string;
  column: ScreenColumn;
  condition: Condition;
  onChange: (condition: Condition) => void;
}): JSX.Element | null {
  const { operator, operand } = condition;
  if (operator === "is" || operator === "isNot") return null;
  const put = (next: Operand): void => onChange({ ...condition, operand: next });
  if (operator === "between") {
    const [from, to] = Array.isArray(operand) ? operand : [Number.NaN, Number.NaN];
    return (
      <span class="operand">
        <NumberInput name={`${name}: from`} value={from} onChange={(value) => put([value, to])} />
        <NumberInput name={`${name}: to`} value={to} onChange={(value) => put([from, value])} />
        <Unit column={column} />
      </span>
    );
  }
  const other = otherColumn(operand);
  if (other === undefined) {
    return (
      <span class="operand">
        <NumberInput name={`${name}: value`} value={Number(operand)} onChange={put} />
        <Unit column={column} />
      </span>
    );
  }
  return (
    <select
      class="operand"
      aria-label={`${name}: compared with`}
      value={other}
      onChange={(event) => put({ column: event.currentTarget.value })}
    >
      {comparableWith(column, operator, COLUMNS).map(({ key, title }) => (
        <option key={key} value={key}>
          {title}
        </option>
      ))}
    </select>
  );
}

function Unit({ column: { format } }: { column: ScreenColumn }): JSX.Element | null {
  const unit = format === "change" || format === "percent" ? "%" : format === "times" ? "×" : "";
  return unit === "" ? null : <span class="muted small">{unit}</span>;
}

/** The same comparison of another column, as far as that can be compared so. */
function withColumn(condition: Condition, key: string): Condition {
  const column = columnOf(key);
  if (column === undefined) return condition;
  const moved = { ...condition, column: key };
  if (conditionFault(moved) === undefined) return moved;
  return withOperator(moved, column, operatorsOf(column)[0] ?? "above", false);
}

/** The condition with another comparison. What it was compared with is kept where it can be. */
function withOperator(
  { column: key, operand }: Condition,
  column: ScreenColumn,
  operator: Operator,
  isColumn: boolean,
): Condition {
  if (operator === "is" || operator === "isNot") return { column: key, operator };
  if (isColumn) {
    const others = comparableWith(column, operator, COLUMNS).map((one) => one.key);
    const other = otherColumn(operand);
    return { column: key, operator, operand: { column: others.find((one) => one === other) ?? others[0] ?? key } };
  }
  const number = typeof operand === "number" ? operand : Array.isArray(operand) ? Number(operand[0]) : 0;
  return { column: key, operator, operand: operator === "between" ? [number, Math.max(number, 100)] : number };
}

/** The column that a condition compares with, if it does. */
function otherColumn(operand: Operand | undefined): string | undefined {
  return typeof operand === "object" && "column" in operand ? operand.column : undefined;
}

import type { JSX } from "preact";

/** Properties of the menu. */
export interface ColumnsMenuProps {
  /** The facts that the loaded rows have. */
  readonly keys: readonly string[];
  /** Those that have a column of their own. */
  readonly columns: readonly string[];
  readonly onChoose: (columns: readonly string[]) => void;
}

/** Chooses which facts are columns. */
export function ColumnsMenu({ keys, columns, onChoose }: ColumnsMenuProps): JSX.Element | null {
  if (keys.length === 0) return null;
  return (
    <details
      class="columns-menu"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector("summary")?.focus();
      }}
      onFocusOut={(event) => {
        const to = event.relatedTarget;
        if (to instanceof Node && !event.currentTarget.contains(to)) event.currentTarget.open = false;
      }}
    >
      <summary class="button">Columns</summary>
      <fieldset>
        <legend>Facts as columns</legend>
        {keys.map((key) => (
          <label key={key}>
            <input
              type="checkbox"
              checked={columns.includes(key)}
              onChange={(event) => {
                const isOn = event.currentTarget.checked;
                onChoose(keys.filter((one) => (one === key ? isOn : columns.includes(one))));
              }}
            />
            <span>{key}</span>
          </label>
        ))}
      </fieldset>
    </details>
  );
}

import type { JSX } from "preact";
import { Menu } from "../shell/menu.tsx";

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
    <Menu title="Columns">
      <fieldset class="menu-list columns-menu">
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
    </Menu>
  );
}

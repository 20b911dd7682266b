import type { JSX } from "preact";

/** A column of a list: its name, and the classes that its cells have. */
export interface ListColumn {
  readonly name: string;
  readonly kind?: string;
  /** Read aloud, not seen. */
  readonly isUnseen?: boolean;
}

/** The head of a list of traders, signals and the like. */
export function ListHead({ columns }: { columns: readonly ListColumn[] }): JSX.Element {
  return (
    <thead>
      <tr>
        {columns.map(({ name, kind, isUnseen = false }) => (
          <th key={name} scope="col" class={kind}>
            {isUnseen ? <span class="unseen">{name}</span> : name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

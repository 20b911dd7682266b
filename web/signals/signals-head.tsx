import type { JSX } from "preact";
import type { FactOrder } from "./fact-columns.ts";
import { HORIZONS } from "./outcome-words.ts";

/** Stands for the price since the signal among the keys that rows can be sorted by: no fact has this name. */
export const SINCE = "\u0000since";

/** Properties of the head. */
export interface SignalsHeadProps {
  /** The facts that have a column of their own. */
  readonly columns: readonly string[];
  readonly order: FactOrder | undefined;
  readonly onSort: (key: string) => void;
}

/** The head of the list of signals. The loaded rows can be sorted by the price since then and by facts. */
export function SignalsHead({ columns, order, onSort }: SignalsHeadProps): JSX.Element {
  const sortable = (key: string, name: string, kind: string): JSX.Element => {
    const sort = order?.key === key ? (order.isDescending ? "descending" : "ascending") : "none";
    return (
      <th key={key} scope="col" class={kind} aria-sort={sort}>
        <button type="button" class="sort" onClick={() => onSort(key)}>
          {name}
        </button>
      </th>
    );
  };
  return (
    <thead>
      <tr>
        <th scope="col">Closed</th>
        <th scope="col">Symbol</th>
        <th scope="col" class="roomy">
          Interval
        </th>
        <th scope="col">Trader</th>
        <th scope="col" class="figure roomy">
          Price
        </th>
        {sortable(SINCE, "Since", "figure")}
        {HORIZONS.map((horizon) => (
          <th key={horizon} scope="col" class="figure roomy">
            After {horizon}
          </th>
        ))}
        {columns.map((key) => sortable(key, key, "figure fact roomy"))}
        <th scope="col" class="roomy">
          {columns.length === 0 ? "Facts" : <span class="unseen">Other facts</span>}
        </th>
        <th scope="col" class="cell-actions">
          <span class="unseen">Why?</span>
        </th>
      </tr>
    </thead>
  );
}

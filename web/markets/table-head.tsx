import type { ReadonlySignal, Signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { columnsOf } from "./columns.ts";
import { FactHeads } from "./fact-columns.tsx";
import { type Order, orderAfterClick, sortOf } from "./order.ts";

/** Properties of the head. */
export interface TableHeadProps {
  readonly page: Page;
  readonly order: Signal<Order>;
  readonly isList: boolean;
  /** How much time the sparklines span, such as "6h". */
  readonly lineSpan: ReadonlySignal<string>;
}

/** The table's head: each column sorts, a second click sorts the other way round. */
export function TableHead({ page, order, isList, lineSpan }: TableHeadProps): JSX.Element {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columnsOf(isList).map(({ column, name, says }) =>
          column === "line" || column === "range" ? (
            <th key={column} scope="col" class={`cell-${column}`} title={says}>
              {(column === "line" && lineSpan.value) || name}
            </th>
          ) : (
            <th key={column} scope="col" class={`cell-${column}`} aria-sort={sortOf(order.value, column)}>
              <button
                type="button"
                title={says}
                onClick={() => {
                  order.value = orderAfterClick(order.peek(), column);
                }}
              >
                {name}
              </button>
            </th>
          ),
        )}
        {isList ? null : <FactHeads page={page} order={order} />}
      </tr>
    </thead>
  );
}

import type { Signal } from "@preact/signals";
import type { JSX } from "preact";
import { type Column, type Order, orderAfterClick } from "./order.ts";

const COLUMNS: readonly { column: Column; name: string; says: string }[] = [
  { column: "symbol", name: "Symbol", says: "The traded pair" },
  { column: "price", name: "Price", says: "Last price, in the quote asset" },
  { column: "change", name: "24h", says: "Change within 24 hours, in percent" },
  { column: "quoteVolume", name: "Volume", says: "Traded within 24 hours, in the quote asset" },
  { column: "age", name: "Age", says: "Since this ticker last changed" },
];

/** The table's head: each column sorts, a second click sorts the other way round. */
export function TableHead({ order }: { order: Signal<Order> }): JSX.Element {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {COLUMNS.map(({ column, name, says }) => (
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
        ))}
      </tr>
    </thead>
  );
}

function sortOf(order: Order, column: Column): "ascending" | "descending" | "none" {
  if (order.column !== column) return "none";
  return order.descending ? "descending" : "ascending";
}

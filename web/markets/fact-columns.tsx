import { type Signal, useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Page } from "../shell/page.ts";
import type { FactHead, MarketFacts } from "./market-columns.ts";
import { type Order, sortOf } from "./order.ts";

/** The heads of the columns that a user added. Where they have no values, they are dimmed and say why. */
export function FactHeads({ page, order }: { page: Page; order: Signal<Order> }): JSX.Element {
  const { heads, facts } = page.columns;
  const fault = facts.value?.fault.value ?? "";
  return (
    <>
      {heads.value.map(({ key, title, says, first }) => (
        <th key={key} scope="col" class="cell-fact" aria-sort={sortOf(order.value, `fact ${key}`)}>
          <button
            type="button"
            title={fault === "" ? says : fault}
            aria-disabled={fault !== ""}
            onClick={() => {
              const { column, descending } = order.peek();
              const isSame = column === `fact ${key}`;
              order.value = { column: `fact ${key}`, descending: isSame ? !descending : first === "highest" };
            }}
          >
            {title}
          </button>
        </th>
      ))}
    </>
  );
}

/** A symbol's values in the columns that a user added. */
export function FactCells({ page, symbol }: { page: Page; symbol: string }): JSX.Element {
  const { heads, facts } = page.columns;
  const from = facts.value;
  return (
    <>
      {from === undefined
        ? null
        : heads.value.map((head) => <Cell key={head.key} facts={from} symbol={symbol} head={head} />)}
    </>
  );
}

/** Bound to signals, as all cells: a close changes texts without a re-render. */
function Cell({ facts, symbol, head }: { facts: MarketFacts; symbol: string; head: FactHead }): JSX.Element {
  const cell = useComputed(() => facts.cell(symbol, head.key));
  const text = useComputed(() => cell.value.text);
  const kind = useComputed(() => `cell-fact ${cell.value.kind}`);
  const says = useComputed(() => cell.value.says);
  return (
    <td class={kind} title={says}>
      {text}
    </td>
  );
}

/** Fetches what computes the columns once one is chosen, and keeps their values as of the newest close while the table is there. */
export function useFacts(page: Page, isWanted: boolean): void {
  const { chosen, facts } = page.columns;
  const isNeeded = useComputed(() => chosen.value.keys.length > 0).value && isWanted;
  const from = facts.value;
  useEffect(() => {
    if (isNeeded && from === undefined) void load(page);
  }, [page, isNeeded, from]);
  useEffect(() => (isNeeded ? from?.follow() : undefined), [isNeeded, from]);
}

async function load(page: Page): Promise<void> {
  try {
    const { ColumnFacts } = await import("../screener/column-facts.ts");
    page.columns.facts.value ??= new ColumnFacts({ ...page, isHidden: () => document.hidden });
  } catch {
    // A server that is down, or was updated since the page came from it, may not have the file.
    page.router.notice.value = "The columns couldn't be loaded. Reload the page.";
  }
}

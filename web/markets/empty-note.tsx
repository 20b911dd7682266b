import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { emptyTable } from "./empty-table.ts";

/** Says why the table is empty, with a button for what helps. Nothing while there are rows. */
export function EmptyNote({ page }: { page: Page }): JSX.Element | null {
  const { market, watchlists } = page;
  const { rows } = market;
  if (rows.shown.value.length > 0) return null;
  const { says, remedy } = emptyTable({
    connection: market.connection.value,
    now: market.now.value,
    feedFault: market.feedFault.value,
    hasPrices: rows.count.value > 0,
    list: rows.onlyListed.value ? { name: watchlists.chosen.value, size: watchlists.symbols.value.size } : undefined,
  });
  return (
    <div class="table-note">
      <p>{says}</p>
      {remedy === "retry" ? (
        <button type="button" class="button" onClick={() => market.retry()}>
          Try now
        </button>
      ) : null}
      {remedy === "show all" ? (
        <button type="button" class="button" onClick={() => rows.showAll()}>
          Show all symbols
        </button>
      ) : null}
    </div>
  );
}

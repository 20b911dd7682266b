import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { TablePanel } from "./table-panel.tsx";

/** All symbols, live. */
export function MarketsScreen({ page }: { page: Page }): JSX.Element {
  return (
    <div class="screen">
      <h2 class="unseen">Markets</h2>
      <TablePanel page={page} />
    </div>
  );
}

import type { JSX } from "preact";
import type { Market } from "../market/market.ts";
import { ChartPanel } from "./chart-panel.tsx";
import { Header } from "./header.tsx";
import { StaleNote } from "./stale-note.tsx";
import { TablePanel } from "./table-panel.tsx";
import { useTitle } from "./title.ts";

/** The page. */
export function App({ market }: { market: Market }): JSX.Element {
  useTitle(market);
  return (
    <div class="app" data-stale={market.isStale}>
      <Header market={market} />
      <StaleNote market={market} />
      <main>
        <TablePanel market={market} />
        <ChartPanel market={market} />
      </main>
    </div>
  );
}

import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { Market } from "../market/market.ts";
import { staleText } from "../market/stale.ts";

/** A line across the page while its prices aren't the present ones. Nothing while there are none. */
export function StaleNote({ market }: { market: Market }): JSX.Element | null {
  const isShown = useComputed(
    () => market.isStale.value && (market.rows.count.value > 0 || market.connection.value.kind === "lost"),
  );
  const text = useComputed(() => staleText(market.connection.value, market.ageMs.value, market.feedFault.value));
  if (!isShown.value) return null;
  return (
    <aside class="stale-note" aria-label="Old prices">
      {text}
    </aside>
  );
}

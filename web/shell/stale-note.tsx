import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { Market } from "../market/market.ts";
import { staleText } from "../market/stale.ts";

/** A banner while the prices are not current. Empty while there are no prices. */
export function StaleNote({ market }: { market: Market }): JSX.Element | null {
  const isShown = useComputed(
    () => market.isStale.value && (market.rows.count.value > 0 || market.connection.value.kind === "lost"),
  );
  const text = useComputed(() => staleText(market.connection.value, market.ageMs.value, market.feedFault.value));
  const others = useComputed(() => [...market.faults.value.values()].map((fault) => `Prices are old: ${fault}.`));
  const notes = [...(isShown.value ? [text.value] : []), ...others.value];
  if (notes.length === 0) return null;
  return (
    <aside class="stale-note" aria-label="Old prices">
      {notes.join(" ")}
    </aside>
  );
}

import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { Favourites } from "./favourites.ts";

/** A star, filled while the symbol is a favourite. */
export function FavouriteButton({ favourites, symbol }: { favourites: Favourites; symbol: string }): JSX.Element {
  const isFavourite = useComputed(() => favourites.symbols.value.has(symbol));
  return (
    <button
      type="button"
      class="favourite"
      aria-label={`Favourite ${symbol}`}
      aria-pressed={isFavourite}
      onClick={() => favourites.toggle(symbol)}
    >
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path
          d="M8 1.8l1.9 4 4.3.6-3.1 3 .8 4.3L8 11.6l-3.9 2.1.8-4.3-3.1-3 4.3-.6z"
          stroke="currentColor"
          stroke-linejoin="round"
        />
      </svg>
    </button>
  );
}

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Code that is fetched when it is first needed: what came, or in words why nothing did. */
export type Later<T> = { readonly here: T } | { readonly missing: string } | undefined;

/** Fetches once. `load` is the same function at every call. */
export function useLater<T>(load: () => Promise<T>): Signal<Later<T>> {
  const later = useSignal<Later<T>>(undefined);
  useEffect(() => {
    let isWanted = true;
    load().then(
      (here) => {
        if (isWanted) later.value = { here };
      },
      // A server that is down, or was updated since the page came from it, may not have the file.
      () => {
        if (isWanted) later.value = { missing: "A part of the page couldn't be loaded. Reload the page." };
      },
    );
    return () => {
      isWanted = false;
    };
  }, [load, later]);
  return later;
}

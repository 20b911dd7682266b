import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** Whether a media query holds, for as long as it is asked for. */
export function useMedia(query: string): ReadonlySignal<boolean> {
  const holds = useSignal(matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const read = (): void => {
      holds.value = list.matches;
    };
    read();
    list.addEventListener("change", read);
    return () => list.removeEventListener("change", read);
  }, [query, holds]);
  return holds;
}

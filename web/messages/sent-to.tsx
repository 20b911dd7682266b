import { type ReadonlySignal, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { Destination } from "../../src/wire/mod.ts";
import type { Page } from "../shell/page.ts";
import { routeHash } from "../shell/route.ts";
import { sentToText } from "./sent-to-text.ts";

/** The caller's destinations, read once; none while they aren't known, and where this server sends nothing. */
export function useDestinations(page: Page): ReadonlySignal<readonly Destination[]> {
  const all = useSignal<readonly Destination[]>([]);
  useEffect(() => {
    if (!page.runsTraders) return undefined;
    const leaving = new AbortController();
    const reading = import("./read-destinations.ts").then(({ readDestinations }) =>
      readDestinations(page, leaving.signal),
    );
    reading.then(
      (read) => {
        all.value = read;
      },
      // The Messages screen says why they can't be read.
      () => {},
    );
    return () => leaving.abort();
  }, [page, all]);
  return all;
}

/** Where a trader's signals go, with a link to the destinations. Nothing where the caller has none. */
export function SentTo({ trader, all }: { trader: string; all: readonly Destination[] }): JSX.Element | null {
  const text = sentToText(trader, all);
  if (text === "") return null;
  return (
    <p class="muted small sent-to">
      <a href={routeHash("traders", ["messages"])}>{text}</a>
    </p>
  );
}

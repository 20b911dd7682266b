import type { ConnectionState } from "../market/connection-state.ts";

/** Why the table shows no rows. */
export interface EmptyTable {
  readonly says: string;
  /** What the user can do about it. */
  readonly remedy?: "retry" | "show all";
}

/** What decides why the table shows no rows. */
export interface EmptyTableFacts {
  readonly connection: ConnectionState;
  /** Local time in Unix milliseconds. */
  readonly now: number;
  /** Why the server receives no data; undefined if it does, or if that is unknown. */
  readonly feedFault: string | undefined;
  /** Whether the page has any prices. */
  readonly hasPrices: boolean;
  /** The chosen list, if only its symbols are shown. */
  readonly list: { readonly name: string; readonly size: number } | undefined;
}

/** Explains an empty table, and what to do. */
export function emptyTable({ connection, now, feedFault, hasPrices, list }: EmptyTableFacts): EmptyTable {
  if (!hasPrices) return withoutPrices(connection, now, feedFault);
  if (list?.size === 0) {
    return {
      says: `The list "${list.name}" is empty. Show all symbols, then add some with the stars next to them.`,
      remedy: "show all",
    };
  }
  const where = list === undefined ? "" : ` on the list "${list.name}"`;
  return { says: `No symbol${where} matches. Press Escape in the search to show all symbols.`, remedy: "show all" };
}

function withoutPrices(connection: ConnectionState, now: number, feedFault: string | undefined): EmptyTable {
  switch (connection.kind) {
    case "connecting":
      return { says: "Connecting to the server …" };
    case "connected":
      return feedFault === undefined
        ? { says: "Connected. Waiting for the first prices …" }
        : { says: `The server has no prices yet: ${feedFault}. They appear here as soon as they arrive.` };
    case "silent":
      return { says: "The server doesn't answer. The page keeps trying." };
    case "waiting": {
      const seconds = Math.ceil((connection.until - now) / 1_000);
      const next = seconds > 0 ? `The page tries again in ${seconds} s.` : "The page is trying again …";
      return { says: `The server can't be reached: ${connection.reason}. ${next}`, remedy: "retry" };
    }
    case "lost":
      return { says: `The page is disconnected: ${connection.reason}. Reload the page to try again.` };
  }
}

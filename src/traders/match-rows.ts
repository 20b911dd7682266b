import type { Symbol } from "../core/mod.ts";

/** Matches that are encoded before other work of the process gets its turn: with the largest facts, less than a millisecond of work. */
const MATCHES_A_TURN = 64;

/** A match to be stored. */
export interface Match {
  readonly symbol: Symbol;
  readonly price: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * The matches of several runs as one JSON text for `json_to_recordset`: `{run, symbol, price, facts}`, runs numbered from 1. Hundreds of
 * matches with large facts are megabytes, so they are encoded a few at a time.
 */
export async function matchRows(runs: readonly (readonly Match[])[]): Promise<string> {
  const rows = runs.flatMap((matches, run) => matches.map((match) => ({ run: run + 1, ...match })));
  const parts: string[] = [];
  for (let first = 0; first < rows.length; first += MATCHES_A_TURN) {
    if (first > 0) await new Promise((resolve) => setTimeout(resolve, 0));
    parts.push(JSON.stringify(rows.slice(first, first + MATCHES_A_TURN)).slice(1, -1));
  }
  return `[${parts.join(",")}]`;
}

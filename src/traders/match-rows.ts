import { type Symbol, storableJson } from "../core/mod.ts";

/**
 * The most matches that one statement stores, and the most characters that they have as JSON. A statement holds up everybody else's
 * where the database has one connection: this much takes PGlite about 15 ms.
 */
const MAX_STATEMENT_MATCHES = 128;
const MAX_STATEMENT_CHARACTERS: number = 128 * 1024;

/** A match to be stored. */
export interface Match {
  readonly symbol: Symbol;
  readonly price: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A match as it is stored, and the JSON text of its `{symbol, price, facts}`. */
export interface MatchRow {
  readonly match: Match;
  readonly json: string;
}

/** How many matches one statement may still take. */
export class StatementRoom {
  #matches = 0;
  #characters = 0;

  /** As many of these matches, from the index `from` on, as there is room for; at least one where nothing was taken before. */
  take(matches: readonly Match[], from: number): MatchRow[] {
    const rows: MatchRow[] = [];
    for (let at = from; at < matches.length && this.#matches < MAX_STATEMENT_MATCHES; at += 1) {
      const row = rowOf(matches[at] as Match);
      if (this.#matches > 0 && this.#characters + row.json.length > MAX_STATEMENT_CHARACTERS) break;
      this.#matches += 1;
      this.#characters += row.json.length;
      rows.push(row);
    }
    return rows;
  }
}

/** Characters in facts that PostgreSQL can't hold are replaced, in what is stored and in what is published of it. */
function rowOf(match: Match): MatchRow {
  const { symbol, price, facts } = match;
  const json = JSON.stringify({ symbol, price, facts });
  const stored = storableJson(json);
  return stored === json ? { match, json } : { match: JSON.parse(stored) as Match, json: stored };
}

/** Matches in parts that one statement each can store, in their order. */
export function* inParts(matches: readonly Match[]): Generator<MatchRow[]> {
  for (let from = 0; from < matches.length; ) {
    const rows = new StatementRoom().take(matches, from);
    from += rows.length;
    yield rows;
  }
}

/** The matches of several runs as one JSON text for `json_to_recordset`: `{run, symbol, price, facts}`, runs numbered from 1. */
export function recordsOf(runs: readonly (readonly MatchRow[])[]): string {
  const records = runs.flatMap((rows, run) => rows.map(({ json }) => `{"run":${run + 1},${json.slice(1)}`));
  return `[${records.join(",")}]`;
}

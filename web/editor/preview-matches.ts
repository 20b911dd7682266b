import type { PreviewAnswer } from "../../src/wire/mod.ts";

/** One match of a preview. */
export interface PreviewMatch {
  readonly closeTime: number;
  readonly symbol: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The matches of all closes, newest first. */
export function previewMatches({ closes }: PreviewAnswer): readonly PreviewMatch[] {
  return [...closes]
    .reverse()
    .flatMap(({ closeTime, matches }) => matches.map(({ symbol, facts }) => ({ closeTime, symbol, facts })));
}

/** The symbols that matched, those with the most matches first. */
export function symbolsByMatches(matches: readonly PreviewMatch[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { symbol } of matches) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  return [...counts].sort(([a, most], [b, other]) => other - most || (a < b ? -1 : 1)).map(([symbol]) => symbol);
}

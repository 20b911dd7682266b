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

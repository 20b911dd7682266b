import type { Client } from "../../src/client/mod.ts";
import { countOf, type Interval, type Symbol } from "../../src/core/mod.ts";
import { type CodePlace, placeIn, withoutPlace } from "../text/code-place.ts";

/** Symbols over which a filter is tried before it is saved: it costs a token, and a mistake shows at any of them. */
const TRIED_SYMBOLS = 10;

/** A filter and when it runs. */
export interface TriedFilter {
  readonly code: string;
  readonly timeframes: readonly Interval[];
  readonly interval: Interval;
}

/** What is to be known before a filter is saved, and where in its code that is. */
export interface TrialWarning {
  readonly text: string;
  readonly place: CodePlace | undefined;
}

/**
 * A warning if a filter fails for each symbol over which it is tried at the last close; undefined if it doesn't, or if it can't be tried: the
 * server has the last word.
 */
export async function trialWarning(
  client: Pick<Client, "screen">,
  filter: TriedFilter,
  symbols: readonly Symbol[],
): Promise<TrialWarning | undefined> {
  const tried = symbols.slice(0, TRIED_SYMBOLS);
  if (tried.length === 0) return undefined;
  const answer = await client.screen({ ...filter, symbols: tried }).catch(() => undefined);
  const [first] = answer?.errors ?? [];
  if (answer === undefined || first === undefined) return undefined;
  const { errors, skipped, pending } = answer;
  if (errors.length + skipped.length + pending.length < tried.length) return undefined;
  const where = errors.length === 1 ? first.symbol : `all ${countOf(errors.length, "symbol")} that it was tried for`;
  return { text: `The filter fails for ${where}: ${withoutPlace(first.message)}.`, place: placeIn(first.message) };
}

import { nearest } from "../core/mod.ts";

/** What one difference between an address and a route's path counts; a route beyond the last isn't suggested. */
const COST = { misspelt: 0.5, missingParameter: 0.6, missing: 1, surplus: 1.2, most: 3 } as const;

/** How many characters of a word may be wrong. */
const MOST_EDITS = 2;

/** Longer paths get no suggestion. */
const MOST_PARTS = 8;

interface Fit {
  readonly cost: number;
  /** The route's parts, with those of the address in place of parameters. */
  readonly parts: readonly string[];
  /** Whether a word of the route is in the address. */
  readonly isNamed: boolean;
}

const NONE: Fit = { cost: Number.POSITIVE_INFINITY, parts: [], isNamed: false };

/** The route's path that was probably meant, with the address's own symbol where one fits: /klines/BTCUSDT/{interval}. */
export function suggestedPath(parts: readonly string[], routes: readonly (readonly string[])[]): string | undefined {
  const asked = parts.filter((part) => part !== "");
  if (asked.length === 0 || asked.length > MOST_PARTS) return undefined;
  let best = NONE;
  for (const route of routes) {
    const fit = fitOf(asked, route.slice(1));
    if (fit.isNamed && fit.cost < best.cost) best = fit;
  }
  return best.cost <= COST.most ? `/${best.parts.join("/")}` : undefined;
}

/**
 * The cheapest way to make the address a route's: parts in order, each kept, replaced, left out or put in. Each pair of a rest of the address
 * and a rest of the route is looked at once.
 */
function fitOf(asked: readonly string[], route: readonly string[]): Fit {
  const known = new Map<number, Fit>();
  const fit = (at: number, word: number): Fit => {
    const key = at * (route.length + 1) + word;
    const had = known.get(key);
    if (had !== undefined) return had;
    const made = fitAt(asked, route, at, word, fit);
    known.set(key, made);
    return made;
  };
  return fit(0, 0);
}

function fitAt(
  asked: readonly string[],
  route: readonly string[],
  at: number,
  place: number,
  fit: (at: number, place: number) => Fit,
): Fit {
  const [first, word] = [asked[at], route[place]];
  if (word === undefined) return { cost: (asked.length - at) * COST.surplus, parts: [], isNamed: false };
  const isParameter = word.startsWith("{");
  const inserted = prepended(fit(at, place + 1), isParameter ? COST.missingParameter : COST.missing, word, false);
  if (first === undefined) return inserted;
  const surplus = fit(at + 1, place);
  const fits: Fit[] = [];
  if (isParameter) fits.push(prepended(fit(at + 1, place + 1), 0, first, false));
  else if (first === word) fits.push(prepended(fit(at + 1, place + 1), 0, word, true));
  else if (nearest(first, [word], MOST_EDITS) !== undefined)
    fits.push(prepended(fit(at + 1, place + 1), COST.misspelt, word, true));
  // Of two ways that cost the same, the one that keeps more of the address.
  fits.push(inserted, { ...surplus, cost: surplus.cost + COST.surplus });
  return fits.reduce((best, one) => (one.cost < best.cost ? one : best), NONE);
}

function prepended({ cost, parts, isNamed }: Fit, more: number, part: string, named: boolean): Fit {
  return { cost: cost + more, parts: [part, ...parts], isNamed: isNamed || named };
}

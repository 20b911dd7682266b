import type { Interval, Symbol } from "../core/mod.ts";
import type { NewTrader } from "../wire/mod.ts";
import type { MarketOffer } from "./ports.ts";

/** Symbols that a sentence names; of more it says how many there are. */
const NAMED_SYMBOLS = 10;

/** What decides whether a trader can run. */
export type TraderNeeds = Pick<NewTrader, "timeframes" | "triggerInterval" | "symbols">;

/** Why a trader can never run in a market, as a sentence; undefined if it can, or while it isn't known what the market has. */
export function unrunnableWhy(
  { timeframes, triggerInterval, symbols }: TraderNeeds,
  offer: MarketOffer | undefined,
): string | undefined {
  if (offer === undefined) return undefined;
  const why = unservedWhy({ timeframes, triggerInterval }, offer.intervals);
  if (why !== undefined || symbols === null) return why;
  return symbols.some((symbol) => offer.symbols.has(symbol)) ? undefined : unfollowedWhy(symbols);
}

/**
 * Which interval that a trader needs isn't among those that are served; undefined if all are, or while those aren't known. `atClose`: the
 * interval whose close it is run at by hand, if that isn't its own.
 */
export function unservedWhy(
  { timeframes, triggerInterval }: Pick<TraderNeeds, "timeframes" | "triggerInterval">,
  served: MarketOffer["intervals"] | undefined,
  atClose: Interval = triggerInterval,
): string | undefined {
  if (served === undefined) return undefined;
  const expected = `expected one of ${served.join(", ")}`;
  if (!served.includes(atClose)) {
    return `${atClose === triggerInterval ? "triggerInterval" : "interval"} is ${atClose}, which is not served here: ${expected}`;
  }
  const unserved = timeframes.find((interval) => !served.includes(interval));
  return unserved === undefined ? undefined : `timeframes has ${unserved}, which is not served here: ${expected}`;
}

/** Says that these symbols aren't followed. */
export function unfollowedWhy(symbols: readonly Symbol[]): string {
  const named = symbols.slice(0, NAMED_SYMBOLS).join(", ");
  const rest = symbols.length > NAMED_SYMBOLS ? ` and ${symbols.length - NAMED_SYMBOLS} more` : "";
  const are = symbols.length === 1 ? "is" : "are";
  return `symbols has ${named}${rest}, which ${are} not followed here: GET /symbols lists those that are`;
}

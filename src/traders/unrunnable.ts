import { type Interval, MARKET_NAMES, type MarketId, type Symbol } from "../core/mod.ts";
import type { NewTrader } from "../wire/mod.ts";
import type { MarketOffer } from "./ports.ts";

/** Symbols that a sentence names; of more it says how many there are. */
const NAMED_SYMBOLS = 10;

/** What decides whether a trader can run. */
export type TraderNeeds = Pick<NewTrader, "market" | "timeframes" | "triggerInterval" | "symbols">;

/**
 * Why a trader can never run, as a sentence; undefined if it can, or while it isn't known what there is. `offer`: of its market. `served`:
 * the markets that there are.
 */
export function unrunnableWhy(
  { market, timeframes, triggerInterval, symbols }: TraderNeeds,
  offer: MarketOffer | undefined,
  served?: readonly MarketId[],
): string | undefined {
  const unserved = market === undefined ? undefined : unservedMarketWhy(market, served);
  if (unserved !== undefined) return unserved;
  if (offer === undefined) return undefined;
  const why = unservedWhy({ timeframes, triggerInterval }, offer.intervals);
  if (why !== undefined || symbols === null) return why;
  return symbols.some((symbol) => offer.symbols.has(symbol)) ? undefined : unfollowedWhy(symbols);
}

/** Says that a market isn't among those that are served; undefined if it is, or while those aren't known. */
export function unservedMarketWhy(market: MarketId, served: readonly MarketId[] | undefined): string | undefined {
  if (served === undefined || served.includes(market)) return undefined;
  const known = served.map((one) => `${one} (${MARKET_NAMES[one]})`).join(", ");
  return `${MARKET_NAMES[market]} is not served here: expected one of the markets ${known}`;
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

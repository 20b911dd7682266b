import { MARKET_NAMES } from "../core/mod.ts";
import type { HealthAnswer, MarketHealth } from "../wire/mod.ts";
import type { Outcome } from "./finding.ts";
import type { Visit } from "./visit.ts";

/** A market of the server as its `/health` has it. `market` is undefined for an older server, which has one and doesn't name it. */
export type VisitedMarket = Omit<MarketHealth, "market"> & { readonly market: MarketHealth["market"] | undefined };

/** The markets of a server, the first one first. */
export function visitedMarkets(health: HealthAnswer): readonly VisitedMarket[] {
  return health.markets.length > 0
    ? health.markets
    : [{ ...health, market: undefined, epoch: "", marketTime: null, exchangeTime: null }];
}

/** Which state the whole has: the first of these that a market has. */
const WORST_FIRST: readonly Outcome["state"][] = ["wrong", "warning", "skipped", "good"];

/** Makes a check of each market's, one after the other. With more than one, the outcome says of each which market it is about. */
export async function ofEachMarket(visit: Visit, check: (served: VisitedMarket) => Promise<Outcome>): Promise<Outcome> {
  const markets = visitedMarkets(await visit.health());
  const outcomes: Outcome[] = [];
  for (const served of markets) {
    const outcome = await check(served);
    const name = served.market === undefined ? "" : `${MARKET_NAMES[served.market]}: `;
    outcomes.push(markets.length === 1 ? outcome : { ...outcome, found: `${name}${outcome.found}` });
  }
  const state = WORST_FIRST.find((one) => outcomes.some((outcome) => outcome.state === one)) ?? "good";
  // What is well needs no words beside what isn't.
  const told = outcomes.filter((outcome) => outcome.state === state);
  const found = told.map((outcome) => outcome.found).join("; ");
  const expected = [...new Set(told.flatMap((outcome) => ("expected" in outcome ? [outcome.expected] : [])))].join(
    "; ",
  );
  return state === "wrong" || state === "warning" ? { state, found, expected } : { state, found };
}

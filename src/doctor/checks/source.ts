import { BARE_MARKET, exchangeNameOf, exchangeSourceOf, type MarketSource } from "../../core/mod.ts";
import { ofEachMarket, type VisitedMarket, visitedMarkets } from "../by-market.ts";
import { good, type Outcome, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** Whether each market is real, or what else it should be. */
export async function source(visit: Visit): Promise<Outcome> {
  const [first] = visitedMarkets(await visit.health());
  return await ofEachMarket(visit, async (served) =>
    sourceOf(served, served.market === first?.market ? visit.deployment.source : otherThanFirst(visit)),
  );
}

/** An exchange's name is said of the first market. The others are to be real as well, each from its own exchange. */
function otherThanFirst({ deployment: { source: named } }: Visit): MarketSource | undefined {
  return named === undefined || exchangeNameOf(named) !== undefined ? undefined : named;
}

function sourceOf({ market, source: found }: VisitedMarket, named: MarketSource | undefined): Outcome {
  const expected = named ?? exchangeSourceOf(market ?? BARE_MARKET);
  if (found === expected) return good(`the market is ${found}`);
  const hint =
    exchangeNameOf(expected) === undefined
      ? `is the right exchange behind --exchange-rest and --exchange-ws? If ${found} is meant, check with --source ${found}`
      : "is this `vyx serve`, without --replay, --exchange-rest and --exchange-ws?";
  return wrong(`the market is ${found}`, `${expected}: ${hint}`);
}

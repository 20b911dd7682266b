import { type Interval, type MarketId, wildcardOf } from "../../core/mod.ts";
import { ofEachMarket, type VisitedMarket } from "../by-market.ts";
import { good, type Outcome, wrong } from "../finding.ts";
import type { Visit } from "../visit.ts";

/** So many series are looked at for which of them lack something; a key's rate is spared. */
const MOST_ASKED = 100;

/** So many are named. */
const MOST_NAMED = 3;

/** Whether every series is whole. */
export async function holes(visit: Visit): Promise<Outcome> {
  return await ofEachMarket(visit, (served) => holesOf(visit, served));
}

async function holesOf(visit: Visit, { coverage, market, intervals }: VisitedMarket): Promise<Outcome> {
  const { complete, total } = coverage;
  if (total === 0) return wrong("there are no series", "at least one: docs/runbook.md#vyxnotready");
  if (complete === total) return good(`all ${total} series are complete`);
  const named = await nameSome(visit, market, intervals).catch(() => []);
  return wrong(
    `${total - complete} of ${total} series are incomplete or uncertain${named.length === 0 ? "" : `: ${named.join(", ")}`}`,
    "all series complete, seconds after a lost connection: docs/runbook.md#vyxholes",
  );
}

/** Which they are, as far as that is found with few questions: doubts reach to the newest candle, holes are further back. */
async function nameSome(visit: Visit, market: MarketId | undefined, intervals: readonly Interval[]): Promise<string[]> {
  if (visit.keysWithheld !== undefined) return [];
  // An older server has one market, and knows `*` only.
  const meant = market === undefined ? "*" : [wildcardOf(market)];
  const { series } = await visit.client.series({ symbols: meant, intervals, limit: 2 });
  const named = series
    .filter(({ complete }) => !complete)
    .map(({ symbol, interval }) => `${symbol} ${interval} is uncertain`);
  for (const { symbol, interval } of series.slice(0, MOST_ASKED)) {
    if (named.length > MOST_NAMED) break;
    const [hole] = (await visit.client.coverage(symbol, interval)).holes;
    if (hole !== undefined)
      named.push(`${symbol} ${interval} is missing klines from ${new Date(hole.from).toISOString()}`);
  }
  return named.length > MOST_NAMED ? [...named.slice(0, MOST_NAMED), "…"] : named;
}

import { MARKET_NAMES, type MarketId } from "../../src/core/mod.ts";
import type { HealthAnswer, MarketHealth } from "../../src/wire/mod.ts";

/** The server's reason why it receives no data from any exchange; undefined while it does from one. */
export function feedFaultOf(health: HealthAnswer | undefined): string | undefined {
  if (health === undefined || !health.markets.every(isDown)) return undefined;
  return health.reasons[0] ?? "the server receives no data from the exchange";
}

/** Why the server receives no data of some markets while it does of others: their prices are old, and no others. */
export function faultsOf(health: HealthAnswer | undefined): ReadonlyMap<MarketId, string> {
  const down = health?.markets.filter(isDown) ?? [];
  if (down.length === health?.markets.length) return new Map();
  return new Map(
    down.map(({ market, reasons }) => [
      market,
      `${MARKET_NAMES[market]}: ${reasons[0] ?? "no data from the exchange"}`,
    ]),
  );
}

/** The age of the market that is the most current; null where none is known. */
export function leastAge(
  health: HealthAnswer | undefined,
  ageOf: (feed: MarketHealth["feed"]) => number | null,
): number | null {
  const ages = health?.markets.flatMap(({ feed }) => ageOf(feed) ?? []) ?? [];
  return ages.length === 0 ? null : Math.min(...ages);
}

function isDown({ feed: { state } }: MarketHealth): boolean {
  return state === "connecting" || state === "silent";
}

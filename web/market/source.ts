import { exchangeNameOf } from "../../src/core/mod.ts";

/** How the source of the prices is shown. Only `live` may look like a market that one can trade on now. */
export interface SourceBadge {
  readonly text: string;
  readonly kind: "live" | "real" | "unreal" | "unknown";
  readonly says: string;
}

const UNKNOWN: SourceBadge = {
  text: "source unknown",
  kind: "unknown",
  says: "The server hasn't reported the source of its prices yet.",
};

/** The badge of a source; a real one is called live only while its prices are the present ones. */
export function sourceBadge(source: string | undefined, isCurrent: boolean): SourceBadge {
  if (source === "recorded") {
    return {
      text: "recorded",
      kind: "unreal",
      says: "Recorded prices, played back. This is not the current market.",
    };
  }
  if (source === "simulated") {
    return { text: "simulated", kind: "unreal", says: "Simulated prices. This is not a real market." };
  }
  const exchange = source === undefined ? undefined : exchangeNameOf(source);
  if (exchange === undefined) return UNKNOWN;
  return isCurrent
    ? { text: `${source} — live`, kind: "live", says: `Live prices from ${exchange}.` }
    : {
        text: `${source} — not live`,
        kind: "real",
        says: `Prices from ${exchange}, but none are arriving at the moment.`,
      };
}

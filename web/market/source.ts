import type { MarketSource } from "../../src/core/mod.ts";

/** How the source of the prices is shown. Only `live` may look like a market that one can trade on now. */
export interface SourceBadge {
  readonly text: string;
  readonly kind: "live" | "real" | "unreal" | "unknown";
  readonly says: string;
}

const UNKNOWN: SourceBadge = {
  text: "source unknown",
  kind: "unknown",
  says: "The server hasn't said yet where its prices come from.",
};

/** The badge of a source; a real one is called live only while its prices are the present ones. */
export function sourceBadge(source: string | undefined, isCurrent: boolean): SourceBadge {
  switch (source as MarketSource | undefined) {
    case "binance":
      return isCurrent
        ? { text: "binance — live", kind: "live", says: "Prices come from Binance as they happen." }
        : {
            text: "binance — not live",
            kind: "real",
            says: "Prices came from Binance, but none arrive at the moment.",
          };
    case "recorded":
      return {
        text: "recorded",
        kind: "unreal",
        says: "Recorded prices are played back. This is not the market of today.",
      };
    case "simulated":
      return { text: "simulated", kind: "unreal", says: "Prices are made up. This is not a real market." };
    default:
      return UNKNOWN;
  }
}

import type { MarketId } from "../../core/mod.ts";
import type { FinalsCounts } from "./finals-queue.ts";
import type { ClusterRole } from "./node-entry.ts";

/** How a node is in its cluster. What isn't its role's is null. */
export interface ClusterStatus {
  readonly role: ClusterRole;
  readonly node: string;
  readonly isConnected: boolean;
  readonly losses: number;
  /** Other nodes that are there. */
  readonly others: number;
  /** Whether another process uses this node's name. */
  readonly hasTwin: boolean;
  readonly markets: readonly ClusterMarketStatus[];
  /** Streams and buckets that this node created, and how often it filled a stream. */
  readonly created: number;
  readonly filled: number;
}

/** One market of it. */
export interface ClusterMarketStatus {
  readonly market: MarketId;
  /** Where the data of other nodes comes from, where that isn't where ours does: nothing is taken from these. */
  readonly otherSources: readonly string[];
  /** Whether ingest nodes have followed different symbols for long. */
  readonly symbolsDiffer: boolean;
  /** Whether it asks the exchange for history. */
  readonly spends: boolean | null;
  /** Final states that aren't acknowledged yet. */
  readonly waiting: number | null;
  readonly counts: Readonly<FinalsCounts> | null;
  /** Messages of the stream that haven't come yet. */
  readonly behind: number | null;
  readonly hasStream: boolean | null;
  readonly streamLosses: number | null;
  /** Whether the last close that was judged didn't come whole through the stream, and how many didn't. */
  readonly isLate: boolean | null;
  readonly late: number | null;
}

/** In words, what is wrong with a node though its server goes on. */
export function clusterFaults({ node, isConnected, hasTwin, markets }: ClusterStatus): readonly string[] {
  if (!isConnected) return ["NATS is away"];
  const twin = hasTwin ? [`another process is called ${node}, too: expected a --node-name of its own for each`] : [];
  const faults = markets.flatMap(({ market, hasStream, isLate, otherSources, symbolsDiffer }) => {
    if (otherSources.length > 0) {
      return [
        `${market}: the data of other nodes is ${otherSources.join(", ")}, which isn't taken over: expected one exchange for all`,
      ];
    }
    if (symbolsDiffer) {
      return [
        `${market}: ingest nodes follow different symbols, and some are missing at other nodes: expected the same list in --symbols`,
      ];
    }
    if (hasStream === false) return [`the stream of ${market}'s final klines is gone`];
    return isLate === true ? [`${market}: the last close didn't come whole through the stream`] : [];
  });
  return [...twin, ...faults];
}

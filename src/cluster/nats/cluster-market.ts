import type { Clock, Stopwatch } from "../../core/mod.ts";
import type { MarketStore } from "../../store/mod.ts";
import type { NatsLink } from "./link.ts";
import type { NodeMarket } from "./node-entry.ts";

/** One market of this node. */
export interface ClusterMarket {
  readonly store: MarketStore;
  /** How it is. */
  state(): Pick<NodeMarket, "lagMs" | "isReady" | "source" | "epoch">;
}

/** What the parts of a node work with. */
export interface NodeParts {
  readonly link: NatsLink;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly log: { info(message: string): void; warn(message: string): void };
}

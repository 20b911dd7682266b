import type { Bound } from "../core/mod.ts";
import { MAX_WAITING } from "./nats/finals-queue.ts";
import { MAX_ANSWER_BYTES } from "./nats/peers.ts";
import {
  DUPLICATES_MINUTES,
  MAX_MESSAGE_BYTES,
  RINGS_OF_MESSAGES,
  SPARE_MESSAGES,
  SPARE_MINUTES,
} from "./nats/streams.ts";
import { LATE_AFTER_MS } from "./nats/watchdog.ts";

/** The bounds of a cluster over NATS. */
export const CLUSTER_BOUNDS: readonly Bound[] = [
  {
    what: "final klines that an ingest node keeps until NATS acknowledges them, of each market",
    bound: `${MAX_WAITING}`,
    whenFull: "the oldest is given up, and the stream is filled from the node's memory afterwards",
    metric: 'vyx_cluster_finals_total{outcome="dropped"}',
  },
  {
    what: "final klines of a symbol in the stream",
    bound: `${SPARE_MINUTES} minutes longer than --capacity minutes; ${RINGS_OF_MESSAGES} times --capacity, and ${SPARE_MESSAGES} more`,
    whenFull: "the oldest is removed; nodes read history from each other, not from the stream",
  },
  {
    what: "message of the stream",
    bound: `${MAX_MESSAGE_BYTES} bytes`,
    whenFull: "NATS refuses it: no kline is that large",
    metric: 'vyx_cluster_finals_total{outcome="retried"}',
  },
  {
    what: "answer of another node, but for a checkpoint",
    bound: `${MAX_ANSWER_BYTES} bytes`,
    whenFull: "it counts as none, and the next node is asked",
  },
  {
    what: "how long NATS remembers which final klines it has",
    bound: `${DUPLICATES_MINUTES} minutes`,
    whenFull: "an older final kline isn't published: nodes that lack it ask another node",
  },
  {
    what: "how long a final kline may take through the stream",
    bound: `${LATE_AFTER_MS / 1_000} s`,
    whenFull: "an alarm; the node asks another node for it meanwhile",
    metric: "vyx_cluster_close_late",
  },
];

import { type Bound, LONGEST_RETRY_AFTER_MS } from "../core/mod.ts";
import { BINANCE } from "./binance/binance.ts";

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

/** The bounds of what an exchange may say. */
export const FEED_BOUNDS: readonly Bound[] = [
  ...Object.entries(BINANCE.rest.costs).map(([name, { maxBytes }]) => ({
    what: `body of an answer of REST, decompressed: ${name}`,
    bound: `${maxBytes / MIB} MB`,
    whenFull: "it is cut off, and asked for again with back-off",
    metric: "vyx_repairs_failed_total",
  })),
  {
    what: "how long a `Retry-After` of the exchange's is honoured",
    bound: `${LONGEST_RETRY_AFTER_MS / DAY_MS} days`,
    whenFull: "the exchange is asked again, once",
    metric: "vyx_rest_stopped_seconds",
  },
];

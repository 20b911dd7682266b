import { type Bound, type JsonBounds, LONGEST_RETRY_AFTER_MS } from "../core/mod.ts";
import type { QuestionKind } from "./exchange.ts";
import { EXCHANGES } from "./exchanges.ts";
import { ANSWER_BOUNDS } from "./live/asking/answer-text.ts";
import { FRAME_BOUNDS, MAX_FRAME_CHARACTERS } from "./live/reading/frame-reader.ts";

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;

const KINDS: readonly QuestionKind[] = ["klines", "symbols", "tickers", "time"];

/** The bounds of what an exchange may say. */
export const FEED_BOUNDS: readonly Bound[] = [
  ...KINDS.map((kind) => ({
    what: `body of an answer of REST, decompressed: ${kind}`,
    bound: `${Math.max(...Object.values(EXCHANGES).map(({ rest }) => rest.costs[kind].maxBytes)) / MIB} MB`,
    whenFull: "it is cut off, and asked for again with back-off",
    metric: "vyx_repairs_failed_total",
  })),
  {
    what: "what an answer of REST holds",
    bound: inWords(ANSWER_BOUNDS),
    whenFull: "it isn't parsed, and asked for again with back-off",
    metric: "vyx_repairs_failed_total",
  },
  {
    what: "frame of an exchange's stream",
    bound: `${MAX_FRAME_CHARACTERS} characters; ${inWords(FRAME_BOUNDS)}`,
    whenFull: "it isn't parsed: too_long, too_many_values",
    metric: "vyx_refusals_total",
  },
  {
    what: "how long a `Retry-After` of the exchange's is honoured",
    bound: `${LONGEST_RETRY_AFTER_MS / DAY_MS} days`,
    whenFull: "the exchange is asked again, once",
    metric: "vyx_rest_stopped_seconds",
  },
];

function inWords({ depth, containers, values }: JsonBounds): string {
  return `${containers} lists and objects, ${depth} within each other; ${values} values`;
}

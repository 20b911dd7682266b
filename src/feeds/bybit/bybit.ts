import type { Exchange } from "../exchange.ts";
import { SPOT } from "./category.ts";
import { BYBIT_FACTS } from "./facts.ts";
import { bybitRest } from "./rest.ts";
import { bybitStreams } from "./streams.ts";

/** Bybit's spot market. */
export const BYBIT: Exchange = {
  id: SPOT.id,
  facts: BYBIT_FACTS,
  streams: bybitStreams(SPOT),
  rest: bybitRest(SPOT),
};

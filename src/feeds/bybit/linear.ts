import type { Exchange } from "../exchange.ts";
import { LINEAR } from "./category.ts";
import { BYBIT_FACTS } from "./facts.ts";
import { bybitRest } from "./rest.ts";
import { bybitStreams } from "./streams.ts";

/** Bybit's perpetuals that are settled in USDT and USDC. */
export const BYBIT_LINEAR: Exchange = {
  id: LINEAR.id,
  facts: BYBIT_FACTS,
  streams: bybitStreams(LINEAR),
  rest: bybitRest(LINEAR),
};

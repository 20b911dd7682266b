import type { Exchange } from "../exchange.ts";
import { BINANCE_REST } from "./rest.ts";
import { BINANCE_STREAMS } from "./streams.ts";

/** Binance's spot market. */
export const BINANCE: Exchange = { source: "binance", streams: BINANCE_STREAMS, rest: BINANCE_REST };

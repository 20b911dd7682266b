import type { StreamProtocol } from "../exchange.ts";
import { readFrame } from "./frames.ts";
import { BINANCE_LIMITS, BINANCE_NAMES, combinedAddress } from "./streams.ts";

/**
 * Binance's USDⓈ-M streams: the names and frames of spot, elsewhere. Source: Binance USDⓈ-M WebSocket market streams, 2026-11: 1024
 * streams on a connection, which lives for 24 h; 10 incoming messages a second. Since 2026-04-23 market data comes under /market only:
 * the old path acknowledges and stays silent.
 */
export const USDM_STREAMS: StreamProtocol = {
  ...BINANCE_NAMES,
  // There are no seconds.
  of: (symbol) => BINANCE_NAMES.of(symbol, false),
  url: "wss://fstream.binance.com",
  limits: {
    ...BINANCE_LIMITS,
    streams: 200,
    messageEveryMs: 250,
  },
  address: (base, streams) => combinedAddress(base, "/market/stream", streams),
  read: readFrame("binance-usdm"),
};

import type { Dialect } from "../../dialect.ts";
import { USDM_ANATOMY } from "./anatomy.ts";
import { klineEvent, miniTicker } from "./encode.ts";
import { binanceStreams } from "./streams.ts";
import { usdmWriter } from "./usdm-encode.ts";
import { USDM_INTERVALS, USDM_REST } from "./usdm-rest.ts";

/** Binance USDⓈ-M perpetuals. README.md says where each fact is from. */
export const BINANCE_USDM: Dialect = {
  market: "binance-usdm",
  intervals: USDM_INTERVALS,
  untold: [],
  tellsEarlyEnds: true,
  streams: binanceStreams({
    prefix: "/market",
    hasSilentPaths: true,
    limits: { streams: 1_024, messagesPerSecond: 10 },
    keepAlive: { by: "server", everyMs: 3 * 60_000, withinMs: 10 * 60_000 },
    klineEvent: (pair, interval, kline, now) => klineEvent(pair.symbol, interval, kline, now, usdmWriter(pair)),
    tickerEvent: (pair, day, now) => miniTicker(pair.symbol, day, now, usdmWriter(pair)),
  }),
  rest: USDM_REST,
  anatomy: USDM_ANATOMY,
};

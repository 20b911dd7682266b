import { INTERVALS } from "../../../core/mod.ts";
import type { Dialect } from "../../dialect.ts";
import { SPOT_ANATOMY } from "./anatomy.ts";
import { klineEvent, miniTicker, SPOT_WRITER } from "./encode.ts";
import { SPOT_REST } from "./spot-rest.ts";
import { binanceStreams } from "./streams.ts";

/** Binance spot. README.md says where each fact is from. */
export const BINANCE: Dialect = {
  market: "binance",
  intervals: new Set(INTERVALS),
  untold: [],
  tellsEarlyEnds: true,
  streams: binanceStreams({
    prefix: "",
    hasSilentPaths: false,
    limits: { streams: 1_024, messagesPerSecond: 5 },
    keepAlive: { by: "server", everyMs: 20_000, withinMs: 60_000 },
    klineEvent: ({ symbol }, interval, kline, now) => klineEvent(symbol, interval, kline, now, SPOT_WRITER),
    tickerEvent: ({ symbol }, day, now) => miniTicker(symbol, day, now, SPOT_WRITER),
  }),
  rest: SPOT_REST,
  anatomy: SPOT_ANATOMY,
};

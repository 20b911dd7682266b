import type { MarketId } from "../../../core/mod.ts";
import type { Dialect } from "../../dialect.ts";
import { BYBIT_ANATOMY } from "./anatomy.ts";
import type { Category } from "./category.ts";
import { klineFrame } from "./encode-klines.ts";
import { tickerDelta, tickerFrame } from "./encode-tickers.ts";
import { BYBIT_INTERVALS } from "./intervals.ts";
import { readRequest } from "./requests.ts";
import { bybitRest } from "./rest.ts";
import { klineTopic, tickerTopic, topicOf } from "./topics.ts";

/** No limit is documented. */
const ANY = Number.POSITIVE_INFINITY;

/** Bybit spot. README.md says where each fact is from. */
export const BYBIT: Dialect = bybit("bybit", "spot");

/** Bybit's USDT and USDC perpetuals. */
export const BYBIT_LINEAR: Dialect = bybit("bybit-linear", "linear");

function bybit(market: MarketId, category: Category): Dialect {
  return {
    market,
    intervals: BYBIT_INTERVALS,
    untold: ["trades", "takerBuyVolume", "takerBuyQuoteVolume"],
    // Rows have no end, and the end of a state follows from its start.
    tellsEarlyEnds: false,
    streams: {
      limits: { streams: ANY, messagesPerSecond: ANY, attempts: { most: 500, withinMs: 5 * 60_000 } },
      // The exchange looks each 30 s.
      keepAlive: { by: "client", everyMs: 30_000, withinMs: 10 * 60_000 },
      address: ({ pathname }) =>
        pathname === `/v5/public/${category}` ? { combined: false, streams: [], silent: false } : undefined,
      klines: klineTopic,
      ticker: tickerTopic,
      allTickers: undefined,
      symbolOf: (stream) => {
        const topic = topicOf(stream);
        return topic?.tells === "klines" ? topic.symbol : undefined;
      },
      klineEvent: ({ symbol }, interval, kline, now) => klineFrame(symbol, interval, kline, now),
      tickerEvent: (pair, day, now) => tickerFrame(category, pair, day, now),
      ...(category === "linear" ? { tickerChange: tickerDelta } : {}),
      // An event names its topic itself.
      frame: (_, __, event) => event,
      read: (frame, connection) => readRequest(frame, category, connection),
    },
    rest: bybitRest(category),
    anatomy: BYBIT_ANATOMY,
  };
}

import type { Interval, Symbol, Wildcard } from "../core/mod.ts";
import { topicOf } from "./topics.ts";

/** The channel of one series. Its messages carry this name also where the socket listens to all symbols. */
export interface SeriesChannel {
  readonly kind: "kline" | "closed";
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly name: string;
  /** The channel of all symbols of its market. */
  readonly wildcard: string;
  /** Where its messages are published as JSON: for its own listeners, and for those of all symbols. */
  readonly plain: readonly [own: string, all: string];
  /** The same, for messages with the market's time. */
  readonly timed: readonly [own: string, all: string];
}

/** `all`: what channels of this server call all symbols of its market. */
export function seriesChannel(
  kind: "kline" | "closed",
  { symbol, interval }: { readonly symbol: Symbol; readonly interval: Interval },
  all: Wildcard,
): SeriesChannel {
  const [name, wildcard] = [`${kind}:${symbol}:${interval}`, `${kind}:${all}:${interval}`];
  const timed = [topicOf("timed", name), topicOf("timed", wildcard)] as const;
  return { kind, symbol, interval, name, wildcard, plain: [name, wildcard], timed };
}

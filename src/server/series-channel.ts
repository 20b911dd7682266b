import type { Interval, Kline, Symbol, Wildcard } from "../core/mod.ts";
import { klineJson } from "../wire/mod.ts";

/** The channel of one series. Its messages carry this name also where the socket listens to all symbols. */
export interface SeriesChannel {
  readonly kind: "kline" | "closed";
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly name: string;
  /** The channel of all symbols of its market. */
  readonly wildcard: string;
}

/** `all`: what channels of this server call all symbols of its market. */
export function seriesChannel(
  kind: "kline" | "closed",
  { symbol, interval }: { readonly symbol: Symbol; readonly interval: Interval },
  all: Wildcard,
): SeriesChannel {
  const [name, wildcard] = [`${kind}:${symbol}:${interval}`, `${kind}:${all}:${interval}`];
  return { kind, symbol, interval, name, wildcard };
}

/** A kline's message. */
export function klineText(channel: string, kline: Readonly<Kline>, isRestated: boolean): string {
  return `{"type":"kline","channel":"${channel}","kline":${klineJson(kline)}${isRestated ? ',"restated":true' : ""}}`;
}

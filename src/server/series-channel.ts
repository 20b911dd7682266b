import { type Interval, type Kline, marketOf, type Symbol, wildcardOf } from "../core/mod.ts";
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

export function seriesChannel(kind: "kline" | "closed", symbol: Symbol, interval: Interval): SeriesChannel {
  const wildcard = `${kind}:${wildcardOf(marketOf(symbol))}:${interval}`;
  return { kind, symbol, interval, name: `${kind}:${symbol}:${interval}`, wildcard };
}

/** A kline's message. */
export function klineText(channel: string, kline: Readonly<Kline>, isRestated: boolean): string {
  return `{"type":"kline","channel":"${channel}","kline":${klineJson(kline)}${isRestated ? ',"restated":true' : ""}}`;
}

import type { Interval, Kline, Symbol } from "../core/mod.ts";
import { klineJson } from "../wire/mod.ts";

/** The channel of one series. Its messages carry this name also where the socket listens to all symbols. */
export interface SeriesChannel {
  readonly kind: "kline" | "closed";
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly name: string;
  /** The channel of all symbols that it is part of. */
  readonly wildcard: string;
}

export function seriesChannel(kind: "kline" | "closed", symbol: Symbol, interval: Interval): SeriesChannel {
  return { kind, symbol, interval, name: `${kind}:${symbol}:${interval}`, wildcard: `${kind}:*:${interval}` };
}

/** A kline's message. */
export function klineText(channel: string, kline: Readonly<Kline>, isRestated: boolean): string {
  return `{"type":"kline","channel":"${channel}","kline":${klineJson(kline)}${isRestated ? ',"restated":true' : ""}}`;
}

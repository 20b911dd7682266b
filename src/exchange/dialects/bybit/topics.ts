import type { Interval } from "../../../core/mod.ts";
import { intervalWritten, written } from "./intervals.ts";

/** What a topic tells, of which symbol. */
export type Topic =
  | { readonly tells: "klines"; readonly interval: Interval; readonly symbol: string }
  | { readonly tells: "ticker"; readonly symbol: string };

export function klineTopic(symbol: string, interval: Interval): string {
  return `kline.${written(interval)}.${symbol}`;
}

export function tickerTopic(symbol: string): string {
  return `tickers.${symbol}`;
}

/** Undefined for a topic that nobody tells. */
export function topicOf(name: string): Topic | undefined {
  const [, text = "", of = ""] = /^kline\.([^.]+)\.(.+)$/.exec(name) ?? [];
  const interval = intervalWritten(text);
  if (interval !== undefined) return { tells: "klines", interval, symbol: of };
  const [, symbol] = /^tickers\.(.+)$/.exec(name) ?? [];
  return symbol === undefined ? undefined : { tells: "ticker", symbol };
}

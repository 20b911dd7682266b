import type { Kline, MarketId, Ticker, UnixMs } from "../core/mod.ts";
import { klineJson, tickerJson } from "./kline-json.ts";

/** A kline's message. `time`: the market's, where the message has it. */
export function klineText(channel: string, kline: Readonly<Kline>, isRestated: boolean, time?: UnixMs): string {
  const restated = isRestated ? ',"restated":true' : "";
  const timed = time === undefined ? "" : `,"time":${time}`;
  return `{"type":"kline","channel":"${channel}","kline":${klineJson(kline)}${restated}${timed}}`;
}

/** The message with tickers of a market; `market`: undefined for the server's first one. */
export function tickersMessage(market: MarketId | undefined, tickers: readonly Ticker[]): string {
  const of = market === undefined ? "" : `"market":"${market}",`;
  return `{"type":"tickers",${of}"tickers":[${tickers.map(tickerJson).join(",")}]}`;
}

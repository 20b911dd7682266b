import { type Interval, type Kline, nameAt, type SymbolInfo, type Ticker } from "../../../core/mod.ts";
import { orNull, type Writer } from "../binance/writer.ts";

/** A kline as the collector stored it: the payload of the exchange's kline stream, decimals as texts. What is unknown is left out. */
export function klineMember(
  { symbol }: SymbolInfo,
  interval: Interval,
  kline: Readonly<Kline>,
  { price, amount, quote }: Writer,
): string {
  return JSON.stringify({
    t: kline.openTime,
    T: kline.closeTime,
    s: nameAt(symbol),
    i: interval,
    o: price(kline.open),
    h: price(kline.high),
    l: price(kline.low),
    c: price(kline.close),
    v: amount(kline.volume),
    n: orNull(kline.trades, Number) ?? undefined,
    x: kline.closed,
    q: orNull(kline.quoteVolume, quote) ?? undefined,
    V: orNull(kline.takerBuyVolume, amount) ?? undefined,
    Q: orNull(kline.takerBuyQuoteVolume, quote) ?? undefined,
  });
}

/** A ticker as the exchange's stream has it, as far as the server knows it. */
export function tickerText(ticker: Ticker, { price, amount, quote }: Writer): string {
  return JSON.stringify({
    e: "24hrTicker",
    E: ticker.updatedAt,
    s: nameAt(ticker.symbol),
    p: price(ticker.priceChange),
    P: ticker.priceChangePercent.toFixed(3),
    c: price(ticker.price),
    o: price(ticker.open),
    h: price(ticker.high),
    l: price(ticker.low),
    v: amount(ticker.volume),
    q: orNull(ticker.quoteVolume, quote) ?? undefined,
  });
}

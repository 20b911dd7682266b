import { type Kline, nameAt, type Symbol, type Ticker, type UnixMs } from "../../../core/mod.ts";
import type { MarketReader } from "../../../store/mod.ts";
import type { FacadeFormat, MessageFormat } from "../../message-format.ts";
import type { SeriesChannel } from "../../series-channel.ts";
import { streamOf } from "./stream-names.ts";
import { orNull, writerIn } from "./writer.ts";

/** What the formats need. */
export interface StreamFormatParts {
  readonly markets: MarketReader;
  /** The time of a symbol's market, while that is known. */
  readonly timeOf: (symbol: Symbol) => UnixMs | undefined;
}

/** Messages as Binance's streams have them (Binance spot WebSocket streams, 2026-07): raw, and with the stream's name around them. */
export function streamFormats(parts: StreamFormatParts): Readonly<Record<FacadeFormat, MessageFormat>> {
  const raw: MessageFormat = {
    maxKlines: 1,
    message: ([{ of, kline }]) => klineEvent(of, kline, parts),
    ticker: (ticker) => miniTicker(ticker, parts),
    tickers: (_, tickers) => `[${tickers.map((ticker) => miniTicker(ticker, parts)).join(",")}]`,
  };
  const around = (stream: string | undefined, data: string): string =>
    `{"stream":${JSON.stringify(stream)},"data":${data}}`;
  const combined: MessageFormat = {
    maxKlines: 1,
    message: ([{ of, kline }]) => around(streamOf(of), klineEvent(of, kline, parts)),
    ticker: (ticker) => around(streamOf({ kind: "ticker", symbol: ticker.symbol }), raw.ticker(ticker)),
    tickers: (market, tickers) => around(streamOf({ kind: "tickers" }), raw.tickers(market, tickers)),
  };
  return { binance: raw, "binance-combined": combined };
}

/** A frame of `<symbol>@kline_<interval>`. The numbers of trades aren't known, only how many there were. */
function klineEvent(
  { symbol, interval }: Pick<SeriesChannel, "symbol" | "interval">,
  kline: Readonly<Kline>,
  { markets, timeOf }: StreamFormatParts,
): string {
  const { price, amount, quote } = writerIn(markets, symbol);
  const s = nameAt(symbol);
  return JSON.stringify({
    e: "kline",
    E: timeOf(symbol) ?? kline.openTime,
    s,
    k: {
      t: kline.openTime,
      T: kline.closeTime,
      s,
      i: interval,
      f: null,
      L: null,
      o: price(kline.open),
      c: price(kline.close),
      h: price(kline.high),
      l: price(kline.low),
      v: amount(kline.volume),
      n: orNull(kline.trades, Number),
      x: kline.closed,
      q: orNull(kline.quoteVolume, quote),
      V: orNull(kline.takerBuyVolume, amount),
      Q: orNull(kline.takerBuyQuoteVolume, quote),
      B: "0",
    },
  });
}

/** A frame of `<symbol>@miniTicker`. */
function miniTicker(ticker: Ticker, { markets }: StreamFormatParts): string {
  const { price, amount, quote } = writerIn(markets, ticker.symbol);
  return JSON.stringify({
    e: "24hrMiniTicker",
    E: ticker.updatedAt,
    s: nameAt(ticker.symbol),
    c: price(ticker.price),
    o: price(ticker.open),
    h: price(ticker.high),
    l: price(ticker.low),
    v: amount(ticker.volume),
    q: orNull(ticker.quoteVolume, quote),
  });
}

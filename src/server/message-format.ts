import type { Kline, MarketId, Symbol, Ticker, UnixMs } from "../core/mod.ts";
import {
  klineText,
  MAX_PACKED_KLINES,
  PackedFrame,
  type StreamFormat,
  tickerJson,
  tickersMessage,
} from "../wire/mod.ts";
import type { SeriesChannel } from "./series-channel.ts";

/** What a socket is sent: text, or the bytes of a binary frame. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/** A kline, and the channel that it is sent on. */
export interface ChannelKline {
  readonly of: SeriesChannel;
  readonly kline: Readonly<Kline>;
}

/** The shapes of another service's messages: as they are, and with the stream's name around them. */
export const FACADE_FORMATS = ["binance", "binance-combined"] as const;

/** One of {@link FACADE_FORMATS}. */
export type FacadeFormat = (typeof FACADE_FORMATS)[number];

/** How a socket is sent the market: as it asked for on `/ws`, or in the shape of another service. */
export type SocketFormat = StreamFormat | FacadeFormat;

/** How klines and tickers become messages. */
export interface MessageFormat {
  /** So many klines share a message at most. They are of one kind of channel and one interval, and all closed or all open. */
  readonly maxKlines: number;
  message(klines: readonly [ChannelKline, ...ChannelKline[]], isRestated: boolean): Frame;
  ticker(ticker: Ticker): string;
  /** `market`: undefined for the server's first one. */
  tickers(market: MarketId | undefined, tickers: readonly Ticker[]): string;
}

/** Whether a format is that of another service. */
export function isFacade(format: SocketFormat): format is FacadeFormat {
  return (FACADE_FORMATS as readonly string[]).includes(format);
}

const OWN_TICKERS: Pick<MessageFormat, "ticker" | "tickers"> = {
  ticker: (ticker) => `{"type":"ticker","channel":"ticker:${ticker.symbol}","ticker":${tickerJson(ticker)}}`,
  tickers: tickersMessage,
};

/** The formats of `/ws`. `idOf`: by which number binary frames name a symbol. `timeOf`: the time of its market, while that is known. */
export function messageFormats(
  idOf: (symbol: Symbol) => number,
  timeOf: (symbol: Symbol) => UnixMs | undefined,
): Readonly<Record<StreamFormat, MessageFormat>> {
  return {
    json: {
      ...OWN_TICKERS,
      maxKlines: 1,
      message: ([{ of, kline }], isRestated) => klineText(of.name, kline, isRestated),
    },
    timed: {
      ...OWN_TICKERS,
      maxKlines: 1,
      message: ([{ of, kline }], isRestated) => klineText(of.name, kline, isRestated, timeOf(of.symbol)),
    },
    packed: {
      ...OWN_TICKERS,
      maxKlines: MAX_PACKED_KLINES,
      message: (klines, isRestated) => {
        const [{ of, kline }] = klines;
        const frame = new PackedFrame({ kind: of.kind, interval: of.interval, isClosed: kline.closed });
        for (const { of, kline } of klines) frame.add(idOf(of.symbol), kline, isRestated);
        return frame.bytes();
      },
    },
  };
}

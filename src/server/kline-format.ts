import type { Kline, Symbol, UnixMs } from "../core/mod.ts";
import { klineText, MAX_PACKED_KLINES, PackedFrame, type StreamFormat } from "../wire/mod.ts";
import type { SeriesChannel } from "./series-channel.ts";

/** What a socket is sent: text, or the bytes of a binary frame. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/** A kline, and the channel that it is sent on. */
export interface ChannelKline {
  readonly of: SeriesChannel;
  readonly kline: Readonly<Kline>;
}

/** How klines become messages. */
export interface KlineFormat {
  /** So many klines share a message at most. They are of one kind of channel and one interval, and all closed or all open. */
  readonly maxKlines: number;
  message(klines: readonly [ChannelKline, ...ChannelKline[]], isRestated: boolean): Frame;
}

/** The formats that a socket may choose from. `idOf`: by which number binary frames name a symbol. `timeOf`: the time of its market, while that is known. */
export function klineFormats(
  idOf: (symbol: Symbol) => number,
  timeOf: (symbol: Symbol) => UnixMs | undefined,
): Readonly<Record<StreamFormat, KlineFormat>> {
  return {
    json: {
      maxKlines: 1,
      message: ([{ of, kline }], isRestated) => klineText(of.name, kline, isRestated),
    },
    timed: {
      maxKlines: 1,
      message: ([{ of, kline }], isRestated) => klineText(of.name, kline, isRestated, timeOf(of.symbol)),
    },
    packed: {
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

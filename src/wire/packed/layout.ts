import type { Interval } from "../../core/mod.ts";

/** The upper half of a frame's first byte. A reader that knows only other versions should say so. */
export const PACKED_VERSION = 1;

/** The most klines of one frame. */
export const MAX_PACKED_KLINES = 1_000;

/** The lower half of a frame's first byte: what its klines are. */
export const HEAD_BITS = { closedChannel: 1, isClosed: 2 } as const;

/** What the second byte of a kline says. The upper four name unknown figures, which take no bytes. */
export const KLINE_BITS = {
  hasOpenTime: 0x01,
  hasSpan: 0x02,
  isRestated: 0x04,
  noQuoteVolume: 0x10,
  noTrades: 0x20,
  noTakerBuyVolume: 0x40,
  noTakerBuyQuoteVolume: 0x80,
} as const;

/** Bits of that byte without a meaning yet. */
export const RESERVED_KLINE_BITS = 0x08;

/** In place of a number of decimals: the figures are doubles. */
export const RAW_SCALE = 15;

/** By number of decimals, up to the most that are written as whole numbers. A double holds each exactly. */
export const POWERS_OF_TEN: readonly number[] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14,
];

/** Intervals by their number in a frame. New ones are appended: the numbers are part of the protocol. */
export const PACKED_INTERVALS: readonly Interval[] = [
  "1s",
  "1m",
  "3m",
  "5m",
  "15m",
  "30m",
  "1h",
  "2h",
  "4h",
  "6h",
  "8h",
  "12h",
  "1d",
  "3d",
  "1w",
  "1M",
];

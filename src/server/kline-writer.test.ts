import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Kline, UnixMs } from "../core/mod.ts";
import { klineJson } from "../wire/mod.ts";
import { MAX_KLINE_BYTES, writeKline } from "./kline-writer.ts";

const bytes = new Uint8Array(MAX_KLINE_BYTES);
const written = (kline: Kline): string => Buffer.from(bytes.subarray(0, writeKline(kline, bytes, 0))).toString();

function klineOf(figures: readonly number[]): Kline {
  const [open, high, low, close, volume, quoteVolume, takerBuyVolume, takerBuyQuoteVolume] = figures;
  return {
    openTime: 1_760_000_000_000 as UnixMs,
    closeTime: 1_760_000_059_999 as UnixMs,
    open: open as number,
    high: high as number,
    low: low as number,
    close: close as number,
    volume: volume as number,
    quoteVolume: quoteVolume as number,
    trades: 7,
    takerBuyVolume: takerBuyVolume as number,
    takerBuyQuoteVolume: takerBuyQuoteVolume as number,
    closed: false,
  };
}

const eight = (figure: fc.Arbitrary<number>): fc.Arbitrary<Kline> =>
  fc.array(figure, { minLength: 8, maxLength: 8 }).map(klineOf);

test("bytes are what the string is, for prices and amounts of any number of decimals", () => {
  const decimal = fc
    .tuple(fc.maxSafeNat(), fc.integer({ min: 0, max: 12 }))
    .map(([whole, decimals]) => Number(`${whole}e-${decimals}`));
  fc.assert(
    fc.property(eight(decimal), (kline) => {
      expect(written(kline)).toBe(klineJson(kline));
    }),
    { numRuns: 20_000 },
  );
});

test("and for doubles of any kind", () => {
  const any = fc.double({ noNaN: true, noDefaultInfinity: true });
  const near = fc
    .tuple(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: -9, max: 12 }), fc.constantFrom(0, 1, -1))
    .map(([whole, power, step]) => whole * 10 ** power * (1 + step * Number.EPSILON));
  fc.assert(
    fc.property(eight(fc.oneof(any, near)), (kline) => {
      expect(written(kline)).toBe(klineJson(kline));
    }),
    { numRuns: 20_000 },
  );
});

test("and at the edges, with the longest numbers there are", () => {
  const edges = [
    0,
    -0,
    1e-6,
    9.99e-7,
    1e-7,
    1e15,
    1e15 - 1,
    2 ** 53,
    1e21,
    5e-324,
    Number.MAX_VALUE,
    -1.5,
    0.1,
    1e8,
    1e8 + 1,
  ];
  for (const edge of [
    ...edges,
    99_999_999.99999999,
    123_456_789.12345678,
    1.0000000000000002,
    -1.2345678901234568e-300,
  ]) {
    const kline = klineOf(Array.from({ length: 8 }, () => edge));
    expect(written(kline)).toBe(klineJson(kline));
    expect(written(kline).length).toBeLessThan(MAX_KLINE_BYTES);
  }
});

test("a figure that is unknown is null", () => {
  const unknown = {
    quoteVolume: Number.NaN,
    trades: Number.NaN,
    takerBuyVolume: Number.NaN,
    takerBuyQuoteVolume: Number.NaN,
  };
  const kline = { ...klineOf([1, 1, 1, 1, 2, 3, 4, 5]), ...unknown };
  expect(written(kline)).toBe(klineJson(kline));
  const nulls = { quoteVolume: null, trades: null, takerBuyVolume: null, takerBuyQuoteVolume: null };
  expect(JSON.parse(written(kline))).toEqual({ ...kline, ...nulls });
});

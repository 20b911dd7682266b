import { expect, test } from "bun:test";
import { tableFromIPC } from "@uwdata/flechette";
import fc from "fast-check";
import { ANY_UNKNOWN, emptyKline, KLINE_COLUMNS, type Kline, type UnixMs } from "../core/mod.ts";
import { ARROW_END, arrowBeginning } from "./arrow.ts";
import { type ArrowRing, ArrowRows } from "./arrow-rows.ts";
import { joined } from "./bytes.ts";

const SYMBOLS = ["BTCUSDT", "币安人生USDT", "BYBIT:BTCUSDT.P"];
const INTERVALS = ["1m", "1M"];
const MOST_ROWS = 60;

const figure = fc.double({ min: 0, max: 1e12, noNaN: true });
const optional = fc.oneof({ weight: 4, arbitrary: figure }, { weight: 1, arbitrary: fc.constant(Number.NaN) });
const kline: fc.Arbitrary<Kline> = fc
  .record({
    openTime: fc.nat(2 ** 41),
    span: fc.nat(2_678_399_999),
    figures: fc.array(figure, { minLength: 5, maxLength: 5 }),
    optional: fc.array(optional, { minLength: 3, maxLength: 3 }),
    trades: fc.oneof(fc.nat(2 ** 31 - 1), fc.constant(Number.NaN)),
    closed: fc.boolean(),
  })
  .map(
    ({
      openTime,
      span,
      figures: [open, high, low, close, volume],
      optional: [quote, buy, buyQuote],
      trades,
      closed,
    }) => ({
      ...emptyKline(),
      ...{ openTime: openTime as UnixMs, closeTime: (openTime + span) as UnixMs, trades, closed },
      ...{ open: open ?? 0, high: high ?? 0, low: low ?? 0, close: close ?? 0, volume: volume ?? 0 },
      ...{ quoteVolume: quote ?? 0, takerBuyVolume: buy ?? 0, takerBuyQuoteVolume: buyQuote ?? 0 },
    }),
  );
const span = fc.record({
  klines: fc.array(kline, { minLength: 1, maxLength: 20 }),
  symbol: fc.nat(SYMBOLS.length - 1),
  interval: fc.nat(INTERVALS.length - 1),
  complete: fc.boolean(),
  isKnown: fc.boolean(),
});

function ringOf(klines: readonly Kline[]): ArrowRing {
  return {
    copyColumns: (first, end, into) => {
      for (const [column, name] of KLINE_COLUMNS.entries()) {
        for (let row = first; row < end; row += 1)
          into[column * (end - first) + row - first] = Number(klines[row]?.[name]);
      }
    },
    isClosedAt: (position) => klines[position]?.closed === true,
  };
}

test("the library reads back each row of each batch, and null where a figure is unknown", () => {
  const rows = new ArrowRows(MOST_ROWS);
  fc.assert(
    fc.property(fc.array(fc.array(span, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }), (batches) => {
      const sent = batches.map((spans) =>
        spans.map(({ klines, isKnown, ...rest }) => ({
          ...rest,
          klines: isKnown ? klines.map((one) => ({ ...one, ...withoutUnknown(one) })) : klines,
        })),
      );
      const stream = joined([
        arrowBeginning(SYMBOLS, INTERVALS),
        ...sent.map((spans) =>
          rows.batchOf(
            spans.map(({ klines, ...rest }) => ({ ...rest, ring: ringOf(klines), first: 0, end: klines.length })),
          ),
        ),
        ARROW_END,
      ]);
      const expected = sent.flat().flatMap(({ klines, symbol, interval, complete }) =>
        klines.map((one) => ({
          ...Object.fromEntries(Object.entries(one).map(([name, value]) => [name, Number.isNaN(value) ? null : value])),
          ...{ symbol: SYMBOLS[symbol], interval: INTERVALS[interval], complete },
        })),
      );
      expect(tableFromIPC(stream, { useDate: false }).toArray()).toEqual(expected as never);
    }),
  );
});

function withoutUnknown(kline: Kline): Partial<Kline> {
  return Object.fromEntries([...ANY_UNKNOWN].map((name) => [name, Number.isNaN(kline[name]) ? 1 : kline[name]]));
}

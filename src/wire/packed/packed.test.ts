import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { INTERVALS, type Kline, type UnixMs } from "../../core/mod.ts";
import { klineJson } from "../kline-json.ts";
import type { KlineMessage } from "../messages.ts";
import { MAX_PACKED_KLINES, PACKED_INTERVALS } from "./layout.ts";
import { PackedFrame, type PackedKind } from "./packed-frame.ts";
import { PackedReader, type ReadPacked } from "./packed-reader.ts";

const OPEN_TIME = Date.UTC(2026, 1, 10) as UnixMs;
const IDS = { AUSDT: 0, "BYBIT:BUSDT.P": 1, 币安人生USDT: 300, CUSDT: 2 ** 40 } as const;
const SYMBOLS = Object.keys(IDS) as (keyof typeof IDS)[];
const KINDS: readonly PackedKind[] = [
  { kind: "kline", interval: "1m", isClosed: false },
  { kind: "kline", interval: "1M", isClosed: true },
  { kind: "closed", interval: "1s", isClosed: true },
];

interface Row {
  readonly symbol: keyof typeof IDS;
  readonly kline: Kline;
  readonly isRestated: boolean;
}

/** Figures as exchanges send them, and all others. */
const price: fc.Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat(10_000_000), fc.nat(8)).map(([units, scale]) => units / 10 ** scale) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, -0, 1e-8, -1e-8, 1e15, 1e21, 5e-324, Number.MAX_VALUE, 0.1 + 0.2, 2 ** 53, 1e15 / 3),
  },
);
const unknownOr = (figure: fc.Arbitrary<number>): fc.Arbitrary<number> =>
  fc.oneof({ weight: 4, arbitrary: figure }, { weight: 1, arbitrary: fc.constant(Number.NaN) });
const row: fc.Arbitrary<Row> = fc.record({
  symbol: fc.constantFrom(...SYMBOLS),
  isRestated: fc.boolean(),
  kline: fc
    .record({
      at: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(0)),
      span: fc.oneof(fc.constant(59_999), fc.nat(3_000_000_000)),
      open: price,
      high: price,
      low: price,
      close: price,
      volume: price,
      quoteVolume: unknownOr(price),
      trades: unknownOr(fc.oneof(fc.nat(100_000), fc.maxSafeNat())),
      takerBuyVolume: unknownOr(price),
      takerBuyQuoteVolume: unknownOr(price),
    })
    .map(({ at, span, ...figures }) => {
      const openTime = (OPEN_TIME + at * 60_000) as UnixMs;
      return { ...figures, openTime, closeTime: (openTime + span) as UnixMs, closed: false };
    }),
});
const frame = fc.record({
  kind: fc.constantFrom(...KINDS),
  rows: fc.array(row, { minLength: 1, maxLength: 12 }),
});

function packed(kind: PackedKind, rows: readonly Row[]): Uint8Array {
  const built = new PackedFrame(kind);
  for (const { symbol, kline, isRestated } of rows) built.add(IDS[symbol], kline, isRestated);
  return built.bytes();
}

/** What JSON brings of the same. */
function fromJson({ kind, interval, isClosed }: PackedKind, rows: readonly Row[]): KlineMessage[] {
  return rows.map(({ symbol, kline, isRestated }) => ({
    type: "kline",
    channel: `${kind}:${symbol}:${interval}`,
    kline: JSON.parse(klineJson({ ...kline, closed: isClosed })),
    ...(isRestated ? { restated: true as const } : {}),
  }));
}

function read(bytes: Uint8Array): ReadPacked {
  const reader = new PackedReader();
  reader.learn({ type: "ids", symbols: IDS });
  return reader.read(bytes);
}

function plain(figures: Partial<Kline> = {}): Kline {
  return {
    openTime: OPEN_TIME,
    open: 64_250.1,
    high: 64_260,
    low: 64_249.9,
    close: 64_255.55,
    volume: 12.345,
    closeTime: (OPEN_TIME + 59_999) as UnixMs,
    quoteVolume: 793_166.4375,
    trades: 1_200,
    takerBuyVolume: 6.001,
    takerBuyQuoteVolume: 385_566.25,
    closed: false,
    ...figures,
  };
}

describe("a packed frame", () => {
  test("reads back as exactly what JSON brings, whatever its figures are", () => {
    fc.assert(
      fc.property(frame, ({ kind, rows }) => {
        expect(read(packed(kind, rows))).toStrictEqual({ messages: fromJson(kind, rows) });
      }),
      { numRuns: 2_000 },
    );
  });

  test("keeps the extremes of decimals in few bytes, and of doubles in eight", () => {
    const sizes = ([figure, other]: readonly [number, number]): number => {
      const rows = [
        { symbol: "AUSDT", isRestated: false, kline: plain({ volume: figure, takerBuyVolume: other }) },
      ] as const;
      const bytes = packed(KINDS[0] as PackedKind, rows);
      expect(read(bytes)).toStrictEqual({ messages: fromJson(KINDS[0] as PackedKind, rows) });
      return bytes.byteLength;
    };
    const least = sizes([0, 0]);
    expect(sizes([1e-8, 1e-8])).toBe(least);
    expect(sizes([1e15, 1e15]) - least).toBe(2 * 7);
    expect(sizes([Math.PI, 1]) - least).toBe(2 * 7);
    expect(sizes([0.1 + 0.2, 1]) - least).toBe(2 * 7);
    // With the eight decimals of the other, multiplying the first is rounded to a whole number beside the right one.
    expect(sizes([34_345_833.84, 1e-8]) - least).toBe(2 * 7);
  });

  test("is a quarter of the JSON even with one kline, and less with many", () => {
    const rows = Array.from({ length: 100 }, (): Row => ({ symbol: "AUSDT", isRestated: false, kline: plain() }));
    const kind = KINDS[0] as PackedKind;
    const json = JSON.stringify(fromJson(kind, rows.slice(0, 1))).length - 2;
    expect(packed(kind, rows.slice(0, 1)).byteLength).toBeLessThan(json / 4);
    expect(packed(kind, rows).byteLength / 100).toBeLessThan(json / 6);
  });

  test("holds a bounded number of klines", () => {
    const built = new PackedFrame(KINDS[0] as PackedKind);
    while (!built.isFull) built.add(0, plain());
    expect(built.count).toBe(MAX_PACKED_KLINES);
    expect(() => built.add(0, plain())).toThrow("bounded number");
    const all = read(built.bytes());
    expect("messages" in all && all.messages).toHaveLength(MAX_PACKED_KLINES);
  });

  test("numbers all intervals", () => {
    expect(PACKED_INTERVALS).toEqual([...INTERVALS]);
  });
});

describe("a reader of packed frames", () => {
  const bytes = packed(KINDS[0] as PackedKind, [{ symbol: "AUSDT", isRestated: false, kline: plain() }]);
  const changed = (at: number, byte: number): Uint8Array => bytes.with(at, byte);

  test("says what is wrong with a frame that is cut short anywhere", () => {
    fc.assert(
      fc.property(frame, fc.nat(), ({ kind, rows }, cut) => {
        const whole = packed(kind, rows);
        expect(read(whole.subarray(0, cut % whole.byteLength))).toHaveProperty("fault");
      }),
    );
  });

  test("reads any bytes without failing, and gives no more messages than there are bytes for", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(frame, fc.nat(), fc.nat(255)).map(([{ kind, rows }, at, byte]) => {
        const whole = packed(kind, rows);
        return whole.with(at % whole.byteLength, byte);
      }),
    );
    fc.assert(
      fc.property(bytes, (garbled) => {
        const found = read(garbled);
        if ("fault" in found) expect(found.fault).toStartWith("a binary frame ");
        else {
          expect(found.messages.length).toBeLessThanOrEqual(garbled.byteLength / 9);
          // What it lets through is what JSON could have brought.
          expect(JSON.parse(JSON.stringify(found.messages, positiveZero))).toStrictEqual(
            found.messages.map((message) => JSON.parse(JSON.stringify(message))),
          );
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test("says what each fault is", () => {
    const faults: [Uint8Array, string][] = [
      [new Uint8Array(), "a binary frame ends early"],
      [changed(0, 0x20), "a binary frame is of version 2; this reader knows version 1"],
      [changed(0, 0x11), "a binary frame is of an unknown kind (1)"],
      [changed(0, 0x14), "a binary frame is of an unknown kind (4)"],
      [changed(1, 16), "a binary frame is of an unknown interval (16)"],
      [changed(2, 0), "a binary frame claims 0 klines in 29 bytes"],
      [changed(2, 200), "a binary frame claims 200 klines in 29 bytes"],
      [changed(3, 255), "a binary frame claims 65281 klines in 29 bytes"],
      [changed(13, 9), "a binary frame names symbol 9, which no message told"],
      [changed(14, 8), "a binary frame has a kline with unknown bits (8)"],
      [changed(16, 0x10), "a binary frame has a kline with unknown bits (16)"],
      [
        packed(KINDS[0] as PackedKind, [
          { symbol: "AUSDT", isRestated: false, kline: plain({ volume: Number.POSITIVE_INFINITY }) },
        ]),
        "a binary frame has a figure that isn't finite",
      ],
      [new Uint8Array([...bytes, 0]), "a binary frame has 1 bytes after its last kline"],
      [
        new Uint8Array([0x10, 1, 1, 0, ...Array<number>(20).fill(0xff)]),
        "a binary frame has a number of more than 53 bits",
      ],
    ];
    for (const [frame, fault] of faults) expect(read(frame)).toEqual({ fault });
  });

  test("learns more ids later, and reads frames within larger buffers", () => {
    const reader = new PackedReader();
    const within = new Uint8Array([1, 2, 3, ...bytes, 4]).subarray(3, 3 + bytes.byteLength);
    expect(reader.read(within)).toHaveProperty("fault");
    reader.learn({ type: "ids", symbols: { AUSDT: 0 } });
    expect(reader.read(within)).toHaveProperty("messages");
  });
});

function positiveZero(_key: string, value: unknown): unknown {
  return value === 0 ? 0 : value;
}

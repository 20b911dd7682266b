import { expect, test } from "bun:test";
import fc from "fast-check";
import { emptyKline, type Kline, type UnixMs } from "../core/mod.ts";
import { KlineRing } from "./ring.ts";

function klineAt(openTime: number, volume: number, closed: boolean): Kline {
  return {
    ...emptyKline(),
    openTime: openTime as UnixMs,
    closeTime: (openTime + 9) as UnixMs,
    volume,
    close: volume / 2,
    closed,
  };
}

test("a ring is a sorted array that forgets its oldest", () => {
  const offer = fc.record({
    openTime: fc.nat(60),
    volume: fc.nat(1_000),
    closed: fc.boolean(),
    run: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(offer, { maxLength: 200 }), (capacity, offers) => {
      const ring = new KlineRing(capacity);
      let plain: Kline[] = [];
      let forgotten = 0;
      for (const { openTime, volume, closed, run } of offers) {
        const kline = klineAt(openTime, volume, closed);
        const position = ring.position(openTime);
        expect(position).toBe(plain.filter((other) => other.openTime < openTime).length);
        if (plain[position]?.openTime === openTime) {
          ring.write(position, kline, "rest");
          plain[position] = kline;
        } else if (run > 1 && plain.length + run <= capacity) {
          // Fractions of a millisecond, so that a run fits between any two.
          const klines = Array.from({ length: run }, (_, at) => klineAt(openTime + at / 10, volume + at, closed));
          ring.insertRun(position, klines, "rest");
          plain = [...plain.slice(0, position), ...klines, ...plain.slice(position)];
        } else if (plain.length < capacity || position > 0) {
          expect(ring.insert(position, kline, "stream")).toBe(plain.length === capacity);
          plain = [...plain.slice(0, position), kline, ...plain.slice(position)];
          if (plain.length > capacity) forgotten += 1;
          plain = plain.slice(-capacity);
        }
        expect(ring.length).toBe(plain.length);
        expect(ring.forgotten).toBe(forgotten);
        expect(plain.map((_, index) => ring.read(index, emptyKline()))).toEqual(plain);
        expect(plain.map((_, index) => ring.isClosedAt(index))).toEqual(plain.map((one) => one.closed));
      }
    }),
  );
});

test("a full ring takes nothing older than its oldest", () => {
  const ring = new KlineRing(1);
  ring.insert(0, klineAt(5, 1, true), "rest");
  expect(() => ring.insert(0, klineAt(4, 1, true), "rest")).toThrow("a full ring takes nothing older than its oldest");
  expect(ring.sourceAt(0)).toBe("rest");
});

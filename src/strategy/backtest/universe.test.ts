import { expect, test } from "bun:test";
import { blockOf } from "../../../tests/helpers/past-in-memory.ts";
import { emptyKline, type Kline, parseSymbol, type UnixMs } from "../../core/mod.ts";
import { DailyVolumes } from "./universe.ts";

const DAY = 86_400_000;
const [A, B, C] = ["AUSDT", "BUSDT", "CUSDT"].map(parseSymbol) as [never, never, never];

function klinesOf(volumes: readonly number[]): Kline[] {
  return volumes.map((quoteVolume, day) => ({ ...emptyKline(), openTime: (day * DAY) as UnixMs, quoteVolume }));
}

test("a day's members are those with the most volume on the days before it", () => {
  const volumes = new DailyVolumes(0, 5);
  volumes.add(A, blockOf(klinesOf([5, 5, 5, 5, 5])));
  volumes.add(B, blockOf(klinesOf([9, 1, 1, 9, 1_000])));
  // Of unknown volume.
  volumes.add(C, blockOf(klinesOf([Number.NaN, 99, 99, 99, 99])));
  const ranking = volumes.ranked({ top: 1, days: 2 });
  let ranked = ranking.next();
  while (ranked.done !== true) ranked = ranking.next();
  expect(Object.fromEntries([...ranked.value].map(([symbol, days]) => [symbol, [...days]]))).toEqual({
    // Days 2, 3 and 4: of A and B, 10 and 10, 10 and 2, 10 and 10.
    AUSDT: [1, 0, 0],
    BUSDT: [0, 0, 0],
    CUSDT: [0, 1, 1],
  });
});

import { expect, test } from "bun:test";
import { signal } from "@preact/signals";
import type { SeriesQuery } from "../../src/client/mod.ts";
import { emptyKline, type Interval, type UnixMs } from "../../src/core/mod.ts";
import type { SeriesAnswer } from "../../src/wire/mod.ts";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { Sparklines } from "./sparklines.ts";

test("what is in sight is asked for together, once it has settled", async () => {
  const { sparklines, clock, asked } = setUp(["1m", "5m", "15m"]);
  sparklines.want("A");
  sparklines.want("B");
  sparklines.want("C")();
  await clock.turn(1_000);
  expect(asked).toEqual(["A,B 15m 24"]);
  expect(sparklines.of("A").value).toEqual({ interval: "15m", points: [{ openTime: 900_000, close: 7 }] });
  expect(sparklines.of("C").value).toBeUndefined();
});

test("no request names more than sixty, and all get their turn", async () => {
  const { sparklines, clock, asked } = setUp(["1m"]);
  for (let at = 0; at < 130; at += 1) sparklines.want(`S${at}`);
  await clock.turn(2_000);
  expect(asked.map((text) => text.split(" ")[0]?.split(",").length)).toEqual([60, 60, 10]);
  expect(sparklines.of("S129").value).toBeDefined();
});

test("what is old is asked for again, as long as it is in sight", async () => {
  const { sparklines, clock, asked } = setUp(["5m"]);
  const leave = sparklines.want("A");
  await clock.turn(4 * 60_000);
  expect(asked).toHaveLength(1);
  await clock.turn(2 * 60_000);
  expect(asked).toHaveLength(2);
  leave();
  await clock.turn(20 * 60_000);
  expect(asked).toHaveLength(2);
});

test("the time that they span is that of the candles that they are made of", () => {
  const spans = [["1m"], ["1m", "5m"], ["1m", "5m", "15m", "1h"], ["1h"], ["1d"]] as const;
  expect(spans.map((intervals) => setUp([...intervals]).sparklines.span.value)).toEqual(["1h", "5h", "6h", "12h", ""]);
});

test("a server that doesn't answer is asked again", async () => {
  const { sparklines, clock, asked, trouble } = setUp(["1m"]);
  trouble.is = true;
  sparklines.want("A");
  await clock.turn(1_000);
  expect(asked).toHaveLength(1);
  trouble.is = false;
  await clock.turn(20_000);
  expect(sparklines.of("A").value).toBeDefined();
});

interface SetUp {
  readonly sparklines: Sparklines;
  readonly clock: ManualClock;
  readonly asked: string[];
  readonly trouble: { is: boolean };
}

function setUp(intervals: readonly Interval[]): SetUp {
  const asked: string[] = [];
  const trouble = { is: false };
  const clock = new ManualClock(1_000_000 as UnixMs);
  const series = ({ symbols, intervals: [interval], limit }: SeriesQuery): Promise<SeriesAnswer> => {
    asked.push(`${symbols} ${interval} ${limit}`);
    if (trouble.is) return Promise.reject(new Error("away"));
    const klines = [{ ...emptyKline(), openTime: 900_000 as UnixMs, close: 7 }];
    return Promise.resolve({
      count: symbols.length,
      series: [...symbols].map((symbol) => ({
        symbol,
        interval: interval as Interval,
        count: 1,
        complete: true,
        settled: true,
        klines,
      })),
    });
  };
  return {
    sparklines: new Sparklines({ client: { series }, clock, intervals: signal(intervals) }),
    clock,
    asked,
    trouble,
  };
}

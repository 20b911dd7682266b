import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Interval, UnixMs } from "../../core/mod.ts";
import { answeredRanges, judgeRows } from "../live/reading/judged-rows.ts";
import { readKlineRows } from "./kline-rows.ts";

const OPEN = Date.UTC(2026, 1, 10) as UnixMs;
const LATER = (OPEN + 1e9) as UnixMs;
const MINUTE = 60_000;

function row(openTime: number, changes: Record<number, unknown> = {}): unknown[] {
  const fields: unknown[] = [openTime, "10", "12", "9", "11", "3.5", openTime + 59_999, "38.5", 3, "1.5", "16.5", "0"];
  for (const [index, value] of Object.entries(changes)) fields[Number(index)] = value;
  return fields;
}

/** Five minutes are asked for, and answered with these rows. */
const RANGE = { from: OPEN, to: (OPEN + 4 * MINUTE) as UnixMs };
const FIVE = [0, 1, 2, 3, 4].map((minute) => row(OPEN + minute * MINUTE));
const asked = (body: unknown, marketTime = LATER) =>
  judgeRows(readKlineRows(body), { interval: "1m", range: RANGE, marketTime });
const minutesOf = (klines: readonly { openTime: UnixMs }[]): number[] =>
  klines.map(({ openTime }) => (openTime - OPEN) / MINUTE);
/** What an answer of these rows settles, as [from, to, klines] in minutes. */
const settled = (body: unknown[]) =>
  answeredRanges("1m", RANGE, asked(body)).map(({ from, to, klines }) => [
    (from - OPEN) / MINUTE,
    (to - OPEN) / MINUTE,
    minutesOf(klines),
  ]);

describe("kline rows", () => {
  test("a row whose close time has not passed on the exchange's clock is open", () => {
    const closed = (now: number): boolean[] =>
      asked(FIVE.slice(0, 2), now as UnixMs).klines.map((kline) => kline.closed);
    expect(closed(OPEN + MINUTE)).toEqual([true, false]);
    expect(closed(OPEN + 2 * MINUTE)).toEqual([true, true]);
  });

  test("a close time that isn't the interval's is taken as the exchange tells it, if it is earlier", () => {
    expect(asked([row(OPEN, { 6: OPEN + 31_007 })]).klines[0]?.closeTime as number).toBe(OPEN + 31_007);
  });

  test.each([
    ["wrong_length", ["1"]],
    ["wrong_length", row(OPEN).slice(0, 11)],
    ["wrong_length", [...row(OPEN), "0"]],
    ["wrong_length", { 0: OPEN }],
    ["wrong_length", null],
    ["not_a_number", row(OPEN, { 4: 11 })],
    ["not_a_number", row(OPEN, { 0: String(OPEN) })],
    ["price_not_positive", row(OPEN, { 3: "0" })],
    ["misaligned", row(OPEN + 1)],
    ["closes_late", row(OPEN, { 6: OPEN + 3_600_000 })],
    ["out_of_range", row(OPEN + 2 * 86_400_000)],
    ["wrong_year", row(OPEN * 1_000)],
    ["not_a_number", row(OPEN * 1_000_000)],
    ["wrong_year", row(OPEN / 1_000)],
  ])("%s: refused, and the rest is read", (reason, bad) => {
    const { klines, refused } = asked([bad, FIVE[1], FIVE[2]]);
    expect(minutesOf(klines)).toEqual([1, 2]);
    expect(refused.map((one) => one.reason as string)).toEqual([reason]);
  });

  test("a body that is no list is no answer", () => {
    expect(() => asked({ code: -1121 })).toThrow("expected an array");
  });

  test("rows may come in any order; said twice alike is harmless", () => {
    const { klines, refused } = asked([FIVE[4], FIVE[1], FIVE[1], FIVE[0]]);
    expect([minutesOf(klines), refused]).toEqual([[0, 1, 4], []]);
  });
});

describe("an answer settles", () => {
  test("its whole range, holes too, when all rows are believed", () => {
    expect(settled(FIVE)).toEqual([[0, 4, [0, 1, 2, 3, 4]]]);
    expect(settled([])).toEqual([[0, 4, []]]);
  });

  test("all but the candle of a refused row", () => {
    const bad = row(OPEN + 2 * MINUTE, { 3: "0" });
    expect(settled(FIVE.with(2, bad))).toEqual([
      [0, 1, [0, 1]],
      [3, 4, [3, 4]],
    ]);
    expect(settled(FIVE.with(0, row(OPEN, { 3: "0" })))).toEqual([[1, 4, [1, 2, 3, 4]]]);
    expect(settled(FIVE.with(4, row(OPEN + 4 * MINUTE, { 3: "0" })))).toEqual([[0, 3, [0, 1, 2, 3]]]);
  });

  test("only the candles that are there, when a refused row may stand for any that isn't", () => {
    expect(settled(FIVE.with(2, row(OPEN + 2 * MINUTE + 1)))).toEqual([
      [0, 1, [0, 1]],
      [3, 4, [3, 4]],
    ]);
    expect(settled([row(OPEN + 2 * 86_400_000)])).toEqual([]);
    expect(settled([...FIVE, ["junk"]])).toEqual([[0, 4, [0, 1, 2, 3, 4]]]);
  });

  test("nothing of a candle about which two rows differ", () => {
    expect(settled([...FIVE, row(OPEN + MINUTE, { 4: "10.5" })])).toEqual([
      [0, 0, [0]],
      [2, 4, [2, 3, 4]],
    ]);
  });
});

const DATA = join(import.meta.dir, "../../../../shared/data");

describe.skipIf(!existsSync(DATA))("every row that the exchange answered is believed", () => {
  test.each([
    ["spot_rest_raw/BTCUSDT_1m.json", "1m"],
    ["spot_rest_raw/BTCUSDT_1d.json", "1d"],
    ["spot_htf_full/BTCUSDT-2h-2017-08-17_2019-12-31.json.gz", "2h"],
    ["spot_htf_full/DOGEUSDT-1d-2019-07-05_2026-04-29.json.gz", "1d"],
    ["spot_htf_full/XRPUSDT-1h-2025-07-01_2026-04-30.json.gz", "1h"],
  ] as [string, Interval][])("%s", (path, interval) => {
    const bytes = readFileSync(join(DATA, path));
    const raw = JSON.parse((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString()) as unknown[][];
    const { klines, refused } = judgeRows(readKlineRows(raw), { interval, marketTime: Date.UTC(2027, 0, 1) as UnixMs });
    expect(refused).toEqual([]);
    expect(klines.map(({ openTime, closeTime, close, trades }) => [openTime, closeTime, close, trades])).toEqual(
      raw.map((fields) => [fields[0], fields[6], Number(fields[4]), fields[8]]) as never,
    );
  });
});

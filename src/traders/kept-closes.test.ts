import { expect, test } from "bun:test";
import { type UnixMs, unixMs } from "../core/mod.ts";
import { ArraysView } from "../strategy/mod.ts";
import { OF_VYX } from "../wire/mod.ts";
import { KeptCloses } from "./kept-closes.ts";
import type { CloseRequest, MarketAtClose } from "./ports.ts";

const MINUTE = 60_000;

/** Closes of so many klines each, and the close times for which they were read, in order. */
function closesOf(klines: number): {
  readonly at: (minute: number) => Promise<MarketAtClose>;
  readonly read: UnixMs[];
} {
  const read: UnixMs[] = [];
  const closes = new KeptCloses(async ({ closeTime }) => {
    read.push(closeTime);
    const market = { view: new ArraysView(), symbols: [], price: () => 1, source: "simulated", readFrom: OF_VYX };
    return { market, klines };
  });
  const requestOf = (minute: number): CloseRequest => {
    return { interval: "1m", closeTime: closeTimeOf(minute), timeframes: ["1m"], symbols: null };
  };
  return { at: (minute) => closes.at(requestOf(minute)), read };
}

function closeTimeOf(minute: number): UnixMs {
  return unixMs(minute * MINUTE - 1);
}

test("a close is read once for all who ask for it", async () => {
  const { at, read } = closesOf(10);
  const [one, other] = await Promise.all([at(1), at(1)]);
  expect(one).toBe(other);
  expect(await at(1)).toBe(one);
  expect(read).toEqual([closeTimeOf(1)]);
});

test.each([
  [10, 8],
  [250_000, 4],
  [500_000, 2],
  [600_000, 1],
  [2_000_000, 1],
])("of closes with %d klines the newest %d are kept", async (klines, kept) => {
  const { at, read } = closesOf(klines);
  for (let minute = 1; minute <= 10; minute += 1) await at(minute);
  read.length = 0;
  for (let minute = 10; minute > 10 - kept; minute -= 1) await at(minute);
  expect(read).toEqual([]);
  await at(10 - kept);
  expect(read).toEqual([closeTimeOf(10 - kept)]);
});

import { expect, test } from "bun:test";
import { MemoryPast, wholeSymbol } from "../../tests/helpers/past.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { type Kline, parseSymbol, type Symbol, type UnixMs } from "../core/mod.ts";
import { JoinedPast } from "./joined-past.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const [BTC, ETH, OLD] = ["BTCUSDT", "ETHUSDT", "OLDUSDT"].map(parseSymbol) as [Symbol, Symbol, Symbol];
const MINUTES = minuteKlines(START, 300, 7, () => false);

const at = (minute: number): UnixMs => (START + minute * 60_000) as UnixMs;

/** Files that hold the first 200 minutes, and memory that holds the last 150; of one symbol each alone. */
function pasts(): JoinedPast {
  const files = new Map([
    [BTC, wholeSymbol(MINUTES.slice(0, 200))],
    [OLD, wholeSymbol(MINUTES.slice(0, 50))],
  ]);
  const memory = new Map([
    [BTC, wholeSymbol(MINUTES.slice(150))],
    [ETH, wholeSymbol(MINUTES.slice(250))],
  ]);
  return new JoinedPast(new MemoryPast(files, 64), new MemoryPast(memory, 64));
}

async function opened(past: JoinedPast, symbol: Symbol, from: number, to: number): Promise<number[]> {
  const times: number[] = [];
  for await (const { columns } of past.read(symbol, { from: at(from), to: at(to) })) times.push(...columns.openTime);
  return times;
}

const wanted = (from: number, to: number): number[] =>
  MINUTES.slice(from, to + 1).map(({ openTime }: Kline) => openTime);

test("klines come once and in order, whoever has them", async () => {
  const past = pasts();
  for (const [from, to] of [
    [0, 299],
    [140, 160],
    [10, 20],
    [150, 299],
    [149, 150],
  ] as const) {
    expect(await opened(past, BTC, from, to)).toEqual(wanted(from, to));
  }
  expect(await opened(past, OLD, 0, 299)).toEqual(wanted(0, 49));
  expect(await opened(past, ETH, 0, 299)).toEqual(wanted(250, 299));
});

test("a symbol spans what both have, and all is known without a seam", async () => {
  const past = pasts();
  expect((await past.symbols("binance")).map(({ symbol, span }) => [symbol, span.from, span.to])).toEqual([
    [BTC, at(0), at(299)],
    [ETH, at(250), at(299)],
    [OLD, at(0), at(49)],
  ]);
  expect(await past.settled(BTC, { from: at(-10), to: at(310) })).toEqual([{ from: at(0), to: at(299) }]);
  expect(await past.settled(BTC, { from: at(100), to: at(120) })).toEqual([{ from: at(100), to: at(120) }]);
});

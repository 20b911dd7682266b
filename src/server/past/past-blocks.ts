import {
  emptyKline,
  type Interval,
  MARKET_TABLE,
  type Symbol as MarketSymbol,
  MinuteRollUp,
  marketOf,
  type OpenTimeRange,
  type PastBlock,
  type PastKlines,
  type StopSignal,
} from "../../core/mod.ts";
import { ROWS_PER_JOB } from "./bounds.ts";
import { KlineBlock, pastKline } from "./kline-block.ts";
import { minutesOf, piecesOf } from "./pieces.ts";

/** Runs a small job of the event loop when it is the caller's turn. */
export type RunJob = <Result>(job: () => Result) => Promise<Result>;

/** What is read of the past: candles of a symbol. */
export interface PastAsked {
  readonly past: PastKlines;
  readonly symbol: MarketSymbol;
  readonly interval: Interval;
  readonly signal: StopSignal;
  readonly run: RunJob;
}

/**
 * The past's klines of a range, oldest first, rolled up where they are longer than a minute. What is settled of the range is asked once the
 * read has begun, and added to `settled`: klines that are pruned before that are missing in both, and those after it in neither. Of longer
 * candles only settled ones are made.
 */
export async function* pastBlocks(
  asked: PastAsked,
  range: OpenTimeRange,
  settled: OpenTimeRange[],
): AsyncGenerator<KlineBlock> {
  const { past, symbol, interval, signal } = asked;
  const minutes = minutesOf(interval, range);
  const reading = past.read(symbol, minutes, signal)[Symbol.asyncIterator]();
  try {
    const first = await reading.next();
    const pieces = piecesOf(interval, range, await past.settled(symbol, minutes)).filter(({ isSettled }) => isSettled);
    settled.push(...pieces);
    const blocks = following(first, reading);
    yield* interval === "1m" ? minuteBlocks(blocks, asked) : rolledBlocks(blocks, asked, pieces);
    if (signal.aborted) throw signal.reason;
  } finally {
    await reading.return?.();
  }
}

async function* following(
  first: IteratorResult<PastBlock>,
  reading: AsyncIterator<PastBlock>,
): AsyncGenerator<PastBlock> {
  for (let read = first; read.done !== true; read = await reading.next()) yield read.value;
}

async function* minuteBlocks(minutes: AsyncIterable<PastBlock>, { run }: PastAsked): AsyncGenerator<KlineBlock> {
  for await (const block of minutes) {
    if (block.length === 0) continue;
    yield await run(() => {
      const copy = new KlineBlock("vault", block.length);
      copy.appendRows(block, 0, block.length);
      return copy;
    });
  }
}

async function* rolledBlocks(
  minutes: AsyncIterable<PastBlock>,
  { run, symbol, interval }: PastAsked,
  pieces: readonly OpenTimeRange[],
): AsyncGenerator<KlineBlock> {
  const full: KlineBlock[] = [];
  let block = new KlineBlock("vault", ROWS_PER_JOB);
  const closesEarly = MARKET_TABLE[marketOf(symbol)].closesEarly === true;
  const rollUp = new MinuteRollUp(interval, closesEarly, (kline) => {
    block.append(kline);
    if (!block.isFull) return;
    full.push(block);
    block = new KlineBlock("vault", ROWS_PER_JOB);
  });
  const whole = pieces.map((piece) => minutesOf(interval, piece));
  const isWhole = (openTime: number): boolean => {
    while (whole[0] !== undefined && whole[0].to < openTime) whole.shift();
    return whole[0] !== undefined && whole[0].from <= openTime;
  };
  const kline = emptyKline();
  for await (const read of minutes) {
    for (let row = 0; row < read.length; ) {
      const end = Math.min(read.length, row + ROWS_PER_JOB);
      await run(() => {
        for (; row < end; row += 1) {
          pastKline(read, row, kline);
          if (isWhole(kline.openTime)) rollUp.add(kline);
        }
      });
    }
    yield* full.splice(0);
  }
  rollUp.end();
  yield* full.splice(0);
  if (block.length > 0) yield block;
}

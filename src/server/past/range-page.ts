import {
  candlesBetween,
  earliestOpenTime,
  emptyKline,
  type OpenTimeRange,
  openTimeOf,
  previousOpenTime,
  type UnixMs,
} from "../../core/mod.ts";
import { ByteWriter } from "../byte-writer.ts";
import { MAX_KLINE_BYTES, writeKline } from "../kline-writer.ts";
import type { KlineParameters } from "../parameters.ts";
import { ROWS_PER_JOB } from "./bounds.ts";
import type { KlineBlock, StretchSource } from "./kline-block.ts";
import type { LongRanges, RangeAnswerPlan } from "./long-ranges.ts";
import { klinesAddress } from "./next-page.ts";
import type { RunJob } from "./past-blocks.ts";
import { isCovered } from "./pieces.ts";
import { beginningOf } from "./range-plan.ts";

/** Rows of a block that an answer holds: from `first` to before `end`. */
interface Rows {
  readonly block: KlineBlock;
  readonly first: number;
  readonly end: number;
}

/** Consecutive klines of an answer that come from one source, by the open times of the first and the last. */
export interface Stretch extends OpenTimeRange {
  readonly source: StretchSource;
}

/** An answer that reaches beyond memory, put together. */
export interface RangePage {
  readonly rows: readonly Rows[];
  readonly count: number;
  readonly complete: boolean;
  readonly settled: boolean;
  readonly stretches: readonly Stretch[];
  /** The address of the rest of what was asked. */
  readonly next: string | undefined;
}

/** What putting a page together needs. */
export interface RangePageParts {
  readonly ranges: LongRanges;
  readonly parameters: KlineParameters;
  readonly signal: AbortSignal;
  readonly run: RunJob;
}

/** Puts the klines of an answer together from all places where they are. */
export async function rangePage(plan: RangeAnswerPlan, parts: RangePageParts): Promise<RangePage> {
  return plan.facts.startTime === undefined ? await backward(plan, parts) : await forward(plan, parts);
}

/** The oldest klines from `startTime` on. */
async function forward(plan: RangeAnswerPlan, { ranges, parameters, signal, run }: RangePageParts): Promise<RangePage> {
  const { facts, memory, older } = plan;
  const { interval } = facts;
  const settled: OpenTimeRange[] = [];
  const rows: Rows[] = [];
  let left = parameters.limit;
  const take = (block: KlineBlock): void => {
    const count = Math.min(left, block.length);
    if (count > 0) rows.push({ block, first: 0, end: count });
    left -= count;
  };
  for await (const block of ranges.older(plan, signal, run, settled)) {
    take(block);
    if (left === 0) break;
  }
  if (left > 0 && !older.isCut) take(memory.klines);
  const last = lastOf(rows);
  const newest = newestOf(plan);
  const isFull = left === 0 && last !== undefined && newest !== undefined && last < newest;
  const isCut = isFull || older.isCut;
  const end = isFull ? last : older.range?.to;
  if (memory.settled && memory.from !== undefined) settled.push({ from: memory.from, to: newest ?? memory.from });
  const to = (isCut ? (end ?? older.askedFrom) : (newest ?? older.askedFrom)) as UnixMs;
  const isSettled =
    (older.range !== undefined || memory.klines.length > 0) && isCovered(interval, older.askedFrom, to, settled);
  const next = isCut
    ? klinesAddress(facts.symbol, interval, { ...parameters, startTime: (isFull ? last : (end as number)) + 1 })
    : undefined;
  return pageOf(plan, rows, { from: older.askedFrom, to }, isSettled, next);
}

/** The newest klines, up to `endTime`. */
async function backward(
  plan: RangeAnswerPlan,
  { ranges, parameters, signal, run }: RangePageParts,
): Promise<RangePage> {
  const { facts, memory } = plan;
  const { interval } = facts;
  const { limit } = parameters;
  const settled: OpenTimeRange[] = [];
  let rows: Rows[] = memory.klines.length === 0 ? [] : [{ block: memory.klines, first: 0, end: memory.klines.length }];
  let count = memory.klines.length;
  let read = plan;
  for (let at: RangeAnswerPlan | undefined = plan, candles = limit - count; at !== undefined; ) {
    read = at;
    const found: Rows[] = [];
    for await (const block of ranges.older(at, signal, run, settled)) {
      if (block.length > 0) found.push({ block, first: 0, end: block.length });
    }
    rows = [...found, ...rows];
    count += found.reduce((sum, { block }) => sum + block.length, 0);
    // Holes: there are fewer klines than candles by the calendar. The exchange isn't asked for more than was planned.
    candles *= 2;
    at = count >= limit || at.older.isCut || at.questions > 0 ? undefined : await ranges.before(at, candles);
  }
  rows = newestRows(rows, limit);
  const isShort = count < limit;
  const newest = newestOf(plan);
  if (memory.settled && memory.from !== undefined) settled.push({ from: memory.from, to: newest ?? memory.from });
  const first = rows[0]?.block.openTimeAt(rows[0].first) as UnixMs | undefined;
  const oldest = isShort ? plan.older.askedFrom : (first ?? plan.older.askedFrom);
  const to = newest ?? plan.older.range?.to ?? oldest;
  const hasMore = read.older.isCut || (read.questions > 0 && isAfterBeginning(read));
  const isCut = isShort && hasMore && read.older.range !== undefined;
  const from = isCut ? (read.older.range as OpenTimeRange).from : oldest;
  const next = isCut
    ? klinesAddress(facts.symbol, interval, { ...parameters, limit: limit - count, endTime: from - 1 })
    : undefined;
  return pageOf(plan, rows, { from, to }, isCovered(interval, from, to, settled), next);
}

function pageOf(
  { facts }: RangeAnswerPlan,
  rows: readonly Rows[],
  { from, to }: OpenTimeRange,
  settled: boolean,
  next: string | undefined,
): RangePage {
  const { interval, span } = facts;
  const count = rows.reduce((sum, { first, end }) => sum + end - first, 0);
  const [first, last] = [rows[0]?.block.openTimeAt(rows[0].first), lastOf(rows)];
  let complete = settled;
  if (first !== undefined && last !== undefined) {
    const begins = span === undefined ? first : Math.min(first, Math.max(from, openTimeOf(interval, span.from)));
    const ends = Math.max(last, Math.min(to, facts.memoryFrom === undefined ? last : to));
    complete &&= candlesBetween(interval, begins, ends) + 1 === count;
  }
  return { rows, count, complete, settled, stretches: stretchesOf(rows), next };
}

function isAfterBeginning({ facts, older }: RangeAnswerPlan): boolean {
  return older.range !== undefined && older.range.from > (beginningOf(facts) ?? earliestOpenTime(facts.interval));
}

/** The newest candle that the answer can hold. */
function newestOf({ memory, older, facts }: RangeAnswerPlan): UnixMs | undefined {
  const { klines } = memory;
  if (klines.length > 0) return klines.openTimeAt(klines.length - 1) as UnixMs;
  if (older.range !== undefined) return older.range.to;
  return memory.from === undefined ? undefined : previousOpenTime(facts.interval, memory.from);
}

function lastOf(rows: readonly Rows[]): UnixMs | undefined {
  const last = rows.at(-1);
  return last?.block.openTimeAt(last.end - 1) as UnixMs | undefined;
}

function newestRows(rows: readonly Rows[], limit: number): Rows[] {
  const taken: Rows[] = [];
  let left = limit;
  for (const { block, first, end } of rows.toReversed()) {
    if (left === 0) break;
    const count = Math.min(left, end - first);
    taken.unshift({ block, first: end - count, end });
    left -= count;
  }
  return taken;
}

function stretchesOf(rows: readonly Rows[]): Stretch[] {
  const stretches: { source: StretchSource; from: UnixMs; to: UnixMs }[] = [];
  for (const { block, first, end } of rows) {
    const [from, to] = [block.openTimeAt(first) as UnixMs, block.openTimeAt(end - 1) as UnixMs];
    const before = stretches.at(-1);
    if (before?.source === block.source) before.to = to;
    else stretches.push({ source: block.source, from, to });
  }
  return stretches;
}

/** A page as JSON, encoded in small jobs, and its entity tag: a hash of its klines and of what it says of them, wherever they come from. */
export async function pageJson(
  { facts }: RangeAnswerPlan,
  { rows, count, complete, settled, stretches, next }: RangePage,
  run: RunJob,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly etag: string }> {
  const writer = new ByteWriter();
  const says = { symbol: facts.symbol, interval: facts.interval, count, complete, settled };
  writer.text(`${JSON.stringify(says).slice(0, -1)},"stretches":${JSON.stringify(stretches)},`);
  if (next !== undefined) writer.text(`"next":${JSON.stringify(next)},`);
  writer.text('"klines":[');
  const head = writer.length;
  const kline = emptyKline();
  for (const { block, first, end } of rows) {
    for (let row = first; row < end; ) {
      const stop = Math.min(end, row + ROWS_PER_JOB);
      await run(() => {
        for (; row < stop; row += 1) {
          if (writer.length > head) writer.text(",");
          writer.length = writeKline(block.read(row, kline), writer.room(MAX_KLINE_BYTES), writer.length);
        }
      });
    }
  }
  const about = Bun.hash(`${JSON.stringify(says)} ${next ?? ""}`) as bigint;
  const hash = Bun.hash(writer.written.subarray(head), about) as bigint;
  writer.text("]}");
  return { bytes: writer.written, etag: `W/"${hash.toString(36)}"` };
}

import { candlesBetween, type OpenTimeRange } from "../../core/mod.ts";
import { ARROW_END, arrowBeginning } from "../arrow.ts";
import { ArrowRows } from "../arrow-rows.ts";
import type { PieceSource } from "../piece-source.ts";
import type { KlineBlock } from "./kline-block.ts";
import type { LongRanges, RangeAnswerPlan } from "./long-ranges.ts";
import type { RunJob } from "./past-blocks.ts";
import { isCovered } from "./pieces.ts";

/** Rows of one record batch: some tenths of a millisecond of the event loop. */
const ROWS_PER_BATCH = 2_500;

/** Where rows are gathered before they are written: one batch at a time is made. */
const batches = new ArrowRows(ROWS_PER_BATCH);

/** What a row takes in a batch, in bytes. */
const BYTES_PER_ROW = 128;

/** Blocks of the past that are in memory at once: the one at hand, as it was read and as batches. */
const HELD_ROWS = 20_000;

/** What a stream of a range is made of. */
export interface RangeStreamParts {
  readonly plan: RangeAnswerPlan;
  readonly ranges: LongRanges;
  readonly run: RunJob;
}

/** Klines of a range that reaches beyond memory as an Arrow IPC stream, read as its reader takes them. */
export class RangeStream implements PieceSource {
  readonly heldBytes: number;
  readonly totalBytes: number;
  readonly #parts: RangeStreamParts;
  readonly #ending: AbortController = new AbortController();
  readonly #pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>;

  constructor(parts: RangeStreamParts) {
    this.#parts = parts;
    const { facts, older, memory } = parts.plan;
    const { range } = older;
    const past = range === undefined ? 0 : candlesBetween(facts.interval, range.from, range.to) + 1;
    const rows = Math.min(facts.limit, past + memory.klines.length);
    this.totalBytes = BYTES_PER_ROW * rows;
    this.heldBytes = BYTES_PER_ROW * Math.min(HELD_ROWS, rows);
    this.#pieces = this.#made();
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { value, done } = await this.#pieces.next();
    return done === true ? undefined : value;
  }

  close(): void {
    if (!this.#ending.signal.aborted) this.#ending.abort(new Error("the reader has gone"));
    void this.#pieces.return(undefined).catch(() => {});
  }

  async *#made(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { plan, run } = this.#parts;
    const { symbol, interval, limit, startTime } = plan.facts;
    yield await run(() => arrowBeginning([symbol], [interval]));
    let left = limit;
    const settled: OpenTimeRange[] = [];
    for await (const block of this.#blocks(settled)) {
      // Counted back, the calendar has bounded the rows already: the newest ones come last.
      const rows = startTime === undefined ? block.length : Math.min(left, block.length);
      for (let first = 0; first < rows; first += ROWS_PER_BATCH) {
        const end = Math.min(rows, first + ROWS_PER_BATCH);
        yield await run(() => this.#batch(block, first, end, settled));
      }
      left -= rows;
      if (left <= 0) break;
    }
    yield ARROW_END;
  }

  async *#blocks(settled: OpenTimeRange[]): AsyncGenerator<KlineBlock> {
    const { plan, ranges, run } = this.#parts;
    const { older, memory, facts } = plan;
    yield* ranges.older(plan, this.#ending.signal, run, settled);
    if (facts.startTime !== undefined && older.isCut) return;
    const { klines } = memory;
    if (memory.settled && memory.from !== undefined && klines.length > 0) {
      settled.push({ from: memory.from, to: klines.openTimeAt(klines.length - 1) as typeof memory.from });
    }
    if (klines.length > 0) yield klines;
  }

  /** `complete` is said of each batch: that nothing between its first and its last kline is missing or in doubt. */
  #batch(block: KlineBlock, first: number, end: number, settled: readonly OpenTimeRange[]): Uint8Array<ArrayBuffer> {
    const { interval } = this.#parts.plan.facts;
    const [from, to] = [block.openTimeAt(first), block.openTimeAt(end - 1)];
    const isWhole = candlesBetween(interval, from, to) + 1 === end - first;
    const complete = isWhole && isCovered(interval, from, to, settled);
    return batches.batchOf([{ ring: block, symbol: 0, interval: 0, first, end, complete }]);
  }
}

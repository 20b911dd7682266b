import type { Series } from "../store/mod.ts";
import { ARROW_END, arrowBeginning } from "./arrow.ts";
import { ArrowRows, type ArrowSpan } from "./arrow-rows.ts";
import type { Caller } from "./caller.ts";
import { joinedGroups, klinesIn } from "./kline-pieces.ts";
import type { LoopTurns } from "./loop-turns.ts";
import type { KlineParameters } from "./parameters.ts";
import type { PieceSource } from "./piece-source.ts";

/** Rows of one record batch: some tenths of a millisecond of the event loop. */
const ROWS_PER_BATCH = 2_500;

/** Where rows are gathered before they are written: one batch at a time is made. */
const rows = new ArrowRows(ROWS_PER_BATCH);

/** What a row of the group at hand holds while it is sent, in bytes. */
const BYTES_PER_ROW = 128;

/** What an Arrow stream is made of. */
export interface ArrowPiecesParts {
  /** See `seriesGroups`. */
  readonly groups: readonly (readonly Series[])[];
  readonly parameters: KlineParameters;
  readonly turns: LoopTurns;
  readonly caller: Caller;
}

/**
 * Klines of several series as an Arrow IPC stream: a group is copied at one moment and sent as one or more record batches. Small groups
 * share one.
 */
export class ArrowPieces implements PieceSource {
  readonly heldBytes: number;
  readonly totalBytes: number;
  readonly #parts: ArrowPiecesParts;
  readonly #groups: readonly (readonly Series[])[];
  readonly #symbols: readonly string[];
  readonly #intervals: readonly string[];
  #hasBegun = false;
  #next = 0;
  /** Record batches of the group at hand that weren't sent yet. */
  #rest: Uint8Array<ArrayBuffer>[] = [];
  #isEnded = false;

  constructor(parts: ArrowPiecesParts) {
    this.#parts = parts;
    const series = parts.groups.flat();
    this.#symbols = [...new Set(series.map(({ symbol }) => symbol))];
    this.#intervals = [...new Set(series.map(({ interval }) => interval))];
    this.#groups = joinedGroups(parts.groups, parts.parameters.limit, ROWS_PER_BATCH);
    const bytes = this.#groups.map((group) => BYTES_PER_ROW * klinesIn(group, parts.parameters.limit));
    this.heldBytes = Math.max(0, ...bytes);
    this.totalBytes = bytes.reduce((sum, one) => sum + one, 0);
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { turns, caller } = this.#parts;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      return await turns.run(caller, () => arrowBeginning(this.#symbols, this.#intervals));
    }
    while (this.#rest.length === 0) {
      const group = this.#groups[this.#next];
      this.#next += 1;
      if (group === undefined) return this.#end();
      this.#rest = await turns.run(caller, () => this.#batchesOf(group));
    }
    return this.#rest.shift();
  }

  close(): void {
    this.#rest = [];
    this.#next = this.#groups.length;
    this.#isEnded = true;
  }

  #end(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#isEnded) return undefined;
    this.#isEnded = true;
    return ARROW_END;
  }

  /** A group's rows as they are now, all at one moment. */
  #batchesOf(group: readonly Series[]): Uint8Array<ArrayBuffer>[] {
    const batches: Uint8Array<ArrayBuffer>[] = [];
    let spans: ArrowSpan[] = [];
    let room = ROWS_PER_BATCH;
    const write = (): void => {
      if (spans.length > 0) batches.push(rows.batchOf(spans));
      spans = [];
      room = ROWS_PER_BATCH;
    };
    for (const series of group) {
      const { first, end, complete } = series.select(this.#parts.parameters);
      const symbol = this.#symbols.indexOf(series.symbol);
      const interval = this.#intervals.indexOf(series.interval);
      for (let from = first; from < end; ) {
        const to = Math.min(end, from + room);
        spans.push({ ring: series.ring, symbol, interval, first: from, end: to, complete });
        room -= to - from;
        from = to;
        if (room === 0) write();
      }
    }
    write();
    return batches;
  }
}

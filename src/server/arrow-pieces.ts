import { KLINE_COLUMNS } from "../core/mod.ts";
import type { KlineSelection, Series } from "../store/mod.ts";
import { ARROW_END, ARROW_FIGURES, type ArrowRows, ArrowWriter } from "./arrow.ts";
import { joined } from "./bytes.ts";
import type { Caller } from "./caller.ts";
import { klinesIn } from "./kline-pieces.ts";
import type { LoopTurns } from "./loop-turns.ts";
import type { KlineParameters } from "./parameters.ts";
import type { PieceSource } from "./piece-source.ts";

/** Rows of one record batch: making it is one job of the event loop, about a millisecond; half of one however few rows it has. */
const ROWS_PER_BATCH = 2_500;

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
  #writer: ArrowWriter | undefined;
  #next = 0;
  /** What is left of the group at hand. */
  #rest: ArrowRows[] = [];
  #isEnded = false;

  constructor(parts: ArrowPiecesParts) {
    this.#parts = parts;
    const series = parts.groups.flat();
    this.#symbols = [...new Set(series.map(({ symbol }) => symbol))];
    this.#intervals = [...new Set(series.map(({ interval }) => interval))];
    this.#groups = joinedGroups(parts.groups, parts.parameters.limit);
    const bytes = this.#groups.map((group) => BYTES_PER_ROW * klinesIn(group, parts.parameters.limit));
    this.heldBytes = Math.max(0, ...bytes);
    this.totalBytes = bytes.reduce((sum, one) => sum + one, 0);
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { turns, caller } = this.#parts;
    if (this.#writer === undefined) {
      const writer = await ArrowWriter.load();
      this.#writer = writer;
      return await turns.run(caller, () => joined(writer.begin(this.#symbols, this.#intervals)));
    }
    while (this.#rest.length === 0) {
      const group = this.#groups[this.#next];
      this.#next += 1;
      if (group === undefined) return this.#end();
      this.#rest = await turns.run(caller, () => this.#copied(group));
    }
    const writer = this.#writer;
    const rows = this.#rest.shift();
    return rows === undefined ? undefined : await turns.run(caller, () => joined([writer.batch(rows)]));
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

  /** A group's rows as they are now, in batches. */
  #copied(group: readonly Series[]): ArrowRows[] {
    const selections = group.map((series) => series.select(this.#parts.parameters));
    const count = selections.reduce((sum, { first, end }) => sum + end - first, 0);
    const columns = new Columns(count);
    for (const [index, series] of group.entries()) {
      columns.add(
        series,
        selections[index] as KlineSelection,
        this.#symbols.indexOf(series.symbol),
        this.#intervals.indexOf(series.interval),
      );
    }
    return columns.batches();
  }
}

/** Groups that fit one record batch together are one. */
function joinedGroups(groups: readonly (readonly Series[])[], limit: number): Series[][] {
  const joinedOnes: Series[][] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const group of groups) {
    const more = klinesIn(group, limit);
    if (rows + more > ROWS_PER_BATCH) {
      joinedOnes.push([]);
      rows = 0;
    }
    joinedOnes.at(-1)?.push(...group);
    rows += more;
  }
  return joinedOnes;
}

/** Places of columns among KLINE_COLUMNS, as a ring copies them out. */
const PLACES = {
  openTime: KLINE_COLUMNS.indexOf("openTime"),
  closeTime: KLINE_COLUMNS.indexOf("closeTime"),
  trades: KLINE_COLUMNS.indexOf("trades"),
} as const;
const FIGURES = ARROW_FIGURES.map((name) => ({ name, place: KLINE_COLUMNS.indexOf(name) }));

/** Rows of several series, column by column. */
class Columns {
  readonly #symbol: Int32Array;
  readonly #interval: Int32Array;
  /** Each moment as the low and the high half of an int64. */
  readonly #openTime: Uint32Array;
  readonly #closeTime: Uint32Array;
  readonly #figures: Readonly<Record<(typeof ARROW_FIGURES)[number], Float64Array>>;
  /** As doubles: a count may be unknown. */
  readonly #trades: Float64Array;
  readonly #closed: boolean[];
  readonly #complete: boolean[];
  #length = 0;

  constructor(count: number) {
    const figures = (): Float64Array => new Float64Array(count);
    this.#symbol = new Int32Array(count);
    this.#interval = new Int32Array(count);
    this.#openTime = new Uint32Array(2 * count);
    this.#closeTime = new Uint32Array(2 * count);
    this.#trades = figures();
    this.#figures = {
      open: figures(),
      high: figures(),
      low: figures(),
      close: figures(),
      volume: figures(),
      quoteVolume: figures(),
      takerBuyVolume: figures(),
      takerBuyQuoteVolume: figures(),
    };
    this.#closed = new Array(count).fill(true);
    this.#complete = new Array(count).fill(true);
  }

  add({ ring }: Series, { first, end, complete }: KlineSelection, symbol: number, interval: number): void {
    const count = end - first;
    const at = this.#length;
    const cells = new Float64Array(count * KLINE_COLUMNS.length);
    ring.copyColumns(first, end, cells);
    const column = (place: number): Float64Array => cells.subarray(place * count, (place + 1) * count);
    this.#symbol.fill(symbol, at, at + count);
    this.#interval.fill(interval, at, at + count);
    writeMoments(this.#openTime, at, column(PLACES.openTime));
    writeMoments(this.#closeTime, at, column(PLACES.closeTime));
    for (const { name, place } of FIGURES) this.#figures[name].set(column(place), at);
    this.#trades.set(column(PLACES.trades), at);
    for (let position = first; position < end; position += 1) {
      if (!ring.isClosedAt(position)) this.#closed[at + position - first] = false;
    }
    if (!complete) this.#complete.fill(false, at, at + count);
    this.#length += count;
  }

  batches(): ArrowRows[] {
    const batches: ArrowRows[] = [];
    for (let from = 0; from < this.#length; from += ROWS_PER_BATCH) {
      batches.push(this.#batch(from, Math.min(from + ROWS_PER_BATCH, this.#length)));
    }
    return batches;
  }

  #batch(from: number, to: number): ArrowRows {
    const figure = (name: (typeof ARROW_FIGURES)[number]): Float64Array => this.#figures[name].subarray(from, to);
    return {
      symbol: this.#symbol.subarray(from, to),
      interval: this.#interval.subarray(from, to),
      openTime: new BigInt64Array(this.#openTime.buffer, 8 * from, to - from),
      closeTime: new BigInt64Array(this.#closeTime.buffer, 8 * from, to - from),
      figures: {
        open: figure("open"),
        high: figure("high"),
        low: figure("low"),
        close: figure("close"),
        volume: figure("volume"),
        quoteVolume: figure("quoteVolume"),
        takerBuyVolume: figure("takerBuyVolume"),
        takerBuyQuoteVolume: figure("takerBuyQuoteVolume"),
      },
      trades: this.#trades.subarray(from, to),
      closed: this.#closed.slice(from, to),
      complete: this.#complete.slice(from, to),
    };
  }
}

/** Far faster than by BigInt. Moments aren't negative. */
function writeMoments(halves: Uint32Array, at: number, moments: Float64Array): void {
  for (let index = 0; index < moments.length; index += 1) {
    const moment = moments[index] as number;
    const high = Math.floor(moment / 0x1_0000_0000);
    halves[2 * (at + index)] = moment - high * 0x1_0000_0000;
    halves[2 * (at + index) + 1] = high;
  }
}

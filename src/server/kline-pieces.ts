import type { Series } from "../store/mod.ts";
import { type AnswerCache, headOf, SERIES_TAIL } from "./answer-cache.ts";
import { joined } from "./bytes.ts";
import type { Caller } from "./caller.ts";
import { BYTES_PER_ROW, type KlineBytes } from "./kline-bytes.ts";
import type { LoopTurns } from "./loop-turns.ts";
import type { KlineParameters } from "./parameters.ts";
import { PIECE_BYTES, type PieceSource } from "./piece-source.ts";

/** Rows that are encoded in one job of the event loop: about a millisecond. */
const ROWS_PER_JOB = 1_000;

/** Klines of one symbol that are joined at one moment, so that its intervals fit each other; past it, series by series. */
const MAX_GROUP_KLINES = 10_000;

const encoder = new TextEncoder();
const COMMA = encoder.encode(",");

/** What an answer of klines is made of. */
export interface KlinePiecesParts {
  /** Of one symbol each, as a rule; see {@link seriesGroups}. */
  readonly groups: readonly (readonly Series[])[];
  readonly parameters: KlineParameters;
  readonly answers: AnswerCache;
  readonly turns: LoopTurns;
  readonly caller: Caller;
  /** What stands before the first series and behind the last. */
  readonly head: string;
  readonly tail: string;
}

/**
 * Klines of several series as JSON, piece by piece. Rows that weren't encoded yet are encoded in small jobs; then a group is
 * joined at one moment, and sent before the next is looked at.
 */
export class KlinePieces implements PieceSource {
  readonly heldBytes: number;
  readonly #parts: KlinePiecesParts;
  #next = 0;
  /** What is left of the group at hand. */
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(parts: KlinePiecesParts) {
    this.#parts = parts;
    this.heldBytes = Math.max(
      0,
      ...parts.groups.map((group) => BYTES_PER_ROW * klinesIn(group, parts.parameters.limit)),
    );
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { groups, turns, caller, head, tail } = this.#parts;
    if (this.#rest.byteLength === 0) {
      if (this.#next > groups.length) return undefined;
      const group = groups[this.#next];
      this.#next += 1;
      if (group === undefined) {
        const end = groups.length === 0 ? head + tail : tail;
        return end === "" ? undefined : encoder.encode(end);
      }
      const rows = await this.#prepared(group);
      const before = this.#next === 1 ? encoder.encode(head) : COMMA;
      this.#rest = await turns.run(caller, () => this.#joined(group, rows, before));
    }
    const piece = this.#rest.subarray(0, PIECE_BYTES);
    this.#rest = this.#rest.subarray(piece.byteLength);
    return piece;
  }

  close(): void {
    this.#next = this.#parts.groups.length + 1;
    this.#rest = new Uint8Array(0);
  }

  async #prepared(group: readonly Series[]): Promise<readonly KlineBytes[]> {
    const { answers, parameters, turns, caller } = this.#parts;
    const all = group.map((one) => answers.rows.scan(one));
    for (const [index, series] of group.entries()) {
      const rows = all[index] as KlineBytes;
      // What moves meanwhile is encoded when the group is joined.
      while (!(await turns.run(caller, () => rows.prepare(series.select(parameters), ROWS_PER_JOB)))) {}
    }
    return all;
  }

  /** All series of a group at one moment. */
  #joined(group: readonly Series[], rows: readonly KlineBytes[], before: Uint8Array): Uint8Array<ArrayBuffer> {
    const { answers, parameters } = this.#parts;
    const parts: Uint8Array[] = [before];
    for (const [index, series] of group.entries()) {
      const selection = series.select(parameters);
      const ofSeries = rows[index] as KlineBytes;
      if (index > 0) parts.push(COMMA);
      parts.push(ofSeries.answer(encoder.encode(headOf(series, selection)), selection, SERIES_TAIL));
      answers.rows.count(series, ofSeries);
    }
    return joined(parts);
  }
}

/** Series in the order that they were given in, those of one symbol together as long as they aren't too many to be joined at once. */
export function seriesGroups(series: readonly Series[], limit: number): Series[][] {
  const groups: Series[][] = [];
  for (const one of series) {
    const group = groups.at(-1);
    const fits = group?.[0]?.symbol === one.symbol && klinesIn([...group, one], limit) <= MAX_GROUP_KLINES;
    if (fits) group.push(one);
    else groups.push([one]);
  }
  return groups;
}

/** Klines of a group that an answer with that limit holds at most. */
export function klinesIn(group: readonly Series[], limit: number): number {
  return group.reduce((sum, { ring }) => sum + Math.min(limit, ring.length), 0);
}

import type { Series } from "../store/mod.ts";
import type { AnswerCache } from "./answer-cache.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { Caller } from "./caller.ts";
import { BYTES_PER_ROW, KlineBytes } from "./kline-bytes.ts";
import type { LoopTurns } from "./loop-turns.ts";
import type { KlineParameters } from "./parameters.ts";
import { nextInMemory } from "./past/next-page.ts";
import { PIECE_BYTES, type PieceSource } from "./piece-source.ts";

/** Rows that are encoded in one job of the event loop: about a millisecond. */
const ROWS_PER_JOB = 1_000;

/** Groups of so many klines at most are encoded and joined in one job: about three milliseconds. */
const MAX_KLINES_AT_ONCE = 3_000;

/** Klines of one symbol that are joined at one moment, so that its intervals fit each other; past it, series by series. */
const MAX_GROUP_KLINES = 10_000;

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
 * Klines of several series as JSON, piece by piece. A group is joined at one moment and sent before the next is looked at. Rows
 * of a large group that weren't encoded yet are encoded in small jobs first.
 */
export class KlinePieces implements PieceSource {
  readonly heldBytes: number;
  readonly totalBytes: number;
  readonly #parts: KlinePiecesParts;
  readonly #groups: readonly (readonly Series[])[];
  readonly #writer: ByteWriter = new ByteWriter();
  #next = 0;
  /** How much of what was written is sent. */
  #sent = 0;

  constructor(parts: KlinePiecesParts) {
    this.#parts = parts;
    this.#groups = joinedGroups(parts.groups, parts.parameters.limit, ROWS_PER_JOB);
    const most = Math.max(0, ...this.#groups.map((group) => klinesIn(group, parts.parameters.limit)));
    // The rows of a large group may be held twice, encoded and joined.
    this.heldBytes = (most > MAX_KLINES_AT_ONCE ? 2 : 1) * BYTES_PER_ROW * most;
    this.totalBytes =
      BYTES_PER_ROW * parts.groups.reduce((sum, group) => sum + klinesIn(group, parts.parameters.limit), 0);
  }

  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#sent === this.#writer.length && !(await this.#fill())) return undefined;
    const piece = this.#writer.written.subarray(this.#sent, this.#sent + PIECE_BYTES);
    this.#sent += piece.byteLength;
    return piece;
  }

  close(): void {
    this.#next = this.#groups.length + 1;
  }

  /** Writes the next group; false at the end. */
  async #fill(): Promise<boolean> {
    const { turns, caller, head, tail } = this.#parts;
    if (this.#next > this.#groups.length) return false;
    const group = this.#groups[this.#next];
    const isFirst = this.#next === 0;
    this.#next += 1;
    const rows = group === undefined ? [] : await this.#prepared(group);
    await turns.run(caller, () => {
      this.#writer.clear();
      this.#sent = 0;
      if (isFirst) this.#writer.text(head);
      if (group === undefined) this.#writer.text(tail);
      else this.#join(group, rows, isFirst);
    });
    return this.#writer.length > 0;
  }

  /** The rows that are encoded already, or worth it. */
  async #prepared(group: readonly Series[]): Promise<readonly (KlineBytes | undefined)[]> {
    const { answers, parameters, turns, caller } = this.#parts;
    const isLarge = klinesIn(group, parameters.limit) > MAX_KLINES_AT_ONCE;
    const all = group.map(
      (one) => answers.rows.scan(one, one.select(parameters)) ?? (isLarge ? new KlineBytes(one) : undefined),
    );
    if (!isLarge) return all;
    for (const [index, series] of group.entries()) {
      // What moves meanwhile is encoded when the group is joined.
      const isReady = (): boolean => all[index]?.prepare(series.select(parameters), ROWS_PER_JOB) ?? true;
      while (!(await turns.run(caller, isReady))) {}
    }
    return all;
  }

  /** All series of a group at one moment. */
  #join(group: readonly Series[], rows: readonly (KlineBytes | undefined)[], isFirst: boolean): void {
    const { answers, parameters } = this.#parts;
    for (const [index, series] of group.entries()) {
      if (index > 0 || !isFirst) this.#writer.text(",");
      const next = nextInMemory(series, parameters);
      answers.write(series, series.select(parameters), rows[index], this.#writer, next);
    }
  }
}

/** Series in the order that they were given in, those of one symbol together as long as they aren't too many to be joined at once. */
export function seriesGroups(series: readonly Series[], limit: number): Series[][] {
  const groups: Series[][] = [];
  let group: Series[] = [];
  let klines = 0;
  for (const one of series) {
    const more = Math.min(limit, one.ring.length);
    if (group[0]?.symbol !== one.symbol || klines + more > MAX_GROUP_KLINES) {
      group = [];
      klines = 0;
      groups.push(group);
    }
    group.push(one);
    klines += more;
  }
  return groups;
}

/** Groups that have so many klines together at most are one: what a group costs besides its klines is as much as a hundred of them. */
export function joinedGroups(groups: readonly (readonly Series[])[], limit: number, most: number): Series[][] {
  const joinedOnes: Series[][] = [];
  let klines = Number.POSITIVE_INFINITY;
  for (const group of groups) {
    const more = klinesIn(group, limit);
    if (klines + more > most) {
      joinedOnes.push([]);
      klines = 0;
    }
    joinedOnes.at(-1)?.push(...group);
    klines += more;
  }
  return joinedOnes;
}

/** Klines of a group that an answer with that limit holds at most. */
export function klinesIn(group: readonly Series[], limit: number): number {
  let klines = 0;
  for (const { ring } of group) klines += Math.min(limit, ring.length);
  return klines;
}

import type { QuickJSContext, QuickJSHandle } from "quickjs-emscripten-core";
import { assert } from "../core/mod.ts";

/** Questions that are answered before a symbol's run because they were asked at the one before. */
export const MAX_PLANNED = 64;

/** So many planned questions further on a question is looked for; what isn't found there is asked. */
export const LOOK_AHEAD = 8;

/**
 * What stands where on a board, in doubles. The machine's side is told of it with the other facts, as it can import nothing.
 * `question` and `answer` are one short question; `result` what a run came to; `used` how far into the plan a run got;
 * `lengths` how many klines each timeframe has; `plan` questions with their answers, in pairs, 0 where there is none.
 */
export const BOARD = {
  question: 0,
  answer: 1,
  result: 2,
  closeTime: 3,
  used: 4,
  lengths: 8,
  plan: 32,
} as const;

const BOARD_DOUBLES: number = BOARD.plan + 2 * (MAX_PLANNED + LOOK_AHEAD);

/** What a run came to, on the board. */
export const RESULT = { noMatch: 0, match: 1, facts: 2 } as const;

/** Boards that were made; each carries its number until it was found, so that no two look the same. */
let boards = 0;
const MARK_DOUBLES = 4;

/** Where the last board of an instance was: a machine most often begins with the same memory as the one before. */
const LAST_PLACES: WeakMap<WebAssembly.Memory, number> = new WeakMap();

/**
 * Numbers that a machine and its host both read and write, in the machine's memory: a question with a number as its answer
 * costs one call that carries nothing, or none at all.
 */
export class Board {
  readonly cells: Float64Array;
  /** For the machine: the same bytes as an ArrayBuffer of its own. */
  readonly handle: QuickJSHandle;

  constructor(context: QuickJSContext, memory: WebAssembly.Memory) {
    boards += 1;
    const fresh = new Float64Array(BOARD_DOUBLES);
    for (let at = 0; at < MARK_DOUBLES; at += 1) fresh[at] = boards + Math.PI / (at + 2);
    this.handle = context.newArrayBuffer(fresh.buffer);
    // An instance's memory never grows, so what was found stays where it is.
    this.cells = new Float64Array(memory.buffer, 8 * placeOf(memory, fresh), BOARD_DOUBLES);
    this.cells.fill(0);
  }
}

/** The machine doesn't tell where it keeps a buffer, so it is looked for. Counted in doubles, to which buffers are aligned. */
function placeOf(memory: WebAssembly.Memory, fresh: Float64Array): number {
  const doubles = new Float64Array(memory.buffer);
  const isAt = (place: number): boolean => {
    for (let at = 0; at < MARK_DOUBLES; at += 1) if (doubles[place + at] !== fresh[at]) return false;
    return true;
  };
  const last = LAST_PLACES.get(memory);
  if (last !== undefined && isAt(last)) return last;
  let place = doubles.indexOf(fresh[0] as number);
  while (place >= 0 && !isAt(place)) place = doubles.indexOf(fresh[0] as number, place + 1);
  assert(place >= 0, "a buffer that was just made is in the machine's memory");
  LAST_PLACES.set(memory, place);
  return place;
}

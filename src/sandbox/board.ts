import type { QuickJSContext, QuickJSHandle } from "quickjs-emscripten-core";

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

/** What a board holds until it was found: numbers that are nowhere else. */
const MARK: readonly number[] = [2, 3, 5, 7].map((prime) => Math.PI + 1 / prime);

/**
 * Numbers that a machine and its host both read and write, in the machine's memory: a question with a number as its answer
 * costs one call that carries nothing, or none at all.
 */
export class Board {
  readonly cells: Float64Array;
  /** For the machine: the same bytes as an ArrayBuffer of its own. */
  readonly handle: QuickJSHandle;

  constructor(context: QuickJSContext, memory: WebAssembly.Memory) {
    const fresh = new Float64Array(BOARD_DOUBLES);
    fresh.set(MARK);
    this.handle = context.newArrayBuffer(fresh.buffer);
    // An instance's memory never grows, so what was found stays where it is.
    this.cells = new Float64Array(memory.buffer, placeOf(memory), BOARD_DOUBLES);
    this.cells.fill(0);
  }
}

/** The machine doesn't tell where it keeps a buffer, so it is looked for, at the places where doubles may begin. */
function placeOf(memory: WebAssembly.Memory): number {
  const doubles = new Float64Array(memory.buffer);
  const [first] = MARK as [number];
  for (let place = doubles.indexOf(first); place >= 0; place = doubles.indexOf(first, place + 1)) {
    if (MARK.every((number, at) => doubles[place + at] === number)) return place * Float64Array.BYTES_PER_ELEMENT;
  }
  throw new Error("a buffer that was just made is in the machine's memory");
}

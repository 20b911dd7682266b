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

/** How many numbers a mark is. */
const MARK_DOUBLES = 4;

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
    const mark = unusedMark(memory);
    fresh.set(mark);
    this.handle = context.newArrayBuffer(fresh.buffer);
    // An instance's memory never grows, so what was found stays where it is.
    this.cells = new Float64Array(memory.buffer, placeOf(mark, memory) ?? missing(), BOARD_DOUBLES);
    this.cells.fill(0);
  }
}

/** Numbers that are nowhere in the memory yet, so that nothing that was put there before can be taken for the board. */
function unusedMark(memory: WebAssembly.Memory): readonly number[] {
  for (let first = 1; ; first += 1) {
    const mark = Array.from({ length: MARK_DOUBLES }, (_, at) => Math.PI * first + 1 / (at + 2));
    if (placeOf(mark, memory) === undefined) return mark;
  }
}

/** The machine doesn't tell where it keeps a buffer, so it is looked for, at the places where doubles may begin. */
function placeOf(mark: readonly number[], memory: WebAssembly.Memory): number | undefined {
  const doubles = new Float64Array(memory.buffer);
  const [first] = mark as [number];
  for (let place = doubles.indexOf(first); place >= 0; place = doubles.indexOf(first, place + 1)) {
    if (mark.every((number, at) => doubles[place + at] === number)) return place * Float64Array.BYTES_PER_ELEMENT;
  }
  return undefined;
}

function missing(): never {
  throw new Error("a buffer that was just made is in the machine's memory");
}

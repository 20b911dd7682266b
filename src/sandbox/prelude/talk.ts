import type { PreludeFacts } from "./prelude.ts";

/** Asks the question that stands on the board. */
export type Short = () => void;

/** What the machine's side has of the board, and of the clock. */
export interface Talk {
  readonly board: Float64Array;
  /** Asks a short question. */
  readonly ask: (question: number) => number;
  /** Called at each turn of a loop, each call of a function, and with true after each catch: throws when the time is over. */
  readonly look: (now: unknown) => void;
  /** The same for something that does as much as the size says in one go. */
  readonly charge: (size: number) => void;
  /** Before each symbol. */
  readonly reset: () => void;
}

/**
 * The part of the prelude that talks to the host by the board. It is never called here, but sent in as text: it must not use a thing from outside of itself.
 */
export function talk(short: Short, memory: ArrayBuffer, facts: PreludeFacts): Talk {
  const { freeze } = Object;
  const board = new Float64Array(memory);
  const { board: places, lookAhead, short: questions } = facts;

  // What the filter asked at the symbol before is answered already, in that order.
  let cursor = 0;
  function ask(question: number): number {
    for (let slot = cursor; slot < cursor + lookAhead; slot += 1) {
      if (board[places.plan + 2 * slot] !== question) continue;
      cursor = slot + 1;
      board[places.used] = cursor;
      return board[places.plan + 2 * slot + 1] as number;
    }
    board[places.question] = question;
    short();
    return board[places.answer] as number;
  }

  // The clock: looked at each so often, sooner the more is done, and at once after something was caught.
  const TURNS_A_LOOK = 100;
  const STOP = freeze({ stopped: true });
  let turns = TURNS_A_LOOK;
  let stopped = false;
  function look(now: unknown): void {
    turns -= 1;
    if (turns < 0 || now === true) {
      turns = TURNS_A_LOOK;
      board[places.question] = questions.look;
      short();
      if (board[places.answer] === 1) stopped = true;
    }
    if (stopped) throw STOP;
  }
  function charge(size: number): void {
    turns -= size / 1_024;
    if (turns < 0) look(true);
  }

  function reset(): void {
    turns = TURNS_A_LOOK;
    cursor = 0;
  }

  return { board, ask, look, charge, reset };
}

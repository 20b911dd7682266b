import type { PreludeFacts } from "./prelude.ts";

/** Asks the question that stands on the board. */
export type Short = () => void;

/** What the machine's side has of the board, and of the clock. */
export interface Talk {
  readonly board: Float64Array;
  /** Asks a short question. */
  readonly ask: (question: number) => number;
  /** Called with what the code up to the next look costs, in units of some 20 to 50 ns: throws when the time is over. */
  readonly look: (units: number) => void;
  /** The same for something of the machine's own that goes through so many items or characters. */
  readonly charge: (size: number) => void;
  /** Stops the filter because it made a text that is too long. */
  readonly tooLong: () => void;
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

  // A look reads the clock after so many units of work, and immediately after a catch.
  const UNITS_A_LOOK = 1_000;
  const ITEMS_A_UNIT = 4;
  const STOP = freeze({ stopped: true });
  let units = UNITS_A_LOOK;
  let stopped = false;
  function look(cost: number): void {
    units -= cost;
    if (units < 0) {
      units = UNITS_A_LOOK;
      board[places.question] = questions.look;
      short();
      if (board[places.answer] === 1) stopped = true;
    }
    if (stopped) throw STOP;
  }
  function charge(size: number): void {
    units -= size / ITEMS_A_UNIT;
    if (units < 0) look(0);
  }
  function tooLong(): void {
    board[places.question] = questions.tooLong;
    short();
    stopped = true;
    throw STOP;
  }

  function reset(): void {
    units = UNITS_A_LOOK;
    cursor = 0;
  }

  return { board, ask, look, charge, tooLong, reset };
}

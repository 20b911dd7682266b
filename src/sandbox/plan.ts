import { FilterMistake, KlinesWanted } from "../strategy/mod.ts";
import { BOARD, MAX_PLANNED } from "./board.ts";
import type { HostDoor } from "./host-door.ts";

/**
 * A filter asks nearly the same of each symbol. So what it asked is kept, in its order, and answered on the board before it
 * runs again: what it finds there it needn't ask. Only as far as it got at the symbol before, so that what stands behind a
 * condition that is seldom true isn't computed for nothing.
 */
export class Plan {
  readonly #cells: Float64Array;
  readonly #door: HostDoor;
  readonly #questions: number[] = [];
  /** How many of them are answered on the board, and how many the present run is known to have got to. */
  #answered = 0;
  #asked = 0;

  constructor(cells: Float64Array, door: HostDoor) {
    this.#cells = cells;
    this.#door = door;
  }

  /** Answers what the run before asked, for the symbol that the door is open for now. */
  prepare(): void {
    const cells = this.#cells;
    const wanted = Math.max(this.#asked, cells[BOARD.used] as number);
    const before = this.#answered;
    this.#asked = this.#answered = cells[BOARD.used] = 0;
    try {
      for (; this.#answered < wanted; this.#answered += 1) {
        const question = this.#questions[this.#answered];
        if (question === undefined) break;
        this.#put(this.#answered, question, this.#door.answer(question, this.#answered) ?? Number.NaN);
      }
    } catch (cause) {
      // It is asked again by the filter itself, and refused there.
      if (!(cause instanceof KlinesWanted) && !(cause instanceof FilterMistake)) throw cause;
    }
    for (let slot = this.#answered; slot < before; slot += 1) this.#put(slot, 0, 0);
  }

  /** Answers what the present run asks beyond that. */
  answer(question: number): number | undefined {
    const known = this.#questions.indexOf(question, this.#answered);
    const slot = known >= 0 ? known : this.#questions.length;
    if (slot >= MAX_PLANNED) return this.#door.answer(question);
    const answer = this.#door.answer(question, slot);
    // What hangs on a column that the filter made itself is another question each time.
    if (this.#door.hungOnOthers) return answer;
    if (known < 0) this.#questions.push(question);
    this.#asked = Math.max(this.#asked, slot + 1);
    return answer;
  }

  #put(slot: number, question: number, answer: number): void {
    this.#cells[BOARD.plan + 2 * slot] = question;
    this.#cells[BOARD.plan + 2 * slot + 1] = answer;
  }
}

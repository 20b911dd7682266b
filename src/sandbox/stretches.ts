import { GUARDS } from "./guards.ts";
import type { Insertions } from "./insertions.ts";

/** Units of work between two looks in a straight line. */
const UNITS_A_LOOK = 250;

/** A stretch of code that one look stands for: what it costs in units, whichever way it goes. */
interface Stretch {
  units: number;
}

/** Counts what code costs while it is walked through, and puts in looks, each of which tells what the code up to the next one costs. */
export class Stretches {
  readonly #insertions: Insertions;
  #stretch: Stretch = { units: 0 };
  /** Looks so far: a branch that has one in it ends the stretch before it. */
  #looks = 0;

  constructor(insertions: Insertions) {
    this.#insertions = insertions;
  }

  /** Counts something that is done in this stretch. */
  add(units: number): void {
    this.#stretch.units += units;
  }

  /** Whether a look is due at the next place where one may stand. */
  get isLong(): boolean {
    return this.#stretch.units >= UNITS_A_LOOK;
  }

  /** A new stretch from this place on, with its look between two texts. */
  look(at: number, before: string, behind: string): void {
    this.#begin({ units: 0 }, at, before, behind);
  }

  /** Parts of which each may be left out. */
  branches(parts: readonly (() => void)[]): void {
    const [stretch, looks] = [this.#stretch, this.#looks];
    for (const visit of parts) {
      this.#stretch = stretch;
      visit();
    }
    this.#stretch = this.#looks > looks ? ended() : stretch;
  }

  /** Code out of whose middle the program may go on behind it. */
  jumped(visit: () => void): void {
    this.branches([visit]);
  }

  /** Whatever comes next may be reached without the looks before it. */
  end(): void {
    this.#stretch = ended();
  }

  /** Code that runs when it is called: its stretches are no part of those around it. */
  own(visit: () => void): void {
    const [stretch, looks] = [this.#stretch, this.#looks];
    visit();
    this.#stretch = stretch;
    this.#looks = looks;
  }

  /**
   * What runs again and again: a head, and a body that begins with a look for both. The head is also a part of the stretch before, as
   * it runs once more than the body.
   */
  repeated(visitHead: () => void, at: number, before: string, behind: string, visitBody: () => void): void {
    const outer = this.#stretch;
    this.called(visitHead, at, before, behind, visitBody, (units) => {
      outer.units += units;
    });
    this.end();
  }

  /** The same of a function, whose head are its parameters. */
  called(
    visitHead: () => void,
    at: number,
    before: string,
    behind: string,
    visitBody: () => void,
    onHead: (units: number) => void = () => {},
  ): void {
    const turn: Stretch = { units: 2 };
    this.#stretch = turn;
    visitHead();
    onHead(turn.units);
    this.#begin(turn, at, before, behind);
    visitBody();
  }

  #begin(stretch: Stretch, at: number, before: string, behind: string): void {
    this.#looks += 1;
    this.#stretch = stretch;
    this.#insertions.open(at, () => `${before}${GUARDS.look}(${stretch.units})${behind}`);
  }
}

/** The next place where a look may stand gets one. */
function ended(): Stretch {
  return { units: UNITS_A_LOOK };
}

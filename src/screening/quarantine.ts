import { CodeTable } from "./code-table.ts";
import { FilterQuarantined } from "./errors.ts";

/** Filters that are remembered for having held up their thread. One more, and the oldest may be tried again. */
export const MAX_QUARANTINED = 1_000;

/** Filters that held up their thread. They are refused until their code is changed. */
export class Quarantine {
  /** What each did. */
  readonly #whys: CodeTable<string>;

  constructor(most: number = MAX_QUARANTINED) {
    this.#whys = new CodeTable(most);
  }

  get size(): number {
    return this.#whys.size;
  }

  /** Filters that were let out to make room for others. */
  get evictions(): number {
    return this.#whys.evictions;
  }

  /** `why` continues "the filter …". Returns the error for its caller. */
  add(code: string, why: string): FilterQuarantined {
    this.#whys.set(code, why);
    return refusal(why);
  }

  /** Why this code isn't run; undefined if it is. */
  refusalOf(code: string): FilterQuarantined | undefined {
    const why = this.#whys.get(code);
    return why === undefined ? undefined : refusal(why);
  }
}

function refusal(why: string): FilterQuarantined {
  return new FilterQuarantined(`the filter ${why}: it isn't run again until its code is changed`);
}

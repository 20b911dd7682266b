import type { Signal } from "../wire/mod.ts";
import { DatabaseUnreachable } from "./database.ts";
import type { Ended, ExecutionsTable } from "./executions-table.ts";

/** The most runs that one statement ends. */
const MAX_TOGETHER = 32;

/** The most matches that one statement stores, unless a single run has more: they may have 4 kB of facts each. */
const MAX_MATCHES_TOGETHER = 500;

/** So long the first of them may wait for others to go with it, in milliseconds. */
const LINGER_MS = 10;

/** A run that waits to be ended, and who waits for it. */
interface Waiting {
  readonly ended: Ended;
  readonly resolve: (signals: Signal[] | undefined) => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Ends runs, one statement at a time and several in each: what comes while one is under way, and what comes shortly after, unless
 * nothing more is to come. Owners take turns, so that nobody waits for all the matches of another; each owner's runs stay in order.
 * How many may wait is up to who adds.
 */
export class FinishQueue {
  readonly #executions: Pick<ExecutionsTable, "finishAll">;
  /** By owner, the one whose turn it is first. */
  readonly #waiting: Map<string, Waiting[]> = new Map();
  #size = 0;
  #busy = false;
  /** Whether more is to come soon. */
  #more = true;
  /** Ends the wait for others. */
  #go: () => void = () => {};

  constructor(executions: Pick<ExecutionsTable, "finishAll">) {
    this.#executions = executions;
  }

  /** The new signals, or undefined when the lease was lost meanwhile, as of {@link ExecutionsTable.finishAll}. */
  async add(ended: Ended): Promise<Signal[] | undefined> {
    return await new Promise((resolve, reject) => {
      const { owner } = ended.claim.trader;
      const waiting = this.#waiting.get(owner) ?? [];
      this.#waiting.set(owner, waiting);
      waiting.push({ ended, resolve, reject });
      this.#size += 1;
      this.#more = true;
      if (this.#size >= MAX_TOGETHER) this.#go();
      if (!this.#busy) void this.#work();
    });
  }

  /** Nothing more comes soon: what waits is not to wait for others. */
  flush(): void {
    this.#more = false;
    this.#go();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#size > 0) {
      if (this.#more && this.#size < MAX_TOGETHER) await this.#linger();
      await this.#end(this.#takeTogether());
    }
    this.#busy = false;
  }

  /** The runs of the next statement: one of each owner in turn. One that doesn't fit any more is the first of the statement after. */
  #takeTogether(): Waiting[] {
    const together: Waiting[] = [];
    let matches = 0;
    // An owner with more goes to the end of the map, and so has its next turn in the same walk.
    for (const [owner, waiting] of this.#waiting) {
      const [first] = waiting as [Waiting, ...Waiting[]];
      const { length } = first.ended.outcome.matches;
      if (together.length === MAX_TOGETHER) break;
      if (together.length > 0 && matches + length > MAX_MATCHES_TOGETHER) continue;
      matches += length;
      together.push(first);
      waiting.shift();
      this.#waiting.delete(owner);
      if (waiting.length > 0) this.#waiting.set(owner, waiting);
    }
    this.#size -= together.length;
    return together;
  }

  async #linger(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LINGER_MS);
      this.#go = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #end(together: readonly Waiting[]): Promise<void> {
    try {
      const results = await this.#executions.finishAll(together.map(({ ended }) => ended));
      for (const [at, { resolve }] of together.entries()) resolve(results[at]);
    } catch (cause) {
      // One that the database won't take must not keep the others from it.
      if (together.length > 1 && !(cause instanceof DatabaseUnreachable)) {
        for (const one of together) await this.#end([one]);
      } else for (const { reject } of together) reject(cause);
    }
  }
}

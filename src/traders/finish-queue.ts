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
 * Ends runs in the order in which they come, one statement at a time, and several in each: what comes while one is under
 * way, and what comes shortly after, unless nothing more is to come. How many may wait is up to who adds.
 */
export class FinishQueue {
  readonly #executions: Pick<ExecutionsTable, "finishAll">;
  readonly #waiting: Waiting[] = [];
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
      this.#waiting.push({ ended, resolve, reject });
      this.#more = true;
      if (this.#waiting.length >= MAX_TOGETHER) this.#go();
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
    while (this.#waiting.length > 0) {
      if (this.#more && this.#waiting.length < MAX_TOGETHER) await this.#linger();
      await this.#end(this.#waiting.splice(0, this.#together()));
    }
    this.#busy = false;
  }

  /** How many of the runs that wait go into the next statement. */
  #together(): number {
    let matches = 0;
    const past = this.#waiting.findIndex(({ ended }) => {
      matches += ended.outcome.matches.length;
      return matches > MAX_MATCHES_TOGETHER;
    });
    return Math.min(MAX_TOGETHER, past < 0 ? this.#waiting.length : Math.max(1, past));
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

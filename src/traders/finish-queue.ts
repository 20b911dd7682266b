import type { Signal } from "../wire/mod.ts";
import { DatabaseUnreachable } from "./database.ts";
import type { Ended, PartOfRun } from "./execution.ts";
import type { ExecutionsTable } from "./executions-table.ts";
import { StatementRoom } from "./match-rows.ts";
import type { OnStoredPart } from "./stored-matches.ts";

/** The most runs that one statement stores. */
const MAX_TOGETHER = 32;

/** How long the first run waits for others to share its statement, in milliseconds. */
const LINGER_MS = 10;

/** A run that waits to be stored, and the promise of its caller. */
interface Waiting {
  readonly ended: Ended;
  /** How many of its matches were sent to the database. */
  stored: number;
  readonly onStored: OnStoredPart;
  readonly resolve: (isMine: boolean) => void;
  readonly reject: (cause: unknown) => void;
}

/** The part of a run that one statement stores. */
interface Part {
  readonly run: Waiting;
  readonly part: PartOfRun;
}

/**
 * Stores finished runs, one statement at a time. Runs that arrive while a statement is under way share the next one. When the queue was
 * empty, the first run waits up to {@link LINGER_MS} for others, unless the caller said by `flush` that none will come soon.
 *
 * A run with many matches takes several statements. Owners take turns from statement to statement, so nobody waits for all matches of
 * another; an owner's runs stay in order. The queue has no bound of its own: its caller limits the runs that are under way.
 */
export class FinishQueue {
  readonly #executions: Pick<ExecutionsTable, "finishAll">;
  /** By owner. The owner whose turn it is comes first. */
  readonly #waiting: Map<string, Waiting[]> = new Map();
  #size = 0;
  #busy = false;
  /** Whether more runs are expected soon. */
  #more = true;
  /** Ends the wait for others. */
  #go: () => void = () => {};

  constructor(executions: Pick<ExecutionsTable, "finishAll">) {
    this.#executions = executions;
  }

  /** Stores a run. `onStored` must not throw. Resolves with false if the lease was lost meanwhile: then a part of it may be stored. */
  async add(ended: Ended, onStored: OnStoredPart): Promise<boolean> {
    return await new Promise((resolve, reject) => {
      const { owner } = ended.claim.trader;
      const waiting = this.#waiting.get(owner) ?? [];
      this.#waiting.set(owner, waiting);
      waiting.push({ ended, stored: 0, onStored, resolve, reject });
      this.#size += 1;
      this.#more = true;
      if (this.#size >= MAX_TOGETHER) this.#go();
      if (!this.#busy) void this.#work();
    });
  }

  /** Stores the waiting runs without waiting for others: no more are expected soon. */
  flush(): void {
    this.#more = false;
    this.#go();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#size > 0) {
        if (this.#more && this.#size < MAX_TOGETHER) await this.#linger();
        await this.#end(this.#takeTogether());
      }
    } finally {
      this.#busy = false;
    }
  }

  /** Takes the runs of the next statement: one of each owner in turn. A run for which there is no room keeps its turn for the next statement. */
  #takeTogether(): Part[] {
    const together: Part[] = [];
    const room = new StatementRoom();
    const unfinished: [string, Waiting[]][] = [];
    // An owner with more runs is moved to the end of the map, so this loop reaches it again.
    for (const [owner, waiting] of this.#waiting) {
      if (together.length === MAX_TOGETHER) break;
      const [run] = waiting as [Waiting, ...Waiting[]];
      const { matches } = run.ended.outcome;
      const rows = room.take(matches, run.stored);
      if (rows.length === 0 && run.stored < matches.length) continue;
      run.stored += rows.length;
      const isLast = run.stored === matches.length;
      together.push({ run, part: { ended: run.ended, rows, isLast } });
      this.#waiting.delete(owner);
      if (!isLast) unfinished.push([owner, waiting]);
      else {
        waiting.shift();
        this.#size -= 1;
        if (waiting.length > 0) this.#waiting.set(owner, waiting);
      }
    }
    for (const [owner, waiting] of unfinished) this.#waiting.set(owner, waiting);
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

  async #end(together: readonly Part[]): Promise<void> {
    let results: (Signal[] | undefined)[];
    try {
      results = await this.#executions.finishAll(together.map(({ part }) => part));
    } catch (cause) {
      // One run that the database refuses must not stop the others: each is tried alone.
      if (together.length > 1 && !(cause instanceof DatabaseUnreachable)) {
        for (const one of together) await this.#end([one]);
      } else {
        for (const one of together) {
          this.#giveUp(one);
          one.run.reject(cause);
        }
      }
      return;
    }
    for (const [at, one] of together.entries()) this.#stored(one, results[at]);
  }

  #stored(one: Part, signals: Signal[] | undefined): void {
    const { run, part } = one;
    if (signals === undefined) {
      this.#giveUp(one);
      run.resolve(false);
      return;
    }
    run.onStored(signals);
    if (part.isLast) run.resolve(true);
  }

  /** Drops the rest of a run that failed or lost its lease. */
  #giveUp({ run, part }: Part): void {
    if (part.isLast) return;
    const { owner } = run.ended.claim.trader;
    // A run that isn't stored whole is still the first of its owner.
    const waiting = this.#waiting.get(owner) as Waiting[];
    waiting.shift();
    this.#size -= 1;
    if (waiting.length === 0) this.#waiting.delete(owner);
  }
}

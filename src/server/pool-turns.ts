import type { Caller } from "./caller.ts";
import { CallerQueue } from "./caller-queue.ts";

/** Asynchronous work that takes a processor of its own, a few jobs at once, callers in turn. */
export class PoolTurns {
  readonly #most: number;
  readonly #jobs: CallerQueue<() => Promise<void>> = new CallerQueue();
  #running = 0;

  /** `most`: jobs at once. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Starts the work when it is the caller's turn. Resolves or rejects as the work does. */
  run<Result>(caller: Pick<Caller, "bucket">, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#jobs.add(caller, () => work().then(resolve, reject));
      this.#start();
    });
  }

  #start(): void {
    while (this.#running < this.#most) {
      const job = this.#jobs.take();
      if (job === undefined) return;
      this.#running += 1;
      void job().finally(() => {
        this.#running -= 1;
        this.#start();
      });
    }
  }
}

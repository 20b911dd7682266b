import type { Caller } from "./caller.ts";

/** Jobs of many callers. Each caller's jobs stay in order, and callers take turns, however many jobs one of them has. */
export class CallerQueue<Job> {
  /** By bucket, which all tokens of one user share; the next caller first. */
  readonly #waiting: Map<Caller["bucket"], Job[]> = new Map();
  #size = 0;

  /** Jobs that wait, of all callers together. */
  get size(): number {
    return this.#size;
  }

  add({ bucket }: Pick<Caller, "bucket">, job: Job): void {
    const jobs = this.#waiting.get(bucket);
    if (jobs === undefined) this.#waiting.set(bucket, [job]);
    else jobs.push(job);
    this.#size += 1;
  }

  /** The next job of the caller whose turn it is; undefined when none waits. */
  take(): Job | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [bucket, jobs] = first;
    this.#waiting.delete(bucket);
    const job = jobs.shift();
    if (jobs.length > 0) this.#waiting.set(bucket, jobs);
    this.#size -= 1;
    return job;
  }
}

import { assert, VyxError } from "../../core/mod.ts";
import type { Dump, ReadDump } from "../dump/read-dump.ts";
import { Sheet } from "../sheet.ts";
import type { WorkAnswer, WorkJob, WorkRequest } from "./messages.ts";
import type { PackedSheet } from "./pack-sheet.ts";
import { WORK_PROGRAM } from "./work-program.ts";

/** A thread couldn't do a job, for example because the disk is full. */
export class WorkFailed extends VyxError {
  readonly code = "history_work_failed";
  readonly retryable = true;
}

interface Waiting {
  readonly job: WorkJob;
  readonly done: (answer: WorkAnswer) => void;
  readonly failed: (cause: Error) => void;
}

/** Threads that unpack, check and pack months, so that the caller's event loop stays free. Each has one job at a time; the others queue. */
export class WorkThreads {
  readonly #idle: Worker[] = [];
  readonly #all: Worker[] = [];
  readonly #queue: Waiting[] = [];
  readonly #busy: Map<Worker, Waiting> = new Map();
  #nextId = 1;

  constructor(count: number) {
    assert(count >= 1, "there is a thread");
    for (let at = 0; at < count; at += 1) {
      const worker = new Worker(WORK_PROGRAM);
      worker.onmessage = ({ data }: MessageEvent<WorkAnswer>) => this.#ended(worker, (one) => one.done(data));
      worker.onerror = (event) =>
        this.#ended(worker, (one) => one.failed(new WorkFailed(`a thread failed: ${event.message}`)));
      this.#all.push(worker);
      this.#idle.push(worker);
    }
  }

  /** Unpacks, reads and checks a dump. */
  async read(dump: Dump): Promise<ReadDump> {
    const { read } = await this.#ask({ kind: "read", dump });
    assert(read !== undefined, "a thread answers what it was asked");
    const { bytes, ...rest } = read;
    return { ...rest, sheet: new Sheet(bytes) };
  }

  /** Writes a sheet to a file. */
  async pack(sheet: Sheet, path: string): Promise<PackedSheet> {
    const { packed } = await this.#ask({ kind: "pack", sheet: sheet.bytes, path });
    assert(packed !== undefined, "a thread answers what it was asked");
    return packed;
  }

  /** Ends the threads. Jobs that aren't done are dropped. */
  stop(): void {
    for (const worker of this.#all) worker.terminate();
  }

  async #ask(job: WorkJob): Promise<WorkAnswer> {
    const answer = await new Promise<WorkAnswer>((done, failed) => {
      this.#queue.push({ job, done, failed });
      this.#next();
    });
    if (answer.failed !== undefined) throw new WorkFailed(answer.failed);
    return answer;
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    const worker = this.#idle.pop();
    if (worker === undefined) return;
    const waiting = this.#queue.shift() as Waiting;
    this.#busy.set(worker, waiting);
    const { job } = waiting;
    const request: WorkRequest = { id: this.#nextId, job };
    this.#nextId += 1;
    worker.postMessage(request, job.kind === "pack" ? [job.sheet.cells.buffer, job.sheet.marks.buffer] : []);
  }

  #ended(worker: Worker, tell: (waiting: Waiting) => void): void {
    const waiting = this.#busy.get(worker);
    this.#busy.delete(worker);
    this.#idle.push(worker);
    if (waiting !== undefined) tell(waiting);
    this.#next();
  }
}

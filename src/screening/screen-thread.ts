import { type Clock, InvalidInput, millis, reasonOf, type Symbol, unreachable } from "../core/mod.ts";
import type { SandboxFigures } from "../sandbox/mod.ts";
import type { MarketReader } from "../store/mod.ts";
import { FilterCodeFault } from "../strategy/mod.ts";
import type { Done, ScreenReply, ScreenTask, Work } from "./messages.ts";
import { SentMarket, type WantedSeries } from "./sent-market.ts";

/** Previews are cut into slices that are meant to take this long, in milliseconds. */
export const PREVIEW_SLICE_MS = 100;

/** The same of screens. Another's screen waits for such a slice, and for what its last symbol takes. */
export const SCREEN_SLICE_MS = 50;

/** A caller that has used the thread for so long without having nothing to do gets shorter slices, both in milliseconds. */
export const LIGHT_UP_TO_MS = 200;
export const HEAVY_SLICE_MS = 25;

/** A task that has run for so long is ended with its thread, in milliseconds. Its slice may take up to fifteen times as long as meant. */
export const MAX_TASK_MS = 1_500;

/** How often that is looked at, in milliseconds. A look that comes late counts once, so a busy process blames nobody. */
const LOOK_MS = 100;

/**
 * Time in which the process didn't get the processor isn't the task's, but so many times {@link MAX_TASK_MS} by the clock are enough
 * whatever the processor says.
 */
const MOST_TIMES = 3;

/** A thread that has something to do and says nothing for so long before a task begins, in milliseconds, is replaced. */
const SILENT_MS = 20_000;

/** Tasks that the thread has at a time: while it works on one, the next is there already. */
export const TASKS_AHEAD = 2;

/** Which part of the market a task is about. */
export interface TaskMarket extends WantedSeries {
  readonly readsTicker: boolean;
}

/** What a thread is made of. */
export interface ScreenThreadParts {
  readonly markets: MarketReader;
  /** The address of the program that runs in the thread; it answers with `answerTasks`. */
  readonly program: string;
  readonly clock: Clock;
  /** Milliseconds of processor time that this process took so far. */
  readonly processorMs: () => number;
}

/** The task held up or broke its thread, which had to be ended. The message continues "the filter …". */
export class TaskOverran extends Error {
  /** How long it ran. */
  readonly ms: number;

  constructor(message: string, ms: number) {
    super(message);
    this.ms = ms;
  }
}

/** The thread ended before the task did, and not because of it: it can be done by the next one. `isBroken`: nobody else's task was to blame. */
export class ThreadEnded extends Error {
  readonly isBroken: boolean;

  constructor(message: string, isBroken: boolean) {
    super(message);
    this.isBroken = isBroken;
  }
}

/** What came of a task, and how long its filter ran. */
export interface EndedTask {
  readonly done: Done | FilterCodeFault | InvalidInput;
  readonly ms: number;
}

interface Given {
  readonly resolve: (ended: EndedTask) => void;
  readonly reject: (cause: unknown) => void;
}

/** The screening thread. It receives what it lacks of each series, and is replaced when a task overruns its bound. */
export class ScreenThread {
  readonly #parts: ScreenThreadParts;
  #worker: Worker | undefined;
  #market: SentMarket;
  /** The symbols of the task before. */
  #symbols: readonly Symbol[] = [];
  /** Tasks that the thread has, by id, oldest first. */
  readonly #given: Map<number, Given> = new Map();
  #telling: Promise<void> = Promise.resolve();
  #id = 0;
  /** The task whose filter runs, for how many looks, and the processor's time when it began. */
  #running: { readonly id: number; looks: number; readonly processorMs: number } | undefined;
  #silentLooks = 0;
  #isWatching = false;
  #stopped = false;
  /** Threads that were ended, by why. */
  readonly ends: { overran: number; failed: number; silent: number } = { overran: 0, failed: 0, silent: 0 };
  /** How full the thread's sandbox was when it last said so. */
  sandbox: SandboxFigures | undefined;

  constructor(parts: ScreenThreadParts) {
    this.#parts = parts;
    this.#market = new SentMarket(parts.markets);
  }

  /** Tasks that it has. */
  get size(): number {
    return this.#given.size;
  }

  /** Whether it was ended for good. */
  get isStopped(): boolean {
    return this.#stopped;
  }

  /**
   * Does a task. Rejects with {@link TaskOverran} or {@link ThreadEnded}, and where something of ours fails. `market` is undefined
   * for work that looks at none.
   */
  give(work: Work, market: TaskMarket | undefined): Promise<EndedTask> {
    this.#id += 1;
    const id = this.#id;
    return new Promise((resolve, reject) => {
      this.#given.set(id, { resolve, reject });
      this.#telling = this.#telling.then(() => this.#tell(id, work, market));
      void this.#watch();
    });
  }

  /** Ends the thread for good. */
  stop(): void {
    this.#stopped = true;
    this.#end((reject) => reject(new ThreadEnded("the server is stopping", true)));
  }

  /** Hands a task to the thread, with what it doesn't know yet. */
  async #tell(id: number, work: Work, market: TaskMarket | undefined): Promise<void> {
    // The thread that it was for may have ended, and all its tasks with it.
    if (!this.#given.has(id)) return;
    try {
      const worker = this.#started();
      const update = market === undefined ? this.#market.noUpdate() : await this.#market.update(market);
      if (!this.#given.has(id)) return;
      const symbols = market?.symbols ?? this.#symbols;
      const task: ScreenTask = {
        id,
        work,
        update,
        symbols: isSame(symbols, this.#symbols) ? undefined : symbols,
        tickers: market?.readsTicker === true ? symbols.flatMap((one) => this.#parts.markets.ticker(one) ?? []) : [],
      };
      this.#symbols = symbols;
      const handedOver = new Set([...update.rows, ...columnsIn(work)].map(({ buffer }) => buffer as ArrayBuffer));
      worker.postMessage(task, { transfer: [...handedOver] });
    } catch (cause) {
      // What the thread knows of the market is uncertain now. The task that runs is not to blame.
      this.ends.failed += 1;
      const message = `the screening thread failed: ${reasonOf(cause)}`;
      this.#end((reject, one) => reject(new ThreadEnded(message, one === id)));
    }
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(this.#parts.program);
    worker.onmessage = ({ data }: MessageEvent<ScreenReply>) => {
      if (worker === this.#worker) this.#hear(data);
    };
    worker.onerror = (event) => {
      if (worker === this.#worker) this.#fail(event.message);
    };
    this.#worker = worker;
    return worker;
  }

  #hear(reply: ScreenReply): void {
    const { id } = reply;
    this.#silentLooks = 0;
    if (reply.kind === "began") {
      this.#running = { id, looks: 0, processorMs: this.#parts.processorMs() };
      return;
    }
    const given = this.#given.get(id);
    this.#given.delete(id);
    this.#running = undefined;
    this.sandbox = reply.sandbox;
    const { outcome, ms } = reply;
    if ("done" in outcome) given?.resolve({ done: outcome.done, ms });
    else if (outcome.fault === "filter")
      given?.resolve({ done: new FilterCodeFault(outcome.message, outcome.place), ms });
    else if (outcome.fault === "request") given?.resolve({ done: new InvalidInput(outcome.message), ms });
    else if (outcome.fault === "internal") given?.reject(new Error(`the screening thread failed: ${outcome.message}`));
    else unreachable(outcome.fault);
  }

  /** Looks after the thread for as long as it has something to do. */
  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#silentLooks = 0;
    const { clock, processorMs } = this.#parts;
    while (this.#given.size > 0) {
      await clock.sleep(millis(LOOK_MS));
      if (this.#running === undefined) {
        this.#silentLooks += 1;
        if (this.#silentLooks * LOOK_MS >= SILENT_MS) {
          this.ends.silent += 1;
          this.#end((reject) => reject(new ThreadEnded("the screening thread didn't answer", true)));
        }
        continue;
      }
      this.#running.looks += 1;
      const ms = this.#running.looks * LOOK_MS;
      const ran = Math.min(ms, processorMs() - this.#running.processorMs);
      if (ran < MAX_TASK_MS && ms < MOST_TIMES * MAX_TASK_MS) continue;
      this.ends.overran += 1;
      this.#blame(`ran for ${MAX_TASK_MS} ms without a pause, and its thread had to be ended`, ms);
    }
    this.#isWatching = false;
  }

  /** The thread broke. A task whose filter ran is to blame. */
  #fail(message: string): void {
    this.ends.failed += 1;
    if (this.#running === undefined) {
      this.#end((reject) => reject(new ThreadEnded(`the screening thread failed: ${message}`, true)));
    } else this.#blame("broke the thread that it ran in", this.#running.looks * LOOK_MS);
  }

  /** Ends the thread because of the task that runs. The others can be done by the next one. */
  #blame(what: string, ms: number): void {
    const running = this.#running?.id;
    this.#end((reject, id) =>
      reject(id === running ? new TaskOverran(what, ms) : new ThreadEnded("another task ended the thread", false)),
    );
  }

  /** Gives the thread up; the next task starts another, which knows nothing. */
  #end(tell: (reject: Given["reject"], id: number) => void): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#running = undefined;
    this.#silentLooks = 0;
    this.#market = new SentMarket(this.#parts.markets);
    this.#symbols = [];
    const given = [...this.#given];
    this.#given.clear();
    for (const [id, { reject }] of given) tell(reject, id);
  }
}

/** The columns that a task hands over: afterwards they are the thread's. A part of a larger buffer is copied. */
function columnsIn(work: Work): readonly Float64Array[] {
  if (work.kind !== "backtest" || work.work.part !== "block" || work.work.block === undefined) return [];
  return Object.values(work.work.block.columns).filter(({ buffer, byteLength }) => buffer.byteLength === byteLength);
}

function isSame(some: readonly Symbol[], others: readonly Symbol[]): boolean {
  return some === others || (some.length === others.length && some.every((symbol, at) => symbol === others[at]));
}

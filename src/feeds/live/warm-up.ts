import type { Stopwatch, WarmUp } from "../../core/mod.ts";
import type { Asker } from "./asking/asker.ts";
import type { Following } from "./following.ts";
import type { Repair } from "./repair.ts";

/** For how long a wait for request weight holds, in milliseconds: counting what each series lacks takes a while. */
const KNOWN_FOR_MS = 1_000;

/** A wait for request weight that is shorter isn't worth a line of the log, in milliseconds. */
const LEAST_TOLD_WAIT_MS = 5_000;

/** What the progress of the start follows from. */
export interface WarmUpContext {
  readonly following: Pick<Following, "wasWarm" | "progress">;
  readonly repair: Pick<Repair, "callsLeft">;
  readonly rest: Pick<Asker, "listWaitMs" | "klinesWaitMs">;
  readonly stopwatch: Stopwatch;
  /** Called with each symbol that is read, and when the start has to wait for request weight. */
  readonly onProgress?: ((warmUp: WarmUp) => void) | undefined;
}

/** How far the start is: symbols that were read, and for how long the exchange's request weight makes the others wait. */
export class WarmUpProgress {
  readonly #context: WarmUpContext;
  #weightWait: { readonly ms: number; readonly at: number } | undefined;

  constructor(context: WarmUpContext) {
    this.#context = context;
  }

  /** Undefined once the start is over. */
  get now(): WarmUp | undefined {
    return this.#context.following.wasWarm ? undefined : this.#find();
  }

  /** Another symbol was read. */
  moved(): void {
    this.#context.onProgress?.(this.#find());
  }

  /** REST calls have to wait for this long. */
  waits(waitMs: number): void {
    if (waitMs >= LEAST_TOLD_WAIT_MS && !this.#context.following.wasWarm) this.moved();
  }

  #find(): WarmUp {
    const { following, repair, rest, stopwatch } = this.#context;
    const { done, total } = following.progress;
    if (total === 0) return { done, total, remainingMs: rest.listWaitMs };
    if (done === total) return { done, total, remainingMs: 0 };
    const at = stopwatch();
    if (this.#weightWait === undefined || at - this.#weightWait.at >= KNOWN_FOR_MS) {
      this.#weightWait = { ms: rest.klinesWaitMs(repair.callsLeft), at };
    }
    return { done, total, remainingMs: this.#weightWait.ms };
  }
}

import { type Signal, signal } from "@preact/signals";
import { detailOf } from "../traders/trader-book.ts";

/** How far an answer is. */
export type AnswerPhase<T> =
  | { readonly kind: "none" }
  /** `before`: the answer to the question before, which may be shown meanwhile. */
  | { readonly kind: "asking"; readonly before: T | undefined }
  /** `detail` says in words why there is none. */
  | { readonly kind: "failed"; readonly detail: string; readonly before: T | undefined }
  | { readonly kind: "done"; readonly answer: T };

/** The answer to the question that was asked last. Views read its phase; only this changes it. */
export class LatestAnswer<T> {
  readonly phase: Signal<AnswerPhase<T>> = signal({ kind: "none" });
  #asking: AbortController | undefined;

  /** Asks, and drops the question before. Never rejects: the phase says how it ends. */
  async ask(work: (signal: AbortSignal) => Promise<T>): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    const before = lastOf(this.phase.peek());
    this.phase.value = { kind: "asking", before };
    try {
      const answer = await work(asking.signal);
      if (!asking.signal.aborted) this.phase.value = { kind: "done", answer };
    } catch (cause) {
      if (!asking.signal.aborted) this.phase.value = { kind: "failed", detail: detailOf(cause), before };
    }
  }

  /** Drops the question and the answer. */
  clear(): void {
    this.close();
    this.phase.value = { kind: "none" };
  }

  /** Drops the question. */
  close(): void {
    this.#asking?.abort();
  }
}

/** The answer that is to be shown: while another one is asked for, the one before. */
export function shownOf<T>(phase: AnswerPhase<T>): T | undefined {
  if (phase.kind === "done") return phase.answer;
  return phase.kind === "asking" ? phase.before : undefined;
}

/** The answer that there was last. */
export function lastOf<T>(phase: AnswerPhase<T>): T | undefined {
  return phase.kind === "failed" ? phase.before : shownOf(phase);
}

import { type Signal, signal } from "@preact/signals";
import type { ExplainAnswer, ExplainRequest, Trader } from "../../src/wire/mod.ts";
import { detailOf } from "../traders/trader-book.ts";
import { closeBeside, closeUpTo, type WhyQuestion } from "./why-question.ts";

/** The state of an explanation. */
export type WhyPhase =
  /** Nothing is asked, because no filter is chosen yet. */
  | { readonly kind: "none" }
  | { readonly kind: "asking" }
  | { readonly kind: "failed"; readonly detail: string }
  | { readonly kind: "done"; readonly answer: ExplainAnswer };

/** Dependencies of an explanation. */
export interface WhyParts {
  readonly explain: (request: ExplainRequest, signal: AbortSignal) => Promise<ExplainAnswer>;
  /** Reads a trader. */
  readonly trader: (id: string, signal: AbortSignal) => Promise<Trader>;
  /** Whether the server knows traders by their ids; if they run elsewhere, it is sent their code. */
  readonly runsTraders: boolean;
}

/** One explanation at a time. Views read its signals; only this changes them. */
export class WhyState {
  readonly phase: Signal<WhyPhase> = signal({ kind: "none" });
  readonly #parts: WhyParts;
  #question: WhyQuestion | undefined;
  #asking: AbortController | undefined;

  constructor(parts: WhyParts) {
    this.#parts = parts;
  }

  /** Asks, and drops the question before. Never rejects: the phase says how it ends. */
  async ask(question: WhyQuestion): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#question = question;
    if (question.filter === undefined) {
      this.phase.value = { kind: "none" };
      return;
    }
    this.phase.value = { kind: "asking" };
    try {
      const answer = await this.#answer(question, asking.signal);
      if (!asking.signal.aborted) this.phase.value = { kind: "done", answer };
    } catch (cause) {
      if (!asking.signal.aborted) this.phase.value = { kind: "failed", detail: detailOf(cause) };
    }
  }

  /** Asks about the close so many candles later; earlier if negative. Only where there is an answer to go on from. */
  async step(by: number): Promise<void> {
    const [question, phase] = [this.#question, this.phase.peek()];
    if (question === undefined || phase.kind !== "done") return;
    const { interval, closeTime } = phase.answer;
    await this.ask({ ...question, interval, closeTime: closeBeside(interval, closeTime, by) });
  }

  close(): void {
    this.#asking?.abort();
  }

  async #answer({ symbol, interval, closeTime, filter }: WhyQuestion, signal: AbortSignal): Promise<ExplainAnswer> {
    if (filter?.kind === "code") {
      const { code, timeframes } = filter;
      return await this.#parts.explain({ code, timeframes, interval, symbol, closeTime }, signal);
    }
    return await this.#ofTrader({ symbol, closeTime, ...(filter ?? { id: "" }) }, signal);
  }

  /** Asks about a trader's own close. Its interval may be another one than the chart's. */
  async #ofTrader(
    { symbol, closeTime: until, id, version }: Pick<WhyQuestion, "symbol" | "closeTime"> & TraderAsked,
    signal: AbortSignal,
  ): Promise<ExplainAnswer> {
    const { explain, trader: read, runsTraders } = this.#parts;
    const trader = await read(id, signal);
    const { code, timeframes, triggerInterval: interval, version: now, cooldownCandles } = trader;
    const closeTime = until === undefined ? undefined : closeUpTo(interval, until);
    if (runsTraders) return await explain({ traderId: id, symbol, closeTime }, signal);
    const answer = await explain({ code, timeframes, interval, symbol, closeTime }, signal);
    const moved = version !== undefined && version !== now;
    const said = moved ? [`the signal is of version ${version}, and this explains version ${now}`] : [];
    return { ...answer, trader: { id, version: now, cooldownCandles }, notes: [...answer.notes, ...said] };
  }
}

type TraderAsked = Pick<Extract<WhyQuestion["filter"], { readonly kind: "trader" }>, "id" | "version">;

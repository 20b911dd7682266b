import {
  type ExplainAnswer,
  type ExplainRequest,
  type Trader,
  type TraderVersion,
  versionNotes,
} from "../../src/wire/mod.ts";
import { LatestAnswer, lastOf } from "../shell/latest-answer.ts";
import { closeBeside, closeUpTo, type WhyQuestion } from "./why-question.ts";

/** Dependencies of an explanation. */
export interface WhyParts {
  readonly explain: (request: ExplainRequest, signal: AbortSignal) => Promise<ExplainAnswer>;
  /** Reads a trader. */
  readonly trader: (id: string, signal: AbortSignal) => Promise<Trader>;
  /** Reads what a trader that runs elsewhere was as a version; undefined where that isn't known. */
  readonly version: (id: string, version: number, signal: AbortSignal) => Promise<TraderVersion | undefined>;
  /** Whether the server knows traders by their ids; if they run elsewhere, it is sent their code. */
  readonly runsTraders: boolean;
}

/** One explanation at a time. Views read its answer; only this changes it. */
export class WhyState {
  readonly answer: LatestAnswer<ExplainAnswer> = new LatestAnswer();
  readonly #parts: WhyParts;
  #question: WhyQuestion | undefined;

  constructor(parts: WhyParts) {
    this.#parts = parts;
  }

  /** Asks, and drops the question before. Without a filter nothing is asked. Never rejects: the answer's phase says how it ends. */
  async ask(question: WhyQuestion): Promise<void> {
    this.#question = question;
    if (question.filter === undefined) this.answer.clear();
    else await this.answer.ask((signal) => this.#answer(question, signal));
  }

  /** Asks about the close so many candles later than that of the last answer; earlier if negative. Not while it asks. */
  async step(by: number): Promise<void> {
    const [question, phase] = [this.#question, this.answer.phase.peek()];
    const last = lastOf(phase);
    if (question === undefined || last === undefined || phase.kind === "asking") return;
    const { interval, closeTime } = last;
    await this.ask({ ...question, interval, closeTime: closeBeside(interval, closeTime, by) });
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
    // A server that runs the traders knows their versions, and says itself which one it explains.
    if (runsTraders && version !== undefined) {
      return await explain({ traderId: id, traderVersion: version, symbol, closeTime: until }, signal);
    }
    const now = await read(id, signal);
    const hasMoved = version !== undefined && version !== now.version;
    const before = hasMoved ? await this.#parts.version(id, version, signal) : undefined;
    const { code, timeframes, triggerInterval: interval, cooldownCandles } = before ?? now;
    const closeTime = until === undefined ? undefined : closeUpTo(interval, until);
    if (runsTraders) return await explain({ traderId: id, symbol, closeTime }, signal);
    const answer = await explain({ code, timeframes, interval, symbol, closeTime }, signal);
    const trader = { id, version: (before ?? now).version, cooldownCandles };
    const asked = version ?? now.version;
    const moved = versionNotes({ now: now.version, asked, explained: trader.version });
    return { ...answer, trader, notes: [...moved, ...answer.notes] };
  }
}

type TraderAsked = Pick<Extract<WhyQuestion["filter"], { readonly kind: "trader" }>, "id" | "version">;

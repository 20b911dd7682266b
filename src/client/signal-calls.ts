import type { Interval } from "../core/mod.ts";
import { type SignalsAnswer, signalsSchema } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import type { FunctionAsker } from "./function-asker.ts";

/** Which signals; all of the caller's traders when nothing is given. */
export interface SignalsQuery extends CallOptions {
  readonly traderId?: string | undefined;
  readonly symbol?: string | undefined;
  readonly interval?: Interval | undefined;
  /** Close times in Unix milliseconds, both included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** That of an answer: what follows it. */
  readonly cursor?: string | undefined;
  /** 1 to 500; 50 when left out. */
  readonly limit?: number | undefined;
}

/** What traders found, as the function `signals` tells it. */
export class SignalCalls {
  readonly #functions: FunctionAsker;

  constructor(functions: FunctionAsker) {
    this.#functions = functions;
  }

  /** Newest first, as they were stored; `cursor` asks for what follows and is null at the end. */
  list(query: SignalsQuery = {}): Promise<SignalsAnswer> {
    const { signal, ...parameters } = query;
    const question = { method: "GET", parts: ["signals"], query: parameters, schema: signalsSchema } as const;
    return this.#functions.ask(question, { signal });
  }
}

import type { Interval } from "../core/mod.ts";
import { type SignalsAnswer, signalsSchema } from "../wire/mod.ts";
import type { Asker, CallOptions } from "./asker.ts";
import { functionPath } from "./function-path.ts";
import { STARTS_MS } from "./trader-calls.ts";

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
  readonly #asker: Asker;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** Newest first, as they were stored; `cursor` asks for what follows and is null at the end. */
  list(query: SignalsQuery = {}): Promise<SignalsAnswer> {
    const { signal, ...parameters } = query;
    const path = functionPath(["signals"], parameters);
    return this.#asker.ask({ method: "GET", path, schema: signalsSchema, computesMs: STARTS_MS }, { signal });
  }
}

import type { Interval } from "../core/mod.ts";
import type { SignalsAnswer } from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import type { FunctionAsker } from "./function-asker.ts";
import { rare } from "./reader.ts";

/** Selects signals. Default: those of all the caller's traders. */
export interface SignalsQuery extends CallOptions {
  readonly traderId?: string | undefined;
  readonly symbol?: string | undefined;
  /** A part of the symbol's or the trader's name, or several between commas, in whatever case: `btc` finds BTCUSDT. */
  readonly search?: string | undefined;
  readonly interval?: Interval | undefined;
  /** Close times in Unix milliseconds, both inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** The `cursor` of the previous page. */
  readonly cursor?: string | undefined;
  /** 1 to 500. Default: 50. */
  readonly limit?: number | undefined;
}

/** The caller's signals, through the function `signals`. */
export class SignalCalls {
  readonly #functions: FunctionAsker;

  constructor(functions: FunctionAsker) {
    this.#functions = functions;
  }

  /**
   * The caller's signals, newest first, by the time of storage. `from` and `to` are close times in Unix milliseconds. `cursor` requests the next page;
   * null at the end. A page may be empty and have a cursor: the server looks through a bounded number of signals for those that the query selects.
   *
   * @throws ClientError `invalid_parameter`; `not_ready` while the database starts
   * @example
   * const { signals, cursor } = await client.signals.list({ symbol: "BTCUSDT", from: Date.UTC(2026, 0, 1), limit: 500 });
   * for (const { closeTime, price, facts } of signals) console.log(new Date(closeTime), price, facts);
   * console.log(cursor);
   */
  list(query: SignalsQuery = {}): Promise<SignalsAnswer> {
    const { signal, ...parameters } = query;
    const question = {
      method: "GET",
      parts: ["signals"],
      query: parameters,
      reader: rare((all) => all.signalsSchema),
    } as const;
    return this.#functions.ask(question, { signal });
  }
}

import type { Interval } from "../core/mod.ts";
import {
  type ListedTrader,
  listedTraderSchema,
  nothingSchema,
  type Trader,
  type TradersAnswer,
  traderSchema,
  tradersSchema,
  type ValidateAnswer,
  validateSchema,
} from "../wire/mod.ts";
import type { CallOptions } from "./asker.ts";
import { ClientError } from "./client-error.ts";
import type { FunctionAsker } from "./function-asker.ts";

/** Which traders. */
export interface TradersQuery extends CallOptions {
  /** Only those that are switched on, or off. */
  readonly enabled?: boolean | undefined;
  /** That of an answer: what follows it. */
  readonly cursor?: string | undefined;
  /** 1 to 500; 50 when left out. */
  readonly limit?: number | undefined;
}

/** What a new trader is made of. */
export interface NewTrader {
  readonly name: string;
  /** The filter. */
  readonly code: string;
  /** The intervals that it reads. */
  readonly timeframes: readonly Interval[];
  /** It runs at each close of this interval. */
  readonly triggerInterval: Interval;
  readonly description?: string | undefined;
  /** It is switched off when left out. */
  readonly enabled?: boolean | undefined;
  /** All that the server follows when left out or null. */
  readonly symbols?: readonly string[] | null | undefined;
  /** After a signal of a symbol, matches within so many candles aren't signals; 0 when left out. */
  readonly cooldownCandles?: number | undefined;
}

/** What changes of a trader; what is left out stays as it is. */
export type TraderChange = Partial<NewTrader>;

/** The caller's traders, as the function `traders` keeps them. */
export class TraderCalls {
  readonly #functions: FunctionAsker;

  constructor(functions: FunctionAsker) {
    this.#functions = functions;
  }

  /** Newest first, each with its last execution; `cursor` asks for what follows and is null at the end. */
  list(query: TradersQuery = {}): Promise<TradersAnswer> {
    const { signal, ...parameters } = query;
    const question = { method: "GET", parts: ["traders"], query: parameters, schema: tradersSchema } as const;
    return this.#functions.ask(question, { signal });
  }

  /** Rejects with ClientError `not_found` when there is no such trader. */
  read(id: string, call?: CallOptions): Promise<ListedTrader> {
    return this.#functions.ask({ method: "GET", parts: ["traders", id], schema: listedTraderSchema }, call);
  }

  /** Asked once only, so that a lost answer doesn't make two traders. Rejects with `invalid_parameter` for a filter that can't be one. */
  create(trader: NewTrader, call?: CallOptions): Promise<Trader> {
    const question = { method: "POST", parts: ["traders"], body: trader, schema: traderSchema } as const;
    return this.#functions.ask({ ...question, isOnce: true }, call);
  }

  /** Rejects as `create` and `read` do. */
  update(id: string, change: TraderChange, call?: CallOptions): Promise<Trader> {
    const question = { method: "PATCH", parts: ["traders", id], body: change, schema: traderSchema } as const;
    return this.#functions.ask(question, call);
  }

  /** Deletes a trader with its signals. False when it isn't there, or not any more. */
  async delete(id: string, call?: CallOptions): Promise<boolean> {
    try {
      await this.#functions.ask({ method: "DELETE", parts: ["traders", id], schema: nothingSchema }, call);
      return true;
    } catch (cause) {
      if (cause instanceof ClientError && cause.code === "not_found") return false;
      throw cause;
    }
  }

  /** Switches a trader on or off. */
  enable(id: string, enabled: boolean, call?: CallOptions): Promise<Trader> {
    const parts = ["traders", id, "enable"];
    return this.#functions.ask({ method: "POST", parts, body: { enabled }, schema: traderSchema }, call);
  }

  /** Whether a filter can be one, and if not, what is wrong at which line and column. Nothing is kept. */
  validate(filter: Pick<NewTrader, "code" | "timeframes">, call?: CallOptions): Promise<ValidateAnswer> {
    const { code, timeframes } = filter;
    const question = { method: "POST", parts: ["traders", "validate"], schema: validateSchema } as const;
    return this.#functions.ask({ ...question, body: { code, timeframes } }, call);
  }
}

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
import type { Asker, CallOptions } from "./asker.ts";
import { ClientError } from "./client-error.ts";
import { functionPath } from "./function-path.ts";

/** A server that keeps its own database starts it with the first call that needs it; that takes so long, in milliseconds. */
export const STARTS_MS = 10_000;

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
  readonly #asker: Asker;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** Newest first, each with its last execution; `cursor` asks for what follows and is null at the end. */
  list(query: TradersQuery = {}): Promise<TradersAnswer> {
    const { signal, ...parameters } = query;
    const path = functionPath(["traders"], parameters);
    return this.#asker.ask({ method: "GET", path, schema: tradersSchema, computesMs: STARTS_MS }, { signal });
  }

  /** Rejects with ClientError `not_found` when there is no such trader. */
  read(id: string, call?: CallOptions): Promise<ListedTrader> {
    const path = functionPath(["traders", id]);
    return this.#asker.ask({ method: "GET", path, schema: listedTraderSchema, computesMs: STARTS_MS }, call);
  }

  /** Asked once only, so that a lost answer doesn't make two traders. Rejects with `invalid_parameter` for a filter that can't be one. */
  create(trader: NewTrader, call?: CallOptions): Promise<Trader> {
    const question = { method: "POST", path: functionPath(["traders"]), body: trader, schema: traderSchema } as const;
    return this.#asker.ask({ ...question, computesMs: STARTS_MS, isOnce: true }, call);
  }

  /** Rejects as `create` and `read` do. */
  update(id: string, change: TraderChange, call?: CallOptions): Promise<Trader> {
    const question = {
      method: "PATCH",
      path: functionPath(["traders", id]),
      body: change,
      schema: traderSchema,
    } as const;
    return this.#asker.ask({ ...question, computesMs: STARTS_MS }, call);
  }

  /** Deletes a trader with its signals. False when it isn't there, or not any more. */
  async delete(id: string, call?: CallOptions): Promise<boolean> {
    const question = { method: "DELETE", path: functionPath(["traders", id]), schema: nothingSchema } as const;
    try {
      await this.#asker.ask({ ...question, computesMs: STARTS_MS }, call);
      return true;
    } catch (cause) {
      if (cause instanceof ClientError && cause.code === "not_found") return false;
      throw cause;
    }
  }

  /** Switches a trader on or off. */
  enable(id: string, enabled: boolean, call?: CallOptions): Promise<Trader> {
    const path = functionPath(["traders", id, "enable"]);
    const question = { method: "POST", path, body: { enabled }, schema: traderSchema } as const;
    return this.#asker.ask({ ...question, computesMs: STARTS_MS }, call);
  }

  /** Whether a filter can be one, and if not, what is wrong at which line and column. Nothing is kept. */
  validate(filter: Pick<NewTrader, "code" | "timeframes">, call?: CallOptions): Promise<ValidateAnswer> {
    const { code, timeframes } = filter;
    const question = { method: "POST", path: functionPath(["traders", "validate"]), schema: validateSchema } as const;
    return this.#asker.ask({ ...question, body: { code, timeframes }, computesMs: STARTS_MS }, call);
  }
}

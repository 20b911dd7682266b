import type { Asker, CallOptions } from "./asker.ts";
import type { Question } from "./one-try.ts";
import { pathOf } from "./path.ts";

/** A server that keeps its own database starts it with the first call that needs it; that takes so long, in milliseconds. */
const STARTS_MS = 10_000;

/** A question to a function: its name, what follows that in the path, and the query. */
interface FunctionQuestion<T> extends Pick<Question<T>, "method" | "body" | "reader" | "isOnce"> {
  readonly parts: readonly string[];
  readonly query?: Parameters<typeof pathOf>[1];
  /** How much longer than a read it may take, in milliseconds; as long as a database may take to start unless given. */
  readonly computesMs?: number | undefined;
}

/** Asks the functions, wherever they are. */
export class FunctionAsker {
  readonly #asker: Asker;
  readonly #base: readonly string[];

  /** `base`: what stands before a function's name in the path. */
  constructor(asker: Asker, base: readonly string[]) {
    this.#asker = asker;
    this.#base = base;
  }

  ask<T>({ parts, query, computesMs = STARTS_MS, ...question }: FunctionQuestion<T>, call?: CallOptions): Promise<T> {
    return this.#asker.ask({ ...question, path: pathOf([...this.#base, ...parts], query), computesMs }, call);
  }
}

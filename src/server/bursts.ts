import { LoopTurnAge } from "./loop-turn-age.ts";
import { LOOP_SLICE_MS } from "./loop-turns.ts";

/**
 * Notices a connection whose requests, sent without waiting for the answers, hold the event loop: the runtime answers all that lie
 * in its buffer in one go.
 */
export class Bursts {
  readonly #age: LoopTurnAge = new LoopTurnAge();
  #connection: string | undefined;
  readonly #connectionOf: (request: Request) => string;

  /** `connectionOf`: the same value for all requests of a connection, and for those of no other that is open. */
  constructor(connectionOf: (request: Request) => string) {
    this.#connectionOf = connectionOf;
  }

  /**
   * To be called with each request. True where the present turn of the loop has taken longer than a slice, and the request before
   * came over the same connection: then its answer should be the connection's last. `at`: the stopwatch now.
   */
  isTooLong(at: number, request: Request): boolean {
    const age = this.#age.at(at);
    if (age === 0) this.#connection = undefined;
    if (age < LOOP_SLICE_MS) return false;
    const connection = this.#connectionOf(request);
    const isSame = connection === this.#connection;
    this.#connection = connection;
    return isSame;
  }
}

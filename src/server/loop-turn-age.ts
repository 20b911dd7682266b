/** How long the present turn of the event loop takes already. */
export class LoopTurnAge {
  #isInTurn = false;
  #beganAt = 0;

  /** Milliseconds since the first call in this turn, which gets 0. `now`: the stopwatch now. */
  at(now: number): number {
    if (!this.#isInTurn) {
      this.#isInTurn = true;
      this.#beganAt = now;
      setImmediate(() => {
        this.#isInTurn = false;
      });
    }
    return now - this.#beganAt;
  }
}

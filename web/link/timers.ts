/** Time as the page sees it: only spans matter, so `now` counts from anywhere. Tests turn one by hand. */
export interface Timers {
  now(): number;
  /** Runs later, once; the function that it returns takes that back. */
  after(delayMs: number, run: () => void): () => void;
}

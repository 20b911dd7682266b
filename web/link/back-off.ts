/** The first wait before coming back, and the longest; between them it doubles. Milliseconds. */
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

/**
 * How long to wait before the attempt; `attempt` counts from 0, `luck` is in [0, 1). Half of the wait is chance, so that
 * many pages don't all come back in the same moment after a server's restart.
 */
export function backOffMs(attempt: number, luck: number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 30));
  return Math.round((ceiling * (1 + luck)) / 2);
}

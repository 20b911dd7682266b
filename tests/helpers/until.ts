/** What doesn't hold after this long never will, on the slowest machine. */
const LIMIT_MS = 150_000;

/**
 * Resolves once the condition holds. If it never does, or never answers, it rejects with the place that waited and what it waited for,
 * before the runner would end the test without a word.
 */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const place = new Error(`this never came to hold: ${condition}`);
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const limit = setTimeout(() => reject(place), LIMIT_MS);
  try {
    while (!(await Promise.race([condition(), tooLate]))) await new Promise((resolve) => setTimeout(resolve, 5));
  } finally {
    clearTimeout(limit);
  }
}

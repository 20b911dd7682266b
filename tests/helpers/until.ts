/** What doesn't hold after this long never will, on the slowest machine. */
const LIMIT_MS = 150_000;

/** Between two looks at a condition that is at hand, in milliseconds. */
const LOOK_EVERY_MS = 5;

/** One that asks somebody, such as a server, is asked less often the longer it takes: asking costs a processor. */
const SLOWER_BY = 1.3;

/** The longest pause between two such questions, in milliseconds. */
const ASK_EVERY_MS = 100;

/**
 * Resolves once the condition holds. If it never does, or never answers, it rejects with the place that waited and what it waited for,
 * before the runner would end the test without a word.
 */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const place = new Error(`this never came to hold: ${condition}`);
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const limit = setTimeout(() => reject(place), LIMIT_MS);
  try {
    for (let pauseMs = LOOK_EVERY_MS; ; ) {
      const holds = condition();
      if (await Promise.race([holds, tooLate])) return;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (holds instanceof Promise) pauseMs = Math.min(ASK_EVERY_MS, SLOWER_BY * pauseMs);
    }
  } finally {
    clearTimeout(limit);
  }
}

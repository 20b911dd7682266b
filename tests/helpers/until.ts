/** A condition that doesn't hold after this long never will, on the slowest machine. */
const LIMIT_MS = 150_000;

/** Resolves once the condition holds. If it never does, the test fails with the place that waited, and what it waited for. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const place = new Error(`this never came to hold: ${condition}`);
  const end = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw place;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

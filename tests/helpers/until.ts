/** Resolves once the condition holds. A test that waits for ever is ended by the runner's own limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

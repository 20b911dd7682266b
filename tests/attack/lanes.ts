/** How often each came: a status, a close code, an error. */
export type Outcomes = Record<string, number>;

/** So many loops at once, each doing one after another. */
export async function lanes(
  count: number,
  until: AbortSignal,
  once: (turn: number) => Promise<string>,
): Promise<Outcomes> {
  const outcomes: Outcomes = {};
  let turns = 0;
  const lane = async (): Promise<void> => {
    while (!until.aborted) {
      turns += 1;
      const outcome = await once(turns).catch((cause: Error) => (until.aborted ? "unfinished" : cause.name));
      note(outcomes, outcome);
    }
  };
  await Promise.all(Array.from({ length: count }, lane));
  return outcomes;
}

/** Counts an outcome. */
export function note(outcomes: Outcomes, outcome: string, count = 1): void {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
}

/** Resolves when the time is over. */
export function ended(until: AbortSignal): Promise<void> {
  if (until.aborted) return Promise.resolve();
  return new Promise((resolve) => until.addEventListener("abort", () => resolve(), { once: true }));
}

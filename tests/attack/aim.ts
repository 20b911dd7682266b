/** Where an attack goes, and until when. The key is an ordinary one. */
export interface Aim {
  readonly url: string;
  readonly key: string;
  readonly until: AbortSignal;
  /** How long that is. */
  readonly seconds: number;
}

/** Traders that an attack makes: thirty, or fewer in a short run, as making and deleting them takes time. */
export function traderCount({ seconds }: Aim): number {
  return Math.min(30, Math.ceil(2 * seconds));
}

/** How often each came: a status, a close code, an error. */
export type Outcomes = Record<string, number>;

/** Counts one outcome. */
export function note(outcomes: Outcomes, outcome: string): void {
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

/** Resolves when the attack is to end. */
export function ended(until: AbortSignal): Promise<void> {
  if (until.aborted) return Promise.resolve();
  return new Promise((resolve) => until.addEventListener("abort", () => resolve(), { once: true }));
}

/** The checks by name, in the order in which they are made. */
export const CHECK_NAMES = [
  "tls",
  "answers",
  "auth",
  "key",
  "origins",
  "source",
  "ready",
  "lag",
  "holes",
  "checkpoint",
  "clock",
  "functions",
  "cron",
] as const;

/** One of {@link CHECK_NAMES}. */
export type CheckName = (typeof CHECK_NAMES)[number];

/** The result of a check. */
export type Outcome =
  | { readonly state: "good"; readonly found: string }
  /** `expected` says what would be right, and how to get there. */
  | { readonly state: "wrong"; readonly found: string; readonly expected: string }
  /** It couldn't be looked at, or there was no call to; `found` says why. */
  | { readonly state: "skipped"; readonly found: string };

/** A check, and what it came to. */
export type Finding = Outcome & { readonly check: CheckName };

export function good(found: string): Outcome {
  return { state: "good", found };
}

export function wrong(found: string, expected: string): Outcome {
  return { state: "wrong", found, expected };
}

export function skipped(why: string): Outcome {
  return { state: "skipped", found: why };
}

/** A span in words, rough as people say it. */
export function spanInWords(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 180_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 3 * 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 3 * 86_400_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

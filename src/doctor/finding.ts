import { minuteText } from "../core/mod.ts";

/** The checks by name, in the order in which they are made. */
export const CHECK_NAMES = [
  "tls",
  "answers",
  "version",
  "auth",
  "key",
  "origins",
  "source",
  "ready",
  "health",
  "lag",
  "holes",
  "exchange",
  "checkpoint",
  "database",
  "clock",
  "tickets",
  "functions",
  "cron",
  "mail",
] as const;

/** Made only when asked for by name: they spend what the server needs, too. */
const ON_REQUEST: readonly CheckName[] = ["exchange"];

/** The checks that are made when none is named. */
export const USUAL_CHECKS: readonly CheckName[] = CHECK_NAMES.filter((name) => !ON_REQUEST.includes(name));

/** One of {@link CHECK_NAMES}. */
export type CheckName = (typeof CHECK_NAMES)[number];

/** The result of a check. */
export type Outcome =
  | { readonly state: "good"; readonly found: string }
  /** `expected` says what would be right, and how to get there. */
  | { readonly state: "wrong"; readonly found: string; readonly expected: string }
  /** It works, and somebody should see to it. `expected` says what would be right, and how to get there. */
  | { readonly state: "warning"; readonly found: string; readonly expected: string }
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

export function warning(found: string, expected: string): Outcome {
  return { state: "warning", found, expected };
}

export function skipped(why: string): Outcome {
  return { state: "skipped", found: why };
}

/** A moment in words, in UTC, to the minute: 2026-03-01 12:05 UTC. */
export function momentInWords(at: number): string {
  return `${minuteText(at)} UTC`;
}

/** A span in words, rough as people say it. */
export function spanInWords(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 180_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 3 * 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 3 * 86_400_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

import type { QuietHours } from "../wire/mod.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** For how much longer it is quiet, in milliseconds; 0 when it isn't. @example quietForMs({ from: 1320, until: 420 }, Date.UTC(2026, 0, 1, 6)) // 3_600_000 */
export function quietForMs(quiet: QuietHours | null, now: number): number {
  if (quiet === null) return 0;
  const [from, until] = [quiet.from * MINUTE_MS, quiet.until * MINUTE_MS];
  const ofDay = now % DAY_MS;
  const isQuiet = from < until ? ofDay >= from && ofDay < until : ofDay >= from || ofDay < until;
  return isQuiet ? (until - ofDay + DAY_MS) % DAY_MS : 0;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** An age in its largest unit, rounded down: 900 → "0 s", 14_500 → "14 s", 200_000 → "3 min". */
export function ageText(ageMs: number): string {
  if (ageMs < MINUTE) return `${Math.max(0, Math.floor(ageMs / SECOND))} s`;
  if (ageMs < HOUR) return `${Math.floor(ageMs / MINUTE)} min`;
  if (ageMs < 2 * DAY) return `${Math.floor(ageMs / HOUR)} h`;
  return `${Math.floor(ageMs / DAY)} d`;
}

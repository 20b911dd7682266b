/** A moment as "2026-02-10 14:05 UTC"; with seconds when it isn't at a full minute. */
export function utcText(moment: number): string {
  const text = new Date(moment).toISOString().replace("T", " ");
  return `${text.slice(0, moment % 60_000 === 0 ? 16 : 19)} UTC`;
}

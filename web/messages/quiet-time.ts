import type { QuietHours } from "../../src/wire/mod.ts";

const DAY_MINUTES = 1_440;

/** 22:00 for 1320. */
export function timeOf(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** A minute of the UTC day by a clock that is so many minutes ahead. */
export function ownMinutes(utc: number, aheadMinutes: number): number {
  return (((utc + aheadMinutes) % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
}

/** The quiet hours that somebody typed by a clock that is so many minutes ahead of UTC; null for none. NaN for a time that isn't whole. */
export function quietOf(from: string, until: string, aheadMinutes: number): QuietHours | null {
  if (from === "" && until === "") return null;
  return { from: ownMinutes(minutesOf(from), -aheadMinutes), until: ownMinutes(minutesOf(until), -aheadMinutes) };
}

/** Quiet hours by the reader's clock and in UTC. @example quietText({ from: 1320, until: 420 }, 60) // "23:00 to 08:00 your time (22:00 to 07:00 UTC)" */
export function quietText({ from, until }: QuietHours, aheadMinutes: number): string {
  const utc = `${timeOf(from)} to ${timeOf(until)} UTC`;
  if (aheadMinutes === 0) return utc;
  return `${timeOf(ownMinutes(from, aheadMinutes))} to ${timeOf(ownMinutes(until, aheadMinutes))} your time (${utc})`;
}

/** Minutes of the day; NaN for a time that isn't whole. */
function minutesOf(time: string): number {
  const [hours, minutes] = time.split(":");
  return hours === undefined || minutes === undefined ? Number.NaN : 60 * Number(hours) + Number(minutes);
}

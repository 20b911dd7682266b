import { type Signal, signal } from "@preact/signals";
import { keepText, type PageStorage } from "../shell/storage.ts";

const MINUTE = 60_000;
const KEPT_AS = "vyx.time-zone";

/** Whose clock times are written by: UTC, or the browser's own. */
export type TimeZone = "utc" | "local";

/** How far a moment's clock is ahead of UTC, in minutes. */
export function offsetMinutes(moment: number, zone: TimeZone): number {
  return zone === "utc" ? 0 : -new Date(moment).getTimezoneOffset();
}

/** A moment moved by a zone's offset, so that the UTC getters of `Date` return the zone's own hours and days. */
export function shifted(moment: number, aheadMinutes: number): number {
  return moment + aheadMinutes * MINUTE;
}

/** The name of a clock that is so many minutes ahead of UTC: "UTC", "UTC+2", "UTC−3:30". A local clock without an offset is "UTC+0". */
export function zoneText(aheadMinutes: number, zone: TimeZone): string {
  if (zone === "utc") return "UTC";
  const [hours, minutes] = [Math.floor(Math.abs(aheadMinutes) / 60), Math.abs(aheadMinutes) % 60];
  return `UTC${aheadMinutes < 0 ? "−" : "+"}${hours}${minutes === 0 ? "" : `:${String(minutes).padStart(2, "0")}`}`;
}

/** A moment as "2026-02-10 14:05 UTC+2"; with seconds when it isn't at a full minute. */
export function momentText(moment: number, zone: TimeZone, aheadMinutes: number = offsetMinutes(moment, zone)): string {
  const text = new Date(shifted(moment, aheadMinutes)).toISOString().replace("T", " ");
  return `${text.slice(0, moment % MINUTE === 0 ? 16 : 19)} ${zoneText(aheadMinutes, zone)}`;
}

/** Which zone the chart writes times in; kept in this browser. */
export class TimeZoneChoice {
  readonly zone: Signal<TimeZone>;
  readonly #storage: PageStorage;

  constructor(storage: PageStorage) {
    this.#storage = storage;
    this.zone = signal(storage.getItem(KEPT_AS) === "local" ? "local" : "utc");
  }

  choose(zone: TimeZone): void {
    this.zone.value = zone;
    keepText(this.#storage, KEPT_AS, zone);
  }

  toggle(): void {
    this.choose(this.zone.peek() === "utc" ? "local" : "utc");
  }

  /** A moment in the chosen zone, with the zone's name. */
  text(moment: number): string {
    return momentText(moment, this.zone.value);
  }
}

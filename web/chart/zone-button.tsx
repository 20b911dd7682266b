import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import type { Page } from "../shell/page.ts";
import { offsetMinutes, zoneText } from "../text/time-zone.ts";

/** Says at the time axis whose clock it shows, and changes it: UTC or this browser's. */
export function ZoneButton({ page }: { page: Page }): JSX.Element {
  const { zone } = page.timeZone;
  const text = useComputed(() => zoneText(offsetMinutes(page.market.now.value, zone.value), zone.value));
  const isUtc = zone.value === "utc";
  return (
    <button
      type="button"
      class="zone-button"
      aria-label={`Times are in ${text.value}`}
      title={isUtc ? "Times are in UTC. Click for local time" : "Times are local. Click for UTC"}
      onClick={() => page.timeZone.toggle()}
    >
      {text}
    </button>
  );
}

import type { Bound } from "../core/mod.ts";

/** The most alerts of an owner, and the most that a database has active in all. The migration has the same figures. */
const ALERT_LIMITS = { owner: 200, active: 20_000 } as const;

/** The most events that an owner's alerts store on a UTC day, and the newest ones of an alert that are kept. */
export const EVENT_LIMITS = { day: 5_000, alert: 1_000 } as const;

/** The bounds of price alerts. */
export function priceAlertBounds(): readonly Bound[] {
  return [
    {
      what: "price alerts of an owner, and active ones in all",
      bound: `${ALERT_LIMITS.owner}, ${ALERT_LIMITS.active}`,
      whenFull: "403",
    },
    {
      what: "times that an owner's price alerts fire on a UTC day",
      bound: String(EVENT_LIMITS.day),
      whenFull: "they pause until 00:00 UTC, and their `problem` says so",
    },
    {
      what: "events of a price alert that are kept",
      bound: String(EVENT_LIMITS.alert),
      whenFull: "the oldest are deleted",
    },
  ];
}

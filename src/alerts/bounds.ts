import type { Bound } from "../core/mod.ts";

/** The most alerts of an owner, and the most that a database has active in all. The migration has the same figures. */
const ALERT_LIMITS = { owner: 200, active: 20_000 } as const;

/** The bounds of price alerts. */
export function priceAlertBounds(): readonly Bound[] {
  return [
    {
      what: "price alerts of an owner, and active ones in all",
      bound: `${ALERT_LIMITS.owner}, ${ALERT_LIMITS.active}`,
      whenFull: "403",
    },
  ];
}

/** How far the price went since a signal, in percent; undefined where there is no price now, or was none then. */
export function percentSince(then: number, now: number | undefined): number | undefined {
  return now === undefined || !(then > 0) || !(now > 0) ? undefined : (now / then - 1) * 100;
}

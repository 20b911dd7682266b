import type { Route } from "../shell/route.ts";

/** The panels beside the filter: each by its name in the address, with the title of its tab. */
export const SIDES = {
  preview: "Preview",
  backtest: "Backtest",
  record: "Record",
  runs: "Runs",
  contract: "Filter reference",
} as const;
export type Side = keyof typeof SIDES;

/** The sides of a trader. One that isn't saved has no versions and no runs. */
export function sidesOf(isNew: boolean): readonly Side[] {
  return (Object.keys(SIDES) as Side[]).filter((name) => !(isNew && (name === "record" || name === "runs")));
}

/** The side that the address of a trader names: `#/traders/{id}?side=runs`. */
export function sideOf({ screen, parts, query }: Route): Side | undefined {
  return screen === "traders" ? sidesOf(parts[0] === "new").find((name) => name === query.side) : undefined;
}

import type { Destination } from "../../src/wire/mod.ts";

/** Names that are written out. */
const SHOWN = 3;

/** Where a trader's signals go, in words; empty where there are no destinations. */
export function sentToText(trader: string, all: readonly Destination[]): string {
  if (all.length === 0) return "";
  const names = all
    .filter(({ enabled, confirmed, traders }) => enabled && confirmed && (traders?.includes(trader) ?? true))
    .map(({ name }) => name);
  if (names.length === 0) return "signals go to no destination";
  const shown = names.slice(0, SHOWN);
  const more = names.length - shown.length;
  if (more > 0) return `signals go to ${shown.join(", ")} and ${more} more`;
  const last = shown.pop() as string;
  return `signals go to ${shown.length === 0 ? last : `${shown.join(", ")} and ${last}`}`;
}

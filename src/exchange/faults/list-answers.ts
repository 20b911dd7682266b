import type { Random } from "../../core/mod.ts";
import type { ListAnatomy, Members } from "./anatomy.ts";

/** The faults of an answer with the symbols, each a way to spoil its list of symbols. */
export const LIST_SPOILERS = {
  "status-unknown": (entries: unknown[], anatomy: ListAnatomy, random: Random): string => {
    const entry = pick(entries, random);
    entry.status = anatomy.statuses[Math.floor(random() * anatomy.statuses.length)];
    return `${entry.symbol} is ${JSON.stringify(entry.status)}`;
  },
  "bad-entry": (entries: unknown[], anatomy: ListAnatomy, random: Random): string => {
    const entry = pick(entries, random);
    const [member, value] = anatomy.spoiled;
    if (random() < 0.5) delete entry[anatomy.base];
    else entry[member] = value;
    entries.push(null, 7, {}, { symbol: 7 });
    return `four entries that are none, and ${entry.symbol} lacks something`;
  },
  "duplicate-entry": (entries: unknown[]): string => {
    entries.push(...entries, ...entries);
    return "every symbol three times";
  },
} as const;

/** One of {@link LIST_SPOILERS}. */
export type ListFault = keyof typeof LIST_SPOILERS;

function pick(entries: readonly unknown[], random: Random): Members {
  return entries[Math.floor(random() * entries.length)] as Members;
}

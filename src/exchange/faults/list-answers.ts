import type { Random } from "../../core/mod.ts";

/** Statuses that aren't in the documentation, or were once (Binance, reports). */
const UNHEARD_OF = ["PRE_MARKET", "PENDING_TRADING", "AUCTION_MATCH", "POST_TRADING", "", 7, null];

type Entry = Record<string, unknown>;

/** The faults of exchangeInfo, each a way to spoil its list of symbols. */
export const LIST_SPOILERS = {
  "status-unknown": (entries: unknown[], random: Random): string => {
    const entry = pick(entries, random);
    entry.status = UNHEARD_OF[Math.floor(random() * UNHEARD_OF.length)];
    return `${entry.symbol} is ${JSON.stringify(entry.status)}`;
  },
  "bad-entry": (entries: unknown[], random: Random): string => {
    const entry = pick(entries, random);
    if (random() < 0.5) delete entry.baseAsset;
    else entry.filters = [null];
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

function pick(entries: readonly unknown[], random: Random): Entry {
  return entries[Math.floor(random() * entries.length)] as Entry;
}

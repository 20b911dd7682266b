import type { Interval, Symbol } from "../core/mod.ts";
import type { Trader } from "../wire/mod.ts";
import type { EngineDependencies } from "./engine.ts";
import type { ExecutionKey, TraderClose } from "./execution.ts";
import type { ExecutionsTable } from "./executions-table.ts";
import { type Found, foundOf, NOTHING, withReasons } from "./found.ts";
import type { CloseRequest, MarketAtClose, Screener } from "./ports.ts";
import { isRefusedValue } from "./refused-matches.ts";
import { unservedWhy } from "./unrunnable.ts";

/** The market at a close, as a trader reads it. `anew`: as of {@link CloseRequest}. */
export async function marketAt(
  { market, screener }: Pick<EngineDependencies, "market" | "screener">,
  { interval, closeTime }: TraderClose,
  { id: whom, market: of, timeframes, code }: Trader,
  symbols: readonly Symbol[] | null,
  anew: boolean,
): Promise<MarketAtClose> {
  const windows = (): Promise<ReadonlyMap<Interval, number>> => screener.windows(code, timeframes);
  return await market.at({ market: of, interval, closeTime, timeframes, windows, symbols, whom, anew });
}

/** Runs a trader's filter over some symbols. */
export async function screenTrader(
  screener: Screener,
  trader: Trader,
  { interval, closeTime }: TraderClose,
  market: MarketAtClose,
  symbols: readonly Symbol[],
): Promise<Found> {
  if (symbols.length === 0) return { ...NOTHING, readFrom: market.readFrom };
  const unserved = unservedWhy(trader, market.intervals, interval);
  if (unserved !== undefined) {
    const skipped = symbols.map((symbol) => ({ symbol, reason: unserved }));
    return { ...NOTHING, symbols, skipped, note: unserved, readFrom: market.readFrom };
  }
  const { owner, code, timeframes } = trader;
  const result = await screener.screen({ owner, code, timeframes, symbols, interval, closeTime, market });
  return withReasons(foundOf(result, symbols, result.market ?? market), interval);
}

/** Stores what was found. A match that the database refuses becomes its symbol's error, and the others are stored. */
export async function storeFound<Stored>(
  executions: ExecutionsTable,
  key: ExecutionKey,
  found: Found,
  write: (found: Found) => Promise<Stored>,
): Promise<{ found: Found; stored: Stored }> {
  try {
    return { found, stored: await write(found) };
  } catch (cause) {
    if (!isRefusedValue(cause)) throw cause;
    const refused = await executions.refused(key, found.matches);
    if (refused.size === 0) throw cause;
    const matches = found.matches.filter(({ symbol }) => !refused.has(symbol));
    const errors = [...found.errors, ...[...refused].map(([symbol, message]) => ({ symbol, message }))];
    const kept = { ...found, matches, errors };
    return { found: kept, stored: await write(kept) };
  }
}

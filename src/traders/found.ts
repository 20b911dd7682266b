import { type Interval, type Symbol, storable } from "../core/mod.ts";
import type { ReadFrom, Signal } from "../wire/mod.ts";
import type { ExecutionKey, LateOutcome, Outcome } from "./execution.ts";
import type { Match } from "./match-rows.ts";
import type { MarketAtClose, ScreenResult } from "./ports.ts";
import { unfollowedWhy } from "./unrunnable.ts";

/** A run of a trader. */
export interface Run extends ExecutionKey {
  readonly status: "done" | "failed" | "queued";
  /** Those that were looked at. */
  readonly symbols: readonly Symbol[];
  readonly matches: readonly Symbol[];
  readonly symbolsChecked: number;
  readonly skipped: ScreenResult["skipped"];
  readonly errors: ScreenResult["errors"];
  /** The new ones. */
  readonly signals: readonly Signal[];
  /** Undefined where nothing was read. */
  readonly readFrom: ReadFrom | undefined;
}

/** What a screen found, and which symbols it couldn't be asked about yet. */
export interface Found extends ScreenResult {
  readonly symbols: readonly Symbol[];
  readonly matches: readonly Match[];
  readonly pending: readonly Symbol[];
  /** In words, why symbols were skipped that can't be run as things are. */
  readonly note?: string;
  readonly source: string | undefined;
  readonly readFrom: ReadFrom | undefined;
}

/** Nothing was looked at. */
export const NOTHING: Found = {
  symbols: [],
  matches: [],
  checked: 0,
  skipped: [],
  errors: [],
  pending: [],
  source: undefined,
  readFrom: undefined,
};

/** Symbols without their candle wait, whatever the filter said: it may not even have looked at the interval that closed. */
export function foundOf(
  result: ScreenResult,
  symbols: readonly Symbol[],
  market: Pick<MarketAtClose, "price" | "source" | "readFrom">,
): Found {
  const waiting = new Set(result.skipped.filter(({ wanted }) => wanted === undefined).map(({ symbol }) => symbol));
  const pending = result.pending ?? symbols.filter((symbol) => market.price(symbol) === undefined);
  for (const symbol of pending) waiting.add(symbol);
  const matches = result.matches.flatMap(({ symbol, facts, price = market.price(symbol) }) => {
    return price === undefined ? [] : [{ symbol, price, facts: facts ?? {} }];
  });
  const checked =
    result.checked - [...waiting].filter((symbol) => !result.skipped.some((one) => one.symbol === symbol)).length;
  const errors = result.errors.filter(({ symbol }) => !waiting.has(symbol));
  const { source, readFrom } = market;
  return { symbols, matches, checked, skipped: result.skipped, errors, pending: [...waiting], source, readFrom };
}

/** Names a reason for each symbol that waits for its candle although the filter ran: it doesn't read the interval that closed. */
export function withReasons(found: Found, interval: Interval): Found {
  const named = new Set(found.skipped.map(({ symbol }) => symbol));
  const unnamed = found.pending.filter((symbol) => !named.has(symbol));
  if (unnamed.length === 0) return found;
  const reason = `its ${interval} candle of this close is not there`;
  return { ...found, skipped: [...found.skipped, ...unnamed.map((symbol) => ({ symbol, reason }))] };
}

/** Counts symbols that were named and aren't followed as skipped. */
export function withAbsent(found: Found, named: readonly Symbol[] | null, { symbols }: MarketAtClose): Found {
  if (named === null) return symbols.length > 0 ? found : { ...found, note: "no symbol is followed that trades" };
  const followed = new Set(symbols);
  const absent = named.filter((symbol) => !followed.has(symbol));
  if (absent.length === 0) return found;
  const reason = "it is not followed here";
  const skipped = [...found.skipped, ...absent.map((symbol) => ({ symbol, reason }))];
  return { ...found, skipped, note: found.note ?? unfollowedWhy(absent) };
}

/** What the database keeps of it. */
export function outcomeOf(found: Found): Outcome {
  const { matches, skippedSymbols, errorSymbols, error } = lateOutcomeOf(found);
  const [skipped, errors] = [skippedSymbols.length, errorSymbols.length];
  return { matches, symbolsChecked: found.checked, skipped, errors, error, failed: false };
}

/** The same of late symbols. */
export function lateOutcomeOf(found: Found): LateOutcome {
  const first = found.errors[0];
  return {
    matches: found.matches,
    skippedSymbols: found.skipped.map(({ symbol }) => symbol).filter((symbol) => !found.pending.includes(symbol)),
    errorSymbols: found.errors.map(({ symbol }) => symbol),
    error: first === undefined ? (found.note ?? null) : storable(`${first.symbol}: ${first.message}`),
  };
}

/** What is said of it to callers. */
export function runOf(key: ExecutionKey, status: Run["status"], found: Found, signals: readonly Signal[]): Run {
  const { traderId, interval, closeTime } = key;
  const matches = found.matches.map(({ symbol }) => symbol);
  const { symbols, checked: symbolsChecked, skipped, errors, readFrom } = found;
  return {
    traderId,
    interval,
    closeTime,
    status,
    symbols,
    matches,
    symbolsChecked,
    skipped,
    errors,
    signals,
    readFrom,
  };
}

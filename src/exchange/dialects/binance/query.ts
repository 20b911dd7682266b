import { type Interval, isInterval } from "../../../core/mod.ts";
import { type MarketNow, RestProblem } from "../../dialect.ts";
import type { PairView } from "../../view.ts";

/** A parameter that must be sent. Throws RestProblem. */
export function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value !== null && value !== "") return value;
  throw new RestProblem(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}

/** One of the intervals that the market tells. Throws RestProblem. */
export function intervalOf(text: string, told: ReadonlySet<Interval>): Interval {
  if (!isInterval(text) || !told.has(text)) throw new RestProblem(-1120, "Invalid interval.");
  return text;
}

/** A whole number that may be left out. Throws RestProblem. */
export function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d{1,20}$/.test(text)) return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
  throw new RestProblem(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`);
}

/** A symbol that is there. Throws RestProblem. */
export function viewOf(market: MarketNow, symbol: string): PairView {
  const view = market.view(symbol);
  if (view === undefined) throw new RestProblem(-1121, "Invalid symbol.");
  return view;
}

/** The one that was asked for. A symbol that hasn't traded for a day has no ticker. Throws RestProblem. */
export function only(tickers: readonly unknown[]): unknown {
  if (tickers.length === 0) throw new RestProblem(-1121, "Invalid symbol.");
  return tickers[0];
}

/** The rows that a question for klines means. Throws RestProblem. */
export function klinesAsked<T>(
  query: URLSearchParams,
  market: MarketNow,
  intervals: ReadonlySet<Interval>,
  most: number,
  row: (kline: ReturnType<PairView["rows"]>[number], view: PairView) => T,
): T[] {
  const view = viewOf(market, required(query, "symbol"));
  const interval = intervalOf(required(query, "interval"), intervals);
  const limit = Math.min(most, wholeNumber(query, "limit") ?? DEFAULT_ROWS);
  if (limit === 0) throw new RestProblem(-1130, "Data sent for parameter 'limit' is not valid.");
  const from = wholeNumber(query, "startTime");
  const to = wholeNumber(query, "endTime");
  const rows = view.rows(interval, from ?? 0, to ?? Number.MAX_SAFE_INTEGER, limit, from === undefined, market.now);
  return rows.map((kline) => row(kline, view));
}

/** Rows in an answer when nobody says. */
export const DEFAULT_ROWS = 500;

import { type Interval, openTimeOf } from "../../../core/mod.ts";
import { type MarketNow, RestProblem } from "../../dialect.ts";
import type { PairView } from "../../view.ts";
import type { Category } from "./category.ts";
import { intervalWritten } from "./intervals.ts";

/** The code of all that is wrong with a request's parameters. */
const PARAMETERS = 10_001;

/** Throws RestProblem unless the question is about this market. `otherwise`: what it is about when it doesn't say. */
export function checkCategory(query: URLSearchParams, category: Category, otherwise?: Category): void {
  const asked = query.get("category") ?? otherwise ?? "";
  if (asked === category) return;
  throw new RestProblem(PARAMETERS, `Illegal category: this stand-in is the ${category} market`);
}

/** A symbol that is there. Throws RestProblem. */
export function viewOf(market: MarketNow, symbol: string | null): PairView {
  const view = symbol === null ? undefined : market.view(symbol);
  if (view === undefined) throw new RestProblem(PARAMETERS, "Not supported symbols");
  return view;
}

/** The interval that was asked for. Throws RestProblem. */
export function intervalAsked(query: URLSearchParams): Interval {
  const interval = intervalWritten(query.get("interval") ?? "");
  if (interval === undefined) throw new RestProblem(PARAMETERS, "Invalid period!");
  return interval;
}

/** A whole number from 1 to `most`. Throws RestProblem. */
export function limitAsked(query: URLSearchParams, usual: number, most: number): number {
  const limit = wholeNumber(query, "limit") ?? usual;
  if (limit >= 1 && limit <= most) return limit;
  throw new RestProblem(PARAMETERS, `params error: limit invalid, expected 1 to ${most}`);
}

/** The candles that were asked for, by their open times: that which holds `start` is among them, as the exchange has it. */
export function rangeAsked(
  query: URLSearchParams,
  interval: Interval,
): { readonly from: number; readonly to: number; readonly newest: boolean } {
  const [start, end] = [wholeNumber(query, "start"), wholeNumber(query, "end")];
  if (start !== undefined && end !== undefined && start > end) {
    throw new RestProblem(PARAMETERS, "params error: start is after end");
  }
  return {
    from: start === undefined ? 0 : openTimeOf(interval, start),
    to: end ?? Number.MAX_SAFE_INTEGER,
    newest: end !== undefined || start === undefined,
  };
}

/** A page of symbols in order: those behind the cursor's. Throws RestProblem. */
export function pageAsked(
  query: URLSearchParams,
  symbols: readonly string[],
  limit: number,
): { readonly symbols: readonly string[]; readonly next: string } {
  const last = lastOf(query.get("cursor") ?? "");
  const rest = symbols.toSorted().filter((symbol) => symbol > last);
  const page = rest.slice(0, limit);
  const isLast = page.length === rest.length;
  return { symbols: page, next: isLast ? "" : encodeURIComponent(`first=${page[0]}&last=${page.at(-1)}`) };
}

/** The last symbol of the page that a cursor came with. It is encoded once more in a URL, and some clients don't. */
function lastOf(cursor: string): string {
  if (cursor === "") return "";
  const [, last] = /&last=(.+)$/.exec(decoded(cursor)) ?? [];
  if (last === undefined) throw new RestProblem(PARAMETERS, "params error: cursor invalid");
  return last;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new RestProblem(PARAMETERS, `params error: ${name} invalid`);
}

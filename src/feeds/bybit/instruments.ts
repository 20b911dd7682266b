import { InvalidInput, type SymbolInfo, symbolAt } from "../../core/mod.ts";
import { defined } from "../defined.ts";
import type { Listing, Question } from "../exchange.ts";
import { isObject, type Members, textOf } from "../members.ts";
import { decimalsOf, stepOf } from "../steps.ts";
import type { BybitMarket } from "./category.ts";
import { listOf, resultOf, timeIn } from "./rows.ts";

/** Entries on a page at most. Spot has them all on one, whatever is asked for. */
const A_PAGE = 1_000;

/** The longest part of a refused entry, and of a foreign status, that is kept for people to look at, in characters. */
const KEPT_CHARACTERS = 200;
const STATUS_CHARACTERS = 40;

/** What the pages hold that were read so far. */
interface Page extends Listing {
  /** What to ask the next page with; empty after the last. */
  readonly cursor: string;
}

/** The question for all that is traded, page by page: linear has more than 500 entries. */
export function instruments(market: BybitMarket, weight: number, before?: Page): Question<Page> {
  const query = new URLSearchParams({ category: market.category, limit: String(A_PAGE) });
  if (before !== undefined) query.set("cursor", before.cursor);
  return {
    about: "symbols",
    path: `/v5/market/instruments-info?${query}`,
    weight,
    read: (body) => pageOf(market, body, before),
    next: (page) => (page.cursor === "" ? undefined : instruments(market, weight, page)),
  };
}

/** Throws {@link InvalidInput} when it is no such answer, or names no symbol at all: no exchange has none. */
function pageOf(market: BybitMarket, body: unknown, before: Page | undefined): Page {
  const symbols = new Map((before?.symbols ?? []).map((info) => [info.symbol, info]));
  const refused = { count: before?.refused.count ?? 0, first: before?.refused.first };
  for (const entry of listOf("instruments-info", body)) {
    if (isObject(entry) && entry.contractType === "LinearFutures") continue;
    const info = readEntry(market, entry);
    if (info === undefined) {
      refused.count += 1;
      refused.first ??= JSON.stringify(entry).slice(0, KEPT_CHARACTERS);
    } else if (!symbols.has(info.symbol)) symbols.set(info.symbol, info);
  }
  const { nextPageCursor } = resultOf("instruments-info", body);
  const cursor = typeof nextPageCursor === "string" ? nextPageCursor : "";
  if (symbols.size === 0 && cursor === "") throw new InvalidInput("instruments-info: expected symbols, got none");
  return { serverTime: timeIn(body), budget: undefined, symbols: [...symbols.values()], refused, cursor };
}

function readEntry({ id, category }: BybitMarket, entry: unknown): SymbolInfo | undefined {
  if (!isObject(entry) || typeof entry.symbol !== "string") return undefined;
  const symbol = symbolAt(id, entry.symbol);
  if (symbol === undefined) return undefined;
  const tick = memberOf(entry.priceFilter, "tickSize");
  const lot = memberOf(entry.lotSizeFilter, category === "spot" ? "basePrecision" : "qtyStep");
  return {
    symbol,
    base: textOf(entry.baseCoin) ?? entry.symbol,
    quote: textOf(entry.quoteCoin) ?? "",
    ...statusOf(entry.status),
    priceDecimals: decimalsOf(tick),
    quantityDecimals: decimalsOf(lot),
    ...(category === "spot" ? {} : contractOf(entry, stepOf(tick), stepOf(lot))),
  };
}

function contractOf(entry: Members, tickSize: number | undefined, lotSize: number | undefined): Partial<SymbolInfo> {
  const contract = entry.contractType === "LinearPerpetual" ? ("perpetual" as const) : undefined;
  return defined({ contract, settle: textOf(entry.settleCoin), tickSize, lotSize });
}

/** TRADING, or UNKNOWN with the exchange's own word, such as PreLaunch, Delivering or Closed. */
function statusOf(word: unknown): Pick<SymbolInfo, "status" | "exchangeStatus"> {
  if (word === "Trading") return { status: "TRADING" };
  return { status: "UNKNOWN", ...defined({ exchangeStatus: textOf(word)?.slice(0, STATUS_CHARACTERS) }) };
}

function memberOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

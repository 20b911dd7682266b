import type { SymbolStatus } from "../../../core/mod.ts";
import type { MarketNow, RestDialect, Route } from "../../dialect.ts";
import type { Category } from "./category.ts";
import { linearInstrument, spotInstrument } from "./encode-instruments.ts";
import { klineRow } from "./encode-klines.ts";
import { tickerEntry } from "./encode-tickers.ts";
import { envelope } from "./envelope.ts";
import { checkCategory, intervalAsked, limitAsked, pageAsked, rangeAsked, viewOf } from "./query.ts";
import { RequestWindow } from "./request-window.ts";

/** Rows in an answer of klines, and entries in one of instruments: when nobody says, and at most. */
const ROWS = { usual: 200, most: 1_000 } as const;
const ENTRIES = { usual: 500, most: 1_000 } as const;

/** The text of a 403, as clients have reported it. */
const TOO_FREQUENT = "403, access too frequent";

/** The code of a route that there isn't. */
const NOT_FOUND = 10_017;

/** REST under /v5/market of one category. Errors come inside a 200; only who asks too often is sent away with a status. */
export function bybitRest(category: Category): RestDialect {
  const route = (tells: Route["tells"], answer: Route["answer"]): Route => ({ tells, cost: () => 1, answer });
  return {
    routes: {
      "/v5/market/time": route(undefined, (_, { now }) => ({
        timeSecond: String(Math.floor(now / 1_000)),
        timeNano: `${now}000000`,
      })),
      "/v5/market/kline": route("klines", (query, market) => klines(query, market, category)),
      "/v5/market/instruments-info": route("listing", (query, market) => instruments(query, market, category)),
      "/v5/market/tickers": route(undefined, (query, market) => tickers(query, market, category)),
    },
    budget: (clock) => new RequestWindow(clock),
    sentAwayWith: [403],
    answered: (result, _, now) => ({ status: 200, body: envelope(0, "OK", result, now), headers: {} }),
    refused: ({ code, message }, _, now) => ({ status: 200, body: envelope(code, message, {}, now), headers: {} }),
    sentAway: () => ({ status: 403, body: TOO_FREQUENT, headers: {} }),
    notFound: (method, path, now) => ({
      status: 404,
      body: envelope(NOT_FOUND, `Route not found: ${method} ${path}`, {}, now),
      headers: {},
    }),
  };
}

function klines(query: URLSearchParams, market: MarketNow, category: Category): object {
  checkCategory(query, category, "linear");
  const interval = intervalAsked(query);
  const view = viewOf(market, query.get("symbol"));
  const limit = limitAsked(query, ROWS.usual, ROWS.most);
  const { from, to, newest } = rangeAsked(query, interval);
  const rows = view.rows(interval, from, to, limit, newest, market.now).map(klineRow);
  return { symbol: view.pair.symbol, category, list: rows.reverse() };
}

/** Those that trade, unless another status is asked for. The spot market has them all on one page. */
function instruments(query: URLSearchParams, market: MarketNow, category: Category): object {
  checkCategory(query, category);
  const asked = query.get("status") ?? "Trading";
  const one = query.get("symbol");
  const views = one === null ? market.views() : [viewOf(market, one)];
  const ids = new Map(views.map(({ pair }, at) => [pair.symbol, at + 1]));
  const listed = views.filter(({ pair }) => statusWord(market.statusOf(pair.symbol)) === asked);
  const entry = (symbol: string): object[] => {
    const pair = market.view(symbol)?.pair;
    const id = ids.get(symbol) ?? 0;
    if (pair === undefined) return [];
    return [
      category === "spot"
        ? spotInstrument(pair, id, asked)
        : linearInstrument(pair, id, asked, market.listedAt(symbol)),
    ];
  };
  const symbols = listed.map(({ pair }) => pair.symbol);
  if (category === "spot") return { category, list: symbols.flatMap(entry) };
  const page = pageAsked(query, symbols, limitAsked(query, ENTRIES.usual, ENTRIES.most));
  return { category, list: page.symbols.flatMap(entry), nextPageCursor: page.next };
}

function tickers(query: URLSearchParams, market: MarketNow, category: Category): object {
  checkCategory(query, category);
  const one = query.get("symbol");
  const views = one === null ? market.views() : [viewOf(market, one)];
  const list = views.flatMap((view) => {
    const day = view.day(market.now);
    return day === undefined ? [] : [tickerEntry(category, view.pair, day, market.now)];
  });
  return { category, list };
}

/** It has no word for a halt, and calls what trades no more and will leave Delivering. */
function statusWord(status: SymbolStatus | undefined): string {
  return status === "BREAK" ? "Delivering" : "Trading";
}

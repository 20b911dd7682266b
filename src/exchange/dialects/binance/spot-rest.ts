import { INTERVALS } from "../../../core/mod.ts";
import { type MarketNow, type RestDialect, RestProblem, type Route } from "../../dialect.ts";
import type { PairView } from "../../view.ts";
import { binanceAnswers } from "./answers.ts";
import { dayTicker, decimal, exchangeInfo, klineRow, SPOT_WRITER, WEIGHT_PER_MINUTE, windowTicker } from "./encode.ts";
import { klinesAsked, only, viewOf } from "./query.ts";
import { Weights } from "./weights.ts";

/** Rows in one answer (Binance spot API, 2026-07). */
const MAX_ROWS = 1_000;

const ALL = new Set(INTERVALS);

const klines: Route = {
  tells: "klines",
  cost: () => 2,
  answer: (query, market) => klinesAsked(query, market, ALL, MAX_ROWS, (kline) => klineRow(kline, SPOT_WRITER)),
};

/** REST under /api/v3. Source: Binance spot API, 2026-07. */
export const SPOT_REST: RestDialect = {
  ...binanceAnswers(["x-mbx-used-weight", "x-mbx-used-weight-1m"], {
    refused: () =>
      `Too much request weight used; current limit is ${WEIGHT_PER_MINUTE} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`,
    banned: (until) =>
      `Way too much request weight used; IP banned until ${until}. Please use WebSocket Streams for live updates to avoid bans.`,
  }),
  budget: (clock) => new Weights(clock, WEIGHT_PER_MINUTE),
  routes: {
    "/api/v3/ping": { tells: undefined, cost: () => 1, answer: () => ({}) },
    "/api/v3/time": { tells: undefined, cost: () => 1, answer: (_, { now }) => ({ serverTime: now }) },
    "/api/v3/exchangeInfo": { tells: "listing", cost: () => 20, answer: listing },
    "/api/v3/klines": klines,
    // Nothing is spoilt in these rows: no client of ours asks for them.
    "/api/v3/uiKlines": { ...klines, tells: undefined },
    "/api/v3/ticker/24hr": { tells: undefined, cost: weightOfDay, answer: day },
    "/api/v3/ticker": { tells: undefined, cost: weightOfWindows, answer: windows },
    "/api/v3/ticker/price": { tells: undefined, cost: (query) => (query.has("symbol") ? 2 : 4), answer: price },
  },
};

function listing(query: URLSearchParams, market: MarketNow): unknown {
  const pairs = asked(query, market).flatMap(({ pair }) => {
    const status = market.statusOf(pair.symbol);
    return status === undefined ? [] : [{ pair, status }];
  });
  return exchangeInfo(market.source, pairs, market.now);
}

function day(query: URLSearchParams, market: MarketNow): unknown {
  const mini = isMini(query);
  const tickers = asked(query, market).flatMap((view) => {
    const kline = view.day(market.now);
    return kline === undefined ? [] : [dayTicker(view.pair, kline, market.now, mini)];
  });
  return query.has("symbol") ? only(tickers) : tickers;
}

function isMini(query: URLSearchParams): boolean {
  const type = query.get("type") ?? "FULL";
  if (type !== "FULL" && type !== "MINI") throw new RestProblem(-1139, "Invalid ticker type.");
  return type === "MINI";
}

/** The lengths that windows may have, in minutes, by their names. */
const WINDOWS: ReadonlyMap<string, number> = new Map([
  ...Array.from({ length: 59 }, (_, index) => [`${index + 1}m`, index + 1] as const),
  ...Array.from({ length: 23 }, (_, index) => [`${index + 1}h`, (index + 1) * 60] as const),
  ...Array.from({ length: 7 }, (_, index) => [`${index + 1}d`, (index + 1) * 1_440] as const),
]);

const MOST_WINDOWS = 100;

function windows(query: URLSearchParams, market: MarketNow): unknown {
  const [symbol, symbols] = [query.get("symbol"), query.get("symbols")];
  if (!symbol && symbols === null) {
    throw new RestProblem(-1102, "Param 'symbol' or 'symbols' must be sent, but both were empty/null!");
  }
  const views = asked(query, market);
  if (views.length === 0) throw new RestProblem(-1105, "Parameter 'symbols' was empty.");
  if (views.length > MOST_WINDOWS) {
    throw new RestProblem(
      -1101,
      `Too many values sent for parameter 'symbols', maximum allowed up to ${MOST_WINDOWS}.`,
    );
  }
  if (new Set(views).size < views.length) throw new RestProblem(-1151, "Symbol is present multiple times in the list.");
  const minutes = WINDOWS.get(query.get("windowSize") ?? "1d");
  if (minutes === undefined) throw new RestProblem(-1130, "Data sent for parameter 'windowSize' is not valid.");
  const mini = isMini(query);
  const from = Math.floor(market.now / 60_000 - minutes) * 60_000;
  const tickers = views.flatMap((view) => {
    const window = view.since(from, market.now);
    return window === undefined ? [] : [windowTicker(view.pair, window, mini)];
  });
  if (symbol !== null && tickers.length === 0) {
    throw new RestProblem(-2016, "No trading window could be found for the symbol. Try ticker/24hrs instead.");
  }
  return symbol === null ? tickers : tickers[0];
}

/** 4 for each symbol, 200 at most. */
function weightOfWindows(query: URLSearchParams): number {
  return Math.min(200, 4 * (query.get("symbols")?.split(",").length ?? 1));
}

function price(query: URLSearchParams, market: MarketNow): unknown {
  const prices = asked(query, market).flatMap((view) => {
    const kline = view.day(market.now);
    return kline === undefined ? [] : [{ symbol: view.pair.symbol, price: decimal(kline.close) }];
  });
  return query.has("symbol") ? only(prices) : prices;
}

/** The pairs that `symbol` or `symbols` name; all that there are when neither is sent. */
function asked(query: URLSearchParams, market: MarketNow): readonly PairView[] {
  const [symbol, symbols] = [query.get("symbol"), query.get("symbols")];
  if (symbol !== null && symbols !== null) throw new RestProblem(-1128, "Combination of optional parameters invalid.");
  if (symbol !== null) return [viewOf(market, symbol)];
  if (symbols === null) return market.views();
  let names: unknown;
  try {
    names = JSON.parse(symbols);
  } catch {
    names = undefined;
  }
  if (!Array.isArray(names)) {
    throw new RestProblem(-1100, "Illegal characters found in parameter 'symbols'; legal range is a JSON array.");
  }
  return names.map((name) => viewOf(market, String(name)));
}

/** 2 for up to 20 symbols, 40 up to 100, 80 for more and for all. */
function weightOfDay(query: URLSearchParams): number {
  if (query.has("symbol")) return 2;
  const count = query.get("symbols")?.split(",").length ?? Number.POSITIVE_INFINITY;
  return count <= 20 ? 2 : count <= 100 ? 40 : 80;
}

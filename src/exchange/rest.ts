import { type Interval, isInterval, type UnixMs } from "../core/mod.ts";
import { dayTicker, decimal, exchangeInfo, klineRow } from "./encode.ts";
import type { SymbolLives } from "./faults/life.ts";
import type { Market } from "./market.ts";
import type { PairView } from "./view.ts";
import type { Weights } from "./weights.ts";

const DEFAULT_ROWS = 500;
const MAX_ROWS = 1_000;

/** An error as the exchange tells it. Source: Binance spot API, error codes, 2026-07. */
class ExchangeProblem extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

interface Route {
  weight(query: URLSearchParams): number;
  answer(query: URLSearchParams): unknown;
}

/** The exchange's REST answers under /api/v3, at the present step of market time. */
export class Rest {
  readonly #source: Market["source"];
  readonly #views: ReadonlyMap<string, PairView>;
  readonly #lives: SymbolLives;
  readonly #weights: Weights;
  readonly #now: () => UnixMs;
  readonly #routes: Readonly<Record<string, Route>>;

  constructor(
    source: Market["source"],
    views: ReadonlyMap<string, PairView>,
    lives: SymbolLives,
    weights: Weights,
    now: () => UnixMs,
  ) {
    this.#source = source;
    this.#views = views;
    this.#lives = lives;
    this.#weights = weights;
    this.#now = now;
    const klines: Route = { weight: () => 2, answer: (query) => this.#klines(query) };
    this.#routes = {
      "/api/v3/ping": { weight: () => 1, answer: () => ({}) },
      "/api/v3/time": { weight: () => 1, answer: () => ({ serverTime: now() }) },
      "/api/v3/exchangeInfo": { weight: () => 20, answer: (query) => this.#exchangeInfo(query) },
      "/api/v3/klines": klines,
      "/api/v3/uiKlines": klines,
      "/api/v3/ticker/24hr": { weight: weightOfDay, answer: (query) => this.#day(query) },
      "/api/v3/ticker/price": {
        weight: (query) => (query.has("symbol") ? 2 : 4),
        answer: (query) => this.#price(query),
      },
    };
  }

  /** Answers a request that came from an address. */
  answer(request: Request, address: string): Response {
    const { pathname, searchParams } = new URL(request.url);
    const route = request.method === "GET" ? this.#routes[pathname] : undefined;
    if (route === undefined)
      return this.#respond({ code: -1000, msg: `There is no ${request.method} ${pathname}.` }, 404);
    const verdict = this.#weights.spend(address, route.weight(searchParams));
    const headers = { "x-mbx-used-weight": String(verdict.used), "x-mbx-used-weight-1m": String(verdict.used) };
    if (!verdict.allowed) {
      const msg =
        verdict.status === 418
          ? `Way too much request weight used; IP banned until ${verdict.until}. Please use WebSocket Streams for live updates to avoid bans.`
          : "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.";
      const retry = { ...headers, "retry-after": String(verdict.retryAfterSeconds) };
      return this.#respond({ code: -1003, msg }, verdict.status, retry);
    }
    try {
      return this.#respond(route.answer(searchParams), 200, headers);
    } catch (cause) {
      if (!(cause instanceof ExchangeProblem)) throw cause;
      return this.#respond({ code: cause.code, msg: cause.message }, 400, headers);
    }
  }

  #respond(body: unknown, status: number, headers: Record<string, string> = {}): Response {
    // Says whose data this is, so that nobody takes it for a real market.
    return Response.json(body, { status, headers: { ...headers, "x-vyx-exchange": this.#source } });
  }

  #exchangeInfo(query: URLSearchParams): unknown {
    const now = this.#now();
    const pairs = this.#asked(query).flatMap(({ pair }) => {
      const status = this.#lives.statusOf(pair.symbol, now);
      return status === undefined ? [] : [{ pair, status }];
    });
    return exchangeInfo(this.#source, pairs, now);
  }

  #klines(query: URLSearchParams): unknown {
    const view = this.#view(required(query, "symbol"));
    const interval = intervalOf(required(query, "interval"));
    const limit = Math.min(MAX_ROWS, wholeNumber(query, "limit") ?? DEFAULT_ROWS);
    if (limit === 0) throw new ExchangeProblem(-1130, "Data sent for parameter 'limit' is not valid.");
    const from = wholeNumber(query, "startTime");
    const to = wholeNumber(query, "endTime");
    const rows = view.rows(interval, from ?? 0, to ?? Number.MAX_SAFE_INTEGER, limit, from === undefined, this.#now());
    return rows.map(klineRow);
  }

  #day(query: URLSearchParams): unknown {
    const type = query.get("type") ?? "FULL";
    if (type !== "FULL" && type !== "MINI")
      throw new ExchangeProblem(-1130, "Data sent for parameter 'type' is not valid.");
    const now = this.#now();
    const tickers = this.#asked(query).flatMap((view) => {
      const day = view.day(now);
      return day === undefined ? [] : [dayTicker(view.pair, day, now, type === "MINI")];
    });
    return query.has("symbol") ? only(tickers) : tickers;
  }

  #price(query: URLSearchParams): unknown {
    const now = this.#now();
    const prices = this.#asked(query).flatMap((view) => {
      const day = view.day(now);
      return day === undefined ? [] : [{ symbol: view.pair.symbol, price: decimal(day.close) }];
    });
    return query.has("symbol") ? only(prices) : prices;
  }

  /** The pairs that `symbol` or `symbols` name; all that there are when neither is sent. */
  #asked(query: URLSearchParams): PairView[] {
    const [symbol, symbols] = [query.get("symbol"), query.get("symbols")];
    if (symbol !== null && symbols !== null)
      throw new ExchangeProblem(-1128, "Combination of optional parameters invalid.");
    if (symbol !== null) return [this.#view(symbol)];
    if (symbols === null) return [...this.#views.values()].filter(({ pair }) => this.#isThere(pair.symbol));
    let names: unknown;
    try {
      names = JSON.parse(symbols);
    } catch {
      names = undefined;
    }
    if (!Array.isArray(names)) {
      throw new ExchangeProblem(-1100, "Illegal characters found in parameter 'symbols'; legal range is a JSON array.");
    }
    return names.map((name) => this.#view(String(name)));
  }

  #view(symbol: string): PairView {
    const view = this.#views.get(symbol);
    if (view === undefined || !this.#isThere(symbol)) throw new ExchangeProblem(-1121, "Invalid symbol.");
    return view;
  }

  #isThere(symbol: string): boolean {
    return this.#lives.statusOf(symbol, this.#now()) !== undefined;
  }
}

/** The ticker of the one symbol that was asked for. A symbol that hasn't traded for a day has none. */
function only(tickers: readonly unknown[]): unknown {
  if (tickers.length === 0) throw new ExchangeProblem(-1121, "Invalid symbol.");
  return tickers[0];
}

/** 2 for up to 20 symbols, 40 up to 100, 80 for more and for all. */
function weightOfDay(query: URLSearchParams): number {
  if (query.has("symbol")) return 2;
  const count = query.get("symbols")?.split(",").length ?? Number.POSITIVE_INFINITY;
  return count <= 20 ? 2 : count <= 100 ? 40 : 80;
}

function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value !== null && value !== "") return value;
  throw new ExchangeProblem(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}

function intervalOf(text: string): Interval {
  if (!isInterval(text)) throw new ExchangeProblem(-1120, "Invalid interval.");
  return text;
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (/^\d{1,20}$/.test(text)) return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
  throw new ExchangeProblem(-1100, `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`);
}

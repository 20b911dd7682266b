import { type Interval, type Kline, openTimeOf } from "../../../../src/core/mod.ts";
import { type Budget, type RestDialect, RestProblem, type Route } from "../../../../src/exchange/dialect.ts";
import { orNull, plain } from "../../../../src/exchange/dialects/figures.ts";

const INTERVALS: Readonly<Record<string, Interval>> = {
  ...{ "1min": "1m", "5min": "5m", "15min": "15m" },
  ...{ "1h": "1h", "4h": "4h" },
};

/** A candle as streams and REST have it, its quote volume twice. A recording may lack that. */
export function candle({ openTime, open, high, low, close, volume, quoteVolume }: Kline): (string | null)[] {
  const known = [open, high, low, close, volume].map((figure) => plain(figure));
  const quote = orNull(quoteVolume, plain);
  return [String(openTime), ...known, quote, quote];
}

/** What streams and REST tell of a day alike. */
export function dayFigures({ close, high, low, volume, quoteVolume }: Kline): Record<string, string | null> {
  const [lastPr, high24h, low24h] = [close, high, low].map((figure) => plain(figure)) as [string, string, string];
  return { lastPr, high24h, low24h, baseVolume: plain(volume), quoteVolume: orNull(quoteVolume, plain) };
}

/** REST of the spot market. */
export function bitgetRest(): RestDialect {
  const route = (tells: Route["tells"], answer: Route["answer"]): Route => ({ tells, cost: () => 1, answer });
  return {
    routes: {
      "/api/v2/public/time": route(undefined, (_, { now }) => ({ serverTime: String(now) })),
      "/api/v2/spot/public/symbols": route("listing", (_, market) =>
        market.views().map(({ pair: { symbol, base, quote, priceDecimals, quantityDecimals } }) => ({
          ...{ symbol, baseCoin: base, quoteCoin: quote },
          ...{ pricePrecision: String(priceDecimals), quantityPrecision: String(quantityDecimals) },
          status: market.statusOf(symbol) === "TRADING" ? "online" : "halt",
        })),
      ),
      "/api/v2/spot/market/tickers": route(undefined, (_, market) =>
        market.views().flatMap((view) => {
          const day = view.day(market.now);
          return day === undefined ? [] : [{ symbol: view.pair.symbol, ...dayFigures(day), open: plain(day.open) }];
        }),
      ),
      "/api/v2/spot/market/candles": route("klines", (query, market) => {
        const view = market.view(query.get("symbol") ?? "");
        const interval = INTERVALS[query.get("granularity") ?? ""];
        if (view === undefined) throw new RestProblem(40_034, "Parameter symbol does not exist");
        if (interval === undefined) throw new RestProblem(40_020, "Parameter granularity error");
        const [from, to] = [openTimeOf(interval, Number(query.get("startTime"))), Number(query.get("endTime"))];
        const rows = view.rows(interval, from, to, Number(query.get("limit") ?? 100), true, market.now);
        return rows.map(candle);
      }),
    },
    budget: () => UNBOUNDED,
    sentAwayWith: [429],
    answered: (data, _, now) => ({
      ...{ status: 200, headers: {} },
      body: { code: "00000", msg: "success", requestTime: now, data },
    }),
    refused: ({ code, message }) => ({ status: 400, body: { code: String(code), msg: message }, headers: {} }),
    sentAway: () => ({ status: 429, body: "", headers: {} }),
    notFound: () => ({ status: 404, body: { code: "40404", msg: "Request URL NOT FOUND" }, headers: {} }),
  };
}

/** An example counts no requests. */
const UNBOUNDED: Budget = {
  callsWhileBanned: 0,
  spend: () => ({ allowed: true, used: 0 }),
  isBanned: () => false,
  ban: () => {},
};

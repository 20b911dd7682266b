import * as v from "valibot";
import {
  addCandles,
  type Clock,
  emptyKline,
  isSymbolText,
  MARKET_NAMES,
  parseSymbol,
  type Symbol,
  type SymbolInfo,
} from "../../../core/mod.ts";
import { allSymbols, firstStore, type MarketReader, type Series } from "../../../store/mod.ts";
import { PROBLEMS } from "../../../wire/mod.ts";
import { type Answer, json } from "../../answer.ts";
import { optional, type Parameter, required } from "../../parameter.ts";
import { klinesPrice } from "../../prices.ts";
import { RequestProblem } from "../../problem.ts";
import { type ProblemShape, type Route, route } from "../../route.ts";
import { seriesAsked, unknownSymbol } from "../../symbols-asked.ts";
import { settledKlines } from "../settled-klines.ts";
import { exchangeOf, fullName, intervalOf, resolutionsOf, searchLine, symbolDescription } from "./symbol.ts";

/** Bars in one answer at most, and lines of a search unless said. */
const MAX_BARS = 2_000;
const DEFAULT_LINES = 30;
const MAX_LINES = 200;

const SECOND_MS = 1_000;

/** The latest second that is read: the year 2100. */
const LATEST_SECOND = 4_102_444_800;

/** What the façade is made of. */
export interface UdfFacadeParts {
  readonly markets: MarketReader;
  readonly clock: Pick<Clock, "now" | "sleep">;
}

/** Problems as the library knows them: `{"s":"error","errmsg":…}`. */
const udfProblem: ProblemShape = ({ code, message }, headers) => {
  const answer = json({ s: "error", errmsg: message }, PROBLEMS[code].status);
  return { ...answer, headers: new Headers([...answer.headers, ...Object.entries(headers)]) };
};

/** A text of a query. */
function text(says: string, expected: string): Parameter<string> {
  return optional("text", v.pipe(v.string(), v.maxLength(100)), "", { says, expected });
}

/** A moment in whole seconds. */
const seconds: v.GenericSchema<unknown, number> = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(LATEST_SECOND),
);

const SYMBOL: Parameter<string> = required("text", v.pipe(v.string(), v.minLength(1), v.maxLength(100)), {
  says: "A symbol, with its exchange or without",
  expected: "a symbol such as BTCUSDT or BYBIT:BTCUSDT.P",
});

/**
 * The market as TradingView's charting library asks for it over HTTP: its "Universal Data Feed" (charting library documentation, UDF, 2026-11).
 * Times are Unix seconds.
 */
export function udfRoutes({ markets, clock }: UdfFacadeParts): Route[] {
  const shared = { method: "GET", scope: "read", isLenient: true, problem: udfProblem } as const;
  const answers = { 200: { says: "as the library wants it", contentType: "application/json" } };
  const infoOf = (symbol: string): SymbolInfo => {
    if (!isSymbolText(symbol)) {
      throw new RequestProblem(
        "unknown_symbol",
        `${symbol.slice(0, 60)} is not a symbol: expected one such as BTCUSDT`,
      );
    }
    const known = parseSymbol(symbol);
    const info = markets.info(known);
    if (info === undefined) throw unknownSymbol(known, markets);
    return info;
  };
  const servedOf = (symbol: Symbol): readonly (typeof markets.served)[number][] =>
    markets.stores.find((store) => store.hasSymbol(symbol))?.served ?? [];

  return [
    route({
      ...{ ...shared, answers, path: "/udf/config", parameters: {} },
      says: "For TradingView's charting library: what the server has",
      handle: () => {
        const exchanges = [...new Set(markets.stores.map(({ market }) => exchangeOf(market)))];
        return json({
          supports_search: true,
          supports_group_request: false,
          supports_marks: false,
          supports_timescale_marks: false,
          supports_time: true,
          supported_resolutions: resolutionsOf(markets.served),
          exchanges: [
            { value: "", name: "All exchanges", desc: "" },
            ...exchanges.map((value) => ({
              value,
              name: value,
              desc: markets.stores
                .filter(({ market }) => exchangeOf(market) === value)
                .map(({ market }) => MARKET_NAMES[market])
                .join(", "),
            })),
          ],
          symbols_types: [{ name: "Crypto", value: "crypto" }],
        });
      },
    }),
    route({
      ...{ ...shared, answers, path: "/udf/time", parameters: {} },
      says: "For TradingView's charting library: the market's time",
      handle: (): Answer => {
        const { marketTime } = firstStore(markets);
        const body = String(Math.floor((marketTime === 0 ? clock.now() : marketTime) / SECOND_MS));
        return { status: 200, headers: new Headers({ "content-type": "text/plain" }), body, bytes: body.length };
      },
    }),
    route({
      ...{ ...shared, answers, path: "/udf/symbols", parameters: { symbol: SYMBOL } },
      says: "For TradingView's charting library: one symbol",
      handle: ({ values }) => {
        const info = infoOf(values.symbol);
        return json(symbolDescription(info, servedOf(info.symbol)));
      },
    }),
    route({
      ...{ ...shared, answers, path: "/udf/search" },
      says: "For TradingView's charting library: symbols by a part of their name",
      cost: () => Math.max(1, klinesPrice(allSymbols(markets).length)),
      parameters: {
        query: text("A part of the name", "any text"),
        exchange: text("Only of this exchange", "one of those in /udf/config"),
        type: text("Only of this type", "crypto"),
        limit: optional("number", v.pipe(v.number(), v.integer(), v.minValue(1)), DEFAULT_LINES, {
          says: "How many lines there may be",
          expected: "a whole number from 1 on",
        }),
      },
      handle: ({ values }) => {
        const { exchange, type } = values;
        const query = values.query.trim().toUpperCase();
        if (type !== "" && type !== "crypto") return json([]);
        const found = allSymbols(markets).filter(({ symbol, base }) => {
          const name = fullName(symbol);
          return (exchange === "" || name.startsWith(`${exchange}:`)) && (name.includes(query) || base.includes(query));
        });
        // Those whose name begins so are meant first.
        const begins = ({ base }: SymbolInfo): number => Number(!base.startsWith(query));
        const lines = found.toSorted((a, b) => begins(a) - begins(b) || (a.symbol < b.symbol ? -1 : 1));
        return json(lines.slice(0, Math.min(MAX_LINES, values.limit)).map(searchLine));
      },
    }),
    route({
      ...{ ...shared, answers, path: "/udf/history" },
      says: "For TradingView's charting library: bars of a series, as columns",
      cost: ({ values }) => Math.max(1, klinesPrice(Math.min(MAX_BARS, values.countback ?? MAX_BARS))),
      parameters: {
        symbol: SYMBOL,
        resolution: required("text", v.pipe(v.string(), v.maxLength(10)), {
          says: "The bars' resolution",
          expected: "one of those in /udf/config, such as 1, 60 or 1D",
        }),
        from: optional("number", seconds, 0, { says: "The first second", expected: "Unix seconds" }),
        to: optional("number", seconds, LATEST_SECOND, {
          says: "The last second, which isn't included",
          expected: "Unix seconds",
        }),
        countback: optional("number", v.pipe(v.number(), v.integer(), v.minValue(1)), undefined, {
          says: "So many bars before `to`, in place of those from `from` on",
          expected: "a whole number from 1 on",
        }),
      },
      handle: async ({ values, request }) => {
        const { symbol } = infoOf(values.symbol);
        const interval = intervalOf(values.resolution);
        if (interval === undefined) {
          const known = resolutionsOf(servedOf(symbol)).join(", ");
          throw new RequestProblem(
            "unknown_interval",
            `there is no resolution ${values.resolution}: expected one of ${known}`,
          );
        }
        const series = seriesAsked(symbol, interval, markets);
        const asked = barsAsked(series, values);
        if (asked === undefined) return json({ s: "no_data" });
        const selection = await settledKlines(series, asked, clock, request.signal);
        if (selection === "repairing") {
          throw new RequestProblem("not_ready", "bars of this range are being read from the exchange: try again", 1);
        }
        if (selection === "older" || selection.first === selection.end) {
          return json({ s: "no_data", ...earlierBar(series, asked.endTime) });
        }
        return json(columnsOf(series, selection));
      },
    }),
  ];
}

/** The range of kept klines that answers a request. Undefined if there are none: then the chart library stops asking for older ones. */
function barsAsked(
  { ring, interval }: Series,
  { from, to, countback }: { readonly from: number; readonly to: number; readonly countback: number | undefined },
): { limit: number; startTime: number; endTime: number } | undefined {
  if (ring.length === 0) return undefined;
  const endTime = to * SECOND_MS - 1;
  const end = ring.position(endTime + 1);
  if (end === 0) return undefined;
  const limit = Math.min(MAX_BARS, countback ?? MAX_BARS);
  const oldest = ring.openTimeAt(Math.max(0, end - limit));
  const startTime = countback === undefined ? Math.max(from * SECOND_MS, oldest) : oldest;
  // Of a range that reaches over the newest bar, the next one would be asked for too. While no data comes, that is in doubt.
  const next = addCandles(interval, ring.openTimeAt(ring.length - 1), 1);
  return { limit, startTime, endTime: Math.min(endTime, Math.max(startTime, next)) };
}

/** Where the next bars to the left are, for a range without any. */
function earlierBar({ ring }: Series, before: number): { readonly nextTime?: number } {
  const position = ring.position(before);
  return position === 0 ? {} : { nextTime: ring.openTimeAt(position - 1) / SECOND_MS };
}

function columnsOf({ ring }: Series, { first, end }: { readonly first: number; readonly end: number }): object {
  const columns = { s: "ok", t: [] as number[], o: [] as number[], h: [] as number[], l: [] as number[] };
  const rest = { c: [] as number[], v: [] as number[] };
  const kline = emptyKline();
  for (let position = first; position < end; position += 1) {
    ring.read(position, kline);
    columns.t.push(kline.openTime / SECOND_MS);
    columns.o.push(kline.open);
    columns.h.push(kline.high);
    columns.l.push(kline.low);
    rest.c.push(kline.close);
    rest.v.push(kline.volume);
  }
  return { ...columns, ...rest };
}

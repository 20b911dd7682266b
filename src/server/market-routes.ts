import type { Interval } from "../core/mod.ts";
import type { MarketStore } from "../store/mod.ts";
import type { ClosesAnswer, CoverageAnswer, SymbolsAnswer } from "../wire/mod.ts";
import { AnswerCache, type ReadyAnswer } from "./answer-cache.ts";
import { arrowBytes, wantsArrow } from "./arrow.ts";
import {
  intervalsParameter,
  klineParameters,
  knownInterval,
  knownSymbol,
  queryOf,
  symbolsParameter,
} from "./parameters.ts";
import { RequestProblem } from "./problem.ts";
import { json, ready } from "./respond.ts";

/** The most klines that one answer of several series holds: about 60 MB of JSON. */
export const MAX_BATCH_KLINES = 300_000;

const ARROW_TYPE = "application/vnd.apache.arrow.stream";

const encoder = new TextEncoder();

/** The answers about the market itself. Each method takes the request, its id and the path's parts, and may throw RequestProblem. */
export class MarketRoutes {
  readonly #store: MarketStore;
  readonly #cache: AnswerCache;
  readonly #boot: string;
  #tickers: ReadyAnswer | undefined;

  constructor(store: MarketStore, boot: string) {
    this.#store = store;
    this.#boot = boot;
    this.#cache = new AnswerCache(boot);
  }

  klines(request: Request, requestId: string, symbolText: string, intervalText: string): Response {
    const store = this.#store;
    const symbol = knownSymbol(symbolText, store);
    const interval = knownInterval(intervalText, store);
    const query = queryOf(request.url, ["limit", "startTime", "endTime", "closed"]);
    const series = store.series(symbol, interval);
    if (series === undefined) throw new RequestProblem("not_found", `${symbol} ${interval} is not kept`);
    return ready(request, this.#cache.klines(series, klineParameters(query, store.capacity)), requestId);
  }

  async batch(request: Request, requestId: string): Promise<Response> {
    const store = this.#store;
    const query = queryOf(request.url, ["symbols", "intervals", "limit", "closed"]);
    const symbols = symbolsParameter(query, store);
    if (symbols === undefined) {
      throw new RequestProblem(
        "invalid_parameter",
        "symbols is missing: expected a list such as BTCUSDT,ETHUSDT, or *",
      );
    }
    const intervals = intervalsParameter(query, store);
    const parameters = klineParameters(query, store.capacity);
    const asked = symbols.length * intervals.length * parameters.limit;
    if (asked > MAX_BATCH_KLINES) {
      throw new RequestProblem(
        "invalid_parameter",
        `${symbols.length} symbols × ${intervals.length} intervals × limit ${parameters.limit} are ${asked} klines: expected ${MAX_BATCH_KLINES} at most`,
      );
    }
    const series = symbols.flatMap((symbol) =>
      intervals.flatMap((interval) => this.#store.series(symbol, interval) ?? []),
    );
    const arrow = wantsArrow(request.headers.get("accept"));
    const bytes = arrow
      ? await arrowBytes(series, parameters)
      : this.#joined(series.map((one) => this.#cache.seriesBytes(one, parameters)));
    const version = series.reduce((sum, one) => sum + one.version, 0);
    const etag = `W/"${this.#boot}.${series.length}.${version}"`;
    const answer: ReadyAnswer = { version, etag, bytes, compressed: new Map() };
    return ready(request, answer, requestId, arrow ? ARROW_TYPE : undefined);
  }

  tickers(request: Request, requestId: string): Response {
    const store = this.#store;
    const query = queryOf(request.url, ["symbols"]);
    const symbols = symbolsParameter(query, store);
    if (symbols === undefined) return ready(request, this.#allTickers(), requestId);
    const tickers = symbols.sort().flatMap((symbol) => store.ticker(symbol) ?? []);
    return ready(request, this.#tickersAnswer({ count: tickers.length, tickers }), requestId);
  }

  ticker(request: Request, requestId: string, symbolText: string): Response {
    queryOf(request.url, []);
    const symbol = knownSymbol(symbolText, this.#store);
    const ticker = this.#store.ticker(symbol);
    if (ticker === undefined) {
      throw new RequestProblem("not_ready", `no ticker of ${symbol} has arrived yet: try again in a second`);
    }
    return ready(request, this.#tickersAnswer(ticker), requestId);
  }

  symbols(request: Request, requestId: string): Response {
    queryOf(request.url, []);
    const symbols = this.#store.symbols();
    return json({ count: symbols.length, symbols } satisfies SymbolsAnswer, requestId);
  }

  closes(request: Request, requestId: string): Response {
    queryOf(request.url, []);
    const intervals: ClosesAnswer["intervals"] = {};
    // Before the exchange said anything there is no market time, and so no last close.
    if (this.#store.marketTime > 0) {
      for (const interval of this.#store.served) {
        const state = this.#store.close(interval);
        if (state !== undefined) intervals[interval] = { ...state };
      }
    }
    return json({ intervals } satisfies ClosesAnswer, requestId);
  }

  coverage(request: Request, requestId: string, symbolText: string, intervalText: string): Response {
    queryOf(request.url, []);
    const symbol = knownSymbol(symbolText, this.#store);
    const interval: Interval = knownInterval(intervalText, this.#store);
    const series = this.#store.series(symbol, interval);
    const answer: CoverageAnswer = {
      symbol,
      interval,
      first: series?.first ?? null,
      last: series?.last ?? null,
      count: series?.ring.length ?? 0,
      holes: series?.holes() ?? [],
      sources: series?.sources() ?? { stream: 0, rest: 0, rollup: 0, checkpoint: 0 },
      restated: series?.restated() ?? 0,
    };
    return json(answer, requestId);
  }

  #allTickers(): ReadyAnswer {
    const version = this.#store.tickersVersion;
    if (this.#tickers?.version === version) return this.#tickers;
    const tickers = this.#store.tickers();
    this.#tickers = this.#tickersAnswer({ count: tickers.length, tickers });
    return this.#tickers;
  }

  #tickersAnswer(value: object): ReadyAnswer {
    const version = this.#store.tickersVersion;
    const bytes = encoder.encode(JSON.stringify(value));
    return { version, etag: `W/"${this.#boot}.t${version}"`, bytes, compressed: new Map() };
  }

  #joined(parts: readonly Uint8Array[]): Uint8Array {
    const head = encoder.encode(`{"count":${parts.length},"series":[`);
    const tail = encoder.encode("]}");
    const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
    const joined = new Uint8Array(head.byteLength + length + Math.max(0, parts.length - 1) + tail.byteLength);
    joined.set(head);
    let at = head.byteLength;
    for (const [index, part] of parts.entries()) {
      if (index > 0) joined[at++] = 0x2c;
      joined.set(part, at);
      at += part.byteLength;
    }
    joined.set(tail, at);
    return joined;
  }
}

import type { Interval, Symbol } from "../core/mod.ts";
import type { MarketReader, Series } from "../store/mod.ts";
import { klinesSchema, seriesSchema } from "../wire/mod.ts";
import type { Answer } from "./answer.ts";
import { type AnswerCache, VARY } from "./answer-cache.ts";
import { ARROW_TYPE, wantsArrow } from "./arrow.ts";
import { ArrowPieces } from "./arrow-pieces.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { Caller } from "./caller.ts";
import type { Compressor } from "./compression.ts";
import { KlinePieces, klinesIn, seriesGroups } from "./kline-pieces.ts";
import type { LoopTurns } from "./loop-turns.ts";
import { type KlineParameters, klineParameters, type MarketParameters } from "./parameters.ts";
import type { LongRanges } from "./past/long-ranges.ts";
import { nextHeader, nextInMemory, tagWithNext } from "./past/next-page.ts";
import { RangeAnswers, type RangeCall } from "./past/range-answers.ts";
import type { PieceSource } from "./piece-source.ts";
import { type BodyEncoding, bodyEncoding, klinesPrice, LEAST_KLINES_COUNTED } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { answerHeaders, notModified, ReadyAnswer } from "./respond.ts";
import { type Route, route } from "./route.ts";
import type { SeriesTags } from "./series-tags.ts";
import { countAsked, followed, seriesAsked, unknownSymbol } from "./symbols-asked.ts";

/** The most klines that one answer of several series holds: about 75 MB of JSON. */
export const MAX_BATCH_KLINES = 300_000;

/** Answers of more klines are made piece by piece, as their reader takes them: about 250 kB of JSON. */
export const MAX_WHOLE_KLINES = 1_000;

/** What the routes of klines are made of. */
export interface KlineRouteParts {
  readonly markets: MarketReader;
  readonly tags: SeriesTags;
  readonly parameters: MarketParameters;
  readonly answers: AnswerCache;
  readonly turns: LoopTurns;
  readonly compressor: Compressor;
  /** Klines beyond memory. */
  readonly ranges: LongRanges;
}

/** The routes of klines: one series, and several. */
export function klineRoutes(parts: KlineRouteParts): Route[] {
  const { markets, tags, answers, parameters, turns, compressor, ranges } = parts;
  const { symbol, interval, limit, longLimit, startTime, endTime, closed, symbols, intervals } = parameters;
  /** What an address asked for, put together once for as long as the parsed address is kept. */
  const wanted = new WeakMap<object, KlineParameters>();

  /** An answer that is made as its reader takes it. */
  const inPieces = (source: PieceSource, headers: Headers, encoding: BodyEncoding, caller: Caller): Answer => {
    headers.set("content-type", encoding === "arrow" ? ARROW_TYPE : "application/json");
    if (encoding === "arrow" || encoding === "identity") return { status: 200, headers, body: source, bytes: 0 };
    headers.set("content-encoding", encoding);
    return { status: 200, headers, body: compressor.pieces(caller, source, encoding), bytes: 0 };
  };

  /** The tag that klines have now. It differs by the kind of the body, so that JSON isn't taken for Arrow. */
  const tagOf = (series: readonly Series[], parameters: KlineParameters, isArrow: boolean): string =>
    tags.of(series, parameters, isArrow ? "arrow" : "json");

  const rangeAnswers = new RangeAnswers({
    ...{ ranges, turns, compressor, inPieces },
    capacity: markets.capacity,
    maxWhole: MAX_WHOLE_KLINES,
  });

  /** Klines of a symbol that isn't followed, or not any more: where the past has them, they are answered. */
  const ofThePast = async (
    { symbol, interval }: { readonly symbol: Symbol; readonly interval: Interval },
    parameters: KlineParameters,
    call: RangeCall,
  ): Promise<Answer> => {
    if (!(await ranges.isPast(symbol))) throw unknownSymbol(symbol, markets);
    return await rangeAnswers.answer({ symbol, interval, series: undefined, parameters }, call);
  };

  return [
    route({
      method: "GET",
      path: "/klines/{symbol}/{interval}",
      says: "Klines of one series, oldest first; as an Arrow IPC stream with Accept: application/vnd.apache.arrow.stream",
      scope: "read",
      cost: ({ request, values: { symbol, interval, limit } }) =>
        // The rest of the price is charged when the caller turns out not to have the answer.
        isConditional(request) || markets.series(symbol, interval) === undefined ? 1 : seriesPrice(limit, request),
      parameters: { symbol, interval, limit: longLimit, startTime, endTime, closed },
      answers: { 200: { says: "the klines", schema: klinesSchema, alsoAs: ARROW_TYPE } },
      handle: ({ request, values, caller, charge }) => {
        let parameters = wanted.get(values);
        if (parameters === undefined) {
          refuseBackwards(values.startTime, values.endTime);
          parameters = klineParameters(values.limit, values.closed, values.startTime, values.endTime);
          wanted.set(values, parameters);
        }
        const call = { request, caller, charge };
        if (ranges.past !== undefined && !markets.hasSymbol(values.symbol)) return ofThePast(values, parameters, call);
        const series = seriesAsked(values.symbol, values.interval, markets);
        const isArrow = wantsArrow(request.headers.get("accept"));
        if (ranges.isFor(series, parameters)) {
          const { symbol, interval } = values;
          return rangeAnswers.answer({ symbol, interval, series, parameters }, call);
        }
        // Memory holds no more.
        if (values.limit > markets.capacity) {
          parameters = klineParameters(markets.capacity, values.closed, values.startTime, values.endTime);
        }
        if (isConditional(request)) {
          const etag = isArrow
            ? tagWithNext(tagOf([series], parameters, true), nextInMemory(series, parameters))
            : answers.etag(series, parameters);
          const same = notModified(request.headers, answerHeaders(etag, VARY));
          if (same !== undefined) return same;
          charge(seriesPrice(values.limit, request), 1);
        }
        if (!isArrow && (values.limit <= MAX_WHOLE_KLINES || series.ring.length <= MAX_WHOLE_KLINES)) {
          return answers.klines({ series, parameters, headers: request.headers, caller, compressor });
        }
        const next = nextInMemory(series, parameters);
        const etag = tagWithNext(tagOf([series], parameters, isArrow), next);
        const headers = answerHeaders(etag, { ...VARY, ...nextHeader(next) });
        const groups = [[series]];
        if (isArrow) return inPieces(new ArrowPieces({ groups, parameters, turns, caller }), headers, "arrow", caller);
        const source = new KlinePieces({ groups, parameters, answers, turns, caller, head: "", tail: "" });
        return inPieces(source, headers, bodyEncoding(request.headers), caller);
      },
    }),
    route({
      method: "GET",
      path: "/klines",
      says: "Klines of several series; as an Arrow IPC stream with Accept: application/vnd.apache.arrow.stream",
      scope: "read",
      cost: ({ request, values }) => {
        const series = countAsked(values.symbols, markets) * values.intervals.length;
        if (series * values.limit > MAX_BATCH_KLINES) return 1;
        // The rest of the price is charged when the caller turns out not to have the answer.
        return isConditional(request) ? tagPrice(series) : batchPrice(series, values.limit, request);
      },
      parameters: { symbols, intervals, limit, closed },
      answers: {
        200: { says: "the series", schema: seriesSchema, alsoAs: ARROW_TYPE },
      },
      handle: ({ request, values, caller, charge }) => {
        const asked = followed(values.symbols, markets);
        refuseTooMany(asked.length, values.intervals.length, values.limit);
        const series = seriesOf(asked, values.intervals, markets);
        const parameters = klineParameters(values.limit, values.closed);
        const encoding = bodyEncoding(request.headers, true);
        const isArrow = encoding === "arrow";
        const isLarge =
          Math.max(klinesIn(series, values.limit), series.length * LEAST_KLINES_COUNTED) > MAX_WHOLE_KLINES;
        const answer = (etag: string): Answer | Promise<Answer> => {
          const headers = answerHeaders(etag, VARY);
          const same = notModified(request.headers, headers);
          if (same !== undefined) return same;
          if (isConditional(request)) {
            const all = asked.length * values.intervals.length;
            charge(batchPrice(all, values.limit, request), tagPrice(all));
          }
          const groups = seriesGroups(series, values.limit);
          if (isArrow) {
            return inPieces(new ArrowPieces({ groups, parameters, turns, caller }), headers, encoding, caller);
          }
          const [head, tail] = [`{"count":${series.length},"series":[`, "]}"];
          if (isLarge) {
            const source = new KlinePieces({ groups, parameters, answers, turns, caller, head, tail });
            return inPieces(source, headers, encoding, caller);
          }
          const bytes = wholeBatch(series, parameters, answers, head, tail);
          return new ReadyAnswer(bytes, { etag, headers: VARY, isKept: false }).for(
            request.headers,
            caller,
            compressor,
          );
        };
        // The body may come to hold newer klines than the tag stands for; whoever asks with the tag then gets them again.
        if (!isLarge) return answer(tagOf(series, parameters, isArrow));
        const run = (job: () => void): Promise<void> => turns.run(caller, job);
        return tags.inJobs(series, parameters, isArrow ? "arrow" : "json", run).then(answer);
      },
    }),
  ];
}

function isConditional({ headers }: Request): boolean {
  return headers.has("if-none-match");
}

/** Tokens for an answer of one series. */
function seriesPrice(limit: number, request: Request): number {
  // No encoding makes so few klines cost more: the headers needn't be read.
  return limit <= MAX_WHOLE_KLINES / 2 ? 1 : klinesPrice(limit, bodyEncoding(request.headers, true));
}

/** Tokens for an answer of so many series. */
function batchPrice(series: number, limit: number, request: Request): number {
  const klines = series * Math.max(limit, LEAST_KLINES_COUNTED);
  return Math.max(1, klinesPrice(klines, bodyEncoding(request.headers, true)));
}

/** Tokens for finding out whether the caller has the answer. */
function tagPrice(series: number): number {
  return Math.max(1, klinesPrice(series * LEAST_KLINES_COUNTED));
}

function refuseBackwards(startTime: number | undefined, endTime: number | undefined): void {
  if (startTime === undefined || endTime === undefined || startTime <= endTime) return;
  throw new RequestProblem(
    "invalid_parameter",
    `startTime ${startTime} lies after endTime ${endTime}: expected startTime to be the earlier one`,
  );
}

function refuseTooMany(symbols: number, intervals: number, limit: number): void {
  const klines = symbols * intervals * limit;
  if (klines <= MAX_BATCH_KLINES) return;
  throw new RequestProblem(
    "invalid_parameter",
    `${symbols} symbols × ${intervals} intervals × limit ${limit} are ${klines} klines: expected ${MAX_BATCH_KLINES} at most`,
  );
}

/** Series that there are, symbol by symbol. */
function seriesOf(symbols: readonly Symbol[], intervals: readonly Interval[], markets: MarketReader): Series[] {
  const all: Series[] = [];
  for (const symbol of symbols) {
    for (const interval of intervals) {
      const series = markets.series(symbol, interval);
      if (series !== undefined) all.push(series);
    }
  }
  return all;
}

function wholeBatch(
  series: readonly Series[],
  parameters: KlineParameters,
  answers: AnswerCache,
  head: string,
  tail: string,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter();
  writer.text(head);
  for (const [index, one] of series.entries()) {
    if (index > 0) writer.text(",");
    const selection = one.select(parameters);
    answers.write(one, selection, answers.rows.scan(one, selection), writer);
  }
  writer.text(tail);
  return writer.written;
}

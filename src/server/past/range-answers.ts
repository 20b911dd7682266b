import type { Interval, Symbol } from "../../core/mod.ts";
import type { Series } from "../../store/mod.ts";
import type { Answer } from "../answer.ts";
import { VARY } from "../answer-cache.ts";
import { BytePieces } from "../byte-pieces.ts";
import type { Caller } from "../caller.ts";
import type { Compressor } from "../compression.ts";
import type { LoopTurns } from "../loop-turns.ts";
import type { KlineParameters } from "../parameters.ts";
import type { PieceSource } from "../piece-source.ts";
import { PoolTurns } from "../pool-turns.ts";
import { type BodyEncoding, bodyEncoding, klinesPrice, rangePrice } from "../prices.ts";
import { RequestProblem } from "../problem.ts";
import { answerHeaders, notModified, ReadyAnswer } from "../respond.ts";
import type { Call } from "../route.ts";
import { MAX_ANSWERS_AT_ONCE, MAX_PAGE_KLINES, MAX_STREAM_KLINES } from "./bounds.ts";
import type { LongRanges, RangeAnswerPlan } from "./long-ranges.ts";
import { klinesAddress, nextHeader } from "./next-page.ts";
import type { RunJob } from "./past-blocks.ts";
import { pageJson, rangePage } from "./range-page.ts";
import { RangeStream } from "./range-stream.ts";

/** What answers beyond memory are made with. */
export interface RangeAnswersParts {
  readonly ranges: LongRanges;
  readonly turns: LoopTurns;
  readonly compressor: Compressor;
  /** The most klines of a series that memory holds. */
  readonly capacity: number;
  /** Answers of more klines are sent piece by piece. */
  readonly maxWhole: number;
  readonly inPieces: (source: PieceSource, headers: Headers, encoding: BodyEncoding, caller: Caller) => Answer;
}

/** Which klines are asked for. `series`: undefined where the symbol isn't followed, and only the past has it. */
export interface RangeAsked {
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly series: Series | undefined;
  readonly parameters: KlineParameters;
}

/** Who asks. */
export type RangeCall = Pick<Call, "request" | "caller" | "charge">;

/** Answers of one series that reach beyond memory. */
export class RangeAnswers {
  readonly #parts: RangeAnswersParts;
  readonly #places: PoolTurns = new PoolTurns(MAX_ANSWERS_AT_ONCE);

  constructor(parts: RangeAnswersParts) {
    this.#parts = parts;
  }

  /** Throws RequestProblem for more klines than one answer holds, or when the price of reading them isn't there. */
  async answer(asked: RangeAsked, call: RangeCall): Promise<Answer> {
    const encoding = bodyEncoding(call.request.headers, true);
    if (encoding !== "arrow") refuseTooLong(asked.parameters.limit, Math.max(this.#parts.capacity, MAX_PAGE_KLINES));
    return await this.#places.run(call.caller, () => this.#made(asked, call, encoding));
  }

  async #made(asked: RangeAsked, call: RangeCall, encoding: BodyEncoding): Promise<Answer> {
    const { symbol, interval, series, parameters } = asked;
    const { ranges, turns } = this.#parts;
    const { request, caller, charge } = call;
    request.signal.throwIfAborted();
    const plan = await ranges.plan(symbol, interval, series, parameters);
    const price = klinesPrice(parameters.limit, encoding);
    const charged = request.headers.has("if-none-match") || series === undefined ? 1 : Math.max(1, price);
    charge(Math.max(1, price) + rangePrice(plan), charged);
    const run: RunJob = (job) => turns.run(caller, job);
    return encoding === "arrow" ? this.#stream(plan, call, run) : await this.#page(plan, asked, call, run);
  }

  async #page(
    plan: RangeAnswerPlan,
    { parameters }: RangeAsked,
    { request, caller }: RangeCall,
    run: RunJob,
  ): Promise<Answer> {
    const { ranges, compressor, maxWhole, inPieces } = this.#parts;
    const page = await rangePage(plan, { ranges, parameters, signal: request.signal, run });
    const { bytes, etag } = await pageJson(plan, page, run);
    const headers = { ...VARY, "content-type": "application/json", ...nextHeader(page.next) };
    if (page.count <= maxWhole) {
      return await new ReadyAnswer(bytes, { etag, headers, isKept: false }).for(request.headers, caller, compressor);
    }
    const all = answerHeaders(etag, headers);
    return (
      notModified(request.headers, all) ?? inPieces(new BytePieces(bytes), all, bodyEncoding(request.headers), caller)
    );
  }

  /** A stream has no entity tag: what it will hold isn't known when it begins. */
  #stream(plan: RangeAnswerPlan, { caller }: RangeCall, run: RunJob): Answer {
    const { ranges, inPieces } = this.#parts;
    const { older } = plan;
    const next = older.isCut && older.range !== undefined ? afterStream(plan, older.range) : undefined;
    const headers = new Headers({ "cache-control": "no-store", ...VARY, ...nextHeader(next) });
    return inPieces(new RangeStream({ plan, ranges, run }), headers, "arrow", caller);
  }
}

/** The rest that the bounds of one answer cut off. */
function afterStream({ facts }: RangeAnswerPlan, { from, to }: { readonly from: number; readonly to: number }): string {
  const { symbol, interval, startTime, endTime, limit, closedOnly } = facts;
  const rest = startTime === undefined ? { startTime, endTime: from - 1 } : { startTime: to + 1, endTime };
  return klinesAddress(symbol, interval, { limit, closedOnly, ...rest });
}

function refuseTooLong(limit: number, most: number): void {
  if (limit <= most) return;
  throw new RequestProblem(
    "invalid_parameter",
    `limit is ${limit}: expected a whole number from 1 to ${most}, or up to ${MAX_STREAM_KLINES} with Accept: application/vnd.apache.arrow.stream`,
  );
}

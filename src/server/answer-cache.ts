import type { Series } from "../store/mod.ts";
import { type Answer, MAX_SMALL_BYTES } from "./answer.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { CacheMeters } from "./caches.ts";
import type { Caller } from "./caller.ts";
import { type Compressor, chooseEncoding, MIN_COMPRESSED_BYTES } from "./compression.ts";
import { type KlineBytes, writeRows } from "./kline-bytes.ts";
import type { KlineParameters } from "./parameters.ts";
import { answerHeaders, ReadyAnswer } from "./respond.ts";
import { RowCache } from "./row-cache.ts";
import { revisionOf, type SeriesTags } from "./series-tags.ts";

/** Klines are sent as JSON or as Arrow, so caches have to tell them apart. */
export const VARY: Readonly<Record<string, string>> = { vary: "accept, accept-encoding" };

/** What was asked so often while nothing moved in it is kept whole. */
const KEPT_FROM_ASKS = 3;

/** Ways to ask for one series that are remembered without a whole answer: a limit, bounds, closed klines only. */
const MAX_WAYS_PER_SERIES = 8;

/** One way to ask for a series, at one revision of it. */
interface Asked {
  readonly revision: number;
  readonly closedOnly: boolean;
  readonly etag: string;
  /** How often it was asked for. */
  times: number;
  /** The whole answer, once it is kept. */
  answer: ReadyAnswer | undefined;
}

/** Who asks, and what for. */
export interface KlinesAsked {
  readonly series: Series;
  readonly parameters: KlineParameters;
  readonly headers: Headers;
  readonly caller: Caller;
  readonly compressor: Compressor;
}

/**
 * Answers for one series' klines as bytes. Each is put together from rows that were encoded when they closed, in one buffer that is used
 * again and again. What is asked for again while nothing moves in it (the last 500 of the pair that all look at) is kept whole, and
 * sent without being copied.
 */
export class AnswerCache {
  readonly rows: RowCache;
  readonly #tags: SeriesTags;
  readonly #meter: CacheMeters["answers"];
  readonly #writer: ByteWriter = new ByteWriter();
  /** By series and shape; the series whose answers were made longest ago first. */
  readonly #asked: Map<Series, Map<string, Asked>> = new Map();
  /** Those of answers that aren't kept: what differs is set for each. */
  readonly #headers: Headers = answerHeaders("", { ...VARY, "content-type": "application/json" });

  constructor(tags: SeriesTags, meters: Pick<CacheMeters, "answers" | "rows">) {
    this.#tags = tags;
    this.#meter = meters.answers;
    this.rows = new RowCache(meters.rows);
  }

  /**
   * The answer of `GET /klines/{symbol}/{interval}`, whole. One that isn't a promise has to be sent at once: the next one may be written
   * into the same bytes.
   */
  klines({ series, parameters, headers, caller, compressor }: KlinesAsked): Answer | Promise<Answer> {
    const asked = this.#remembered(series, parameters);
    if (asked.answer !== undefined) return asked.answer.for(headers, caller, compressor);
    asked.times += 1;
    this.#writer.clear();
    this.write(series, parameters, this.rows.of(series), this.#writer);
    const bytes = this.#writer.written;
    const isOnce = asked.times < KEPT_FROM_ASKS && bytes.byteLength <= MAX_SMALL_BYTES && !mayCompress(headers, bytes);
    if (isOnce) {
      this.#headers.set("etag", asked.etag);
      return { status: 200, headers: this.#headers, body: bytes, bytes: bytes.byteLength };
    }
    const answer = new ReadyAnswer(bytes, {
      etag: asked.etag,
      headers: VARY,
      // What is dropped isn't counted any more, even if somebody still holds it and has it compressed.
      grew: (more) => {
        if (asked.answer === answer) this.#meter.change(more);
      },
    });
    asked.answer = answer;
    this.#meter.change(answer.size);
    this.#makeRoom(series, asked);
    return answer.for(headers, caller, compressor);
  }

  /** The tag of the answer that {@link klines} would give. */
  etag(series: Series, parameters: KlineParameters): string {
    return this.#remembered(series, parameters).etag;
  }

  /** Writes one series of an answer as it is now; `rows` are those that are encoded already, if any. */
  write(series: Series, parameters: KlineParameters, rows: KlineBytes | undefined, into: ByteWriter): void {
    const selection = series.select(parameters);
    const count = selection.end - selection.first;
    into.text(
      `{"symbol":${JSON.stringify(series.symbol)},"interval":"${series.interval}","count":${count},"complete":${selection.complete},"settled":${selection.settled},"klines":[`,
    );
    if (rows === undefined) writeRows(series, selection, into);
    else {
      rows.write(selection, into);
      this.rows.count(series, rows);
    }
    into.text("]}");
  }

  /** What is known of this way to ask at the series' present revision. */
  #remembered(series: Series, parameters: KlineParameters): Asked {
    const { shape, closedOnly } = parameters;
    const revision = revisionOf(series, closedOnly);
    const ofSeries = this.#asked.get(series);
    const before = ofSeries?.get(shape);
    if (before?.revision === revision) return before;
    const etag = this.#tags.of([series], parameters, "json");
    const asked: Asked = { revision, closedOnly, etag, times: 0, answer: undefined };
    const ways = ofSeries ?? new Map<string, Asked>();
    this.#asked.delete(series);
    this.#asked.set(series, ways);
    // All that moved is out of date.
    for (const [way, one] of ways) {
      if (one.revision !== revisionOf(series, one.closedOnly)) this.#drop(ways, way, one);
    }
    ways.set(shape, asked);
    if (ways.size > MAX_WAYS_PER_SERIES) this.#forgetOneWay(ways);
    return asked;
  }

  /** The oldest way to ask of which no whole answer is kept; those that are have a bound of their own. */
  #forgetOneWay(ways: Map<string, Asked>): void {
    for (const [way, { answer }] of ways) {
      if (answer !== undefined) continue;
      ways.delete(way);
      return;
    }
  }

  /** Makes room for an answer: the series whose answers were made longest ago goes first, and last the other answers of its own series. */
  #makeRoom(series: Series, kept: Asked): void {
    for (const [oldest, ways] of this.#asked) {
      if (!this.#meter.isOver || oldest === series) break;
      for (const { answer } of ways.values()) if (answer !== undefined) this.#meter.evict(answer.size);
      this.#asked.delete(oldest);
    }
    const ways = this.#asked.get(series) ?? new Map<string, Asked>();
    for (const [way, one] of ways) {
      if (!this.#meter.isOver || one === kept) break;
      if (one.answer !== undefined) this.#meter.evict(one.answer.size);
      ways.delete(way);
    }
  }

  #drop(ways: Map<string, Asked>, way: string, { answer }: Asked): void {
    if (answer !== undefined) this.#meter.change(-answer.size);
    ways.delete(way);
  }
}

/** Whether the answer may be sent compressed: then it is worth keeping, with the compressed form. */
function mayCompress(headers: Headers, bytes: Uint8Array): boolean {
  if (bytes.byteLength < MIN_COMPRESSED_BYTES) return false;
  const accept = headers.get("accept-encoding");
  return accept !== null && chooseEncoding(accept) !== undefined;
}

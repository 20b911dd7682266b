import type { KlineSelection, Series } from "../store/mod.ts";
import { type Answer, MAX_SMALL_BYTES } from "./answer.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { CacheMeters } from "./caches.ts";
import type { Caller } from "./caller.ts";
import { type Compressor, chooseEncoding, MIN_COMPRESSED_BYTES } from "./compression.ts";
import { BYTES_PER_ROW, type KlineBytes, writeRows } from "./kline-bytes.ts";
import { MAX_KLINE_BYTES } from "./kline-writer.ts";
import type { KlineParameters } from "./parameters.ts";
import { nextHeader, nextInMemory, tagWithNext } from "./past/next-page.ts";
import { answerHeaders, ReadyAnswer } from "./respond.ts";
import { RowCache } from "./row-cache.ts";
import { revisionOf, type SeriesTags } from "./series-tags.ts";

/** Klines are sent as JSON or as Arrow, so caches have to tell them apart. */
export const VARY: Readonly<Record<string, string>> = { vary: "accept, accept-encoding" };

const JSON_VARY: Readonly<Record<string, string>> = { ...VARY, "content-type": "application/json" };

/**
 * What was asked so often while nothing moved in it is kept whole. Putting an answer together costs little more than sending it; keeping each
 * that is asked for a few times leaves garbage that only a whole collection finds.
 */
export const KEPT_FROM_ASKS = 16;

/** The same for those who take it compressed, which costs much more. */
const KEPT_FROM_ASKS_COMPRESSED = 2;

/** Ways to ask for one series that are counted: a limit, bounds, closed klines only. The oldest is forgotten. */
const MAX_COUNTED_PER_SERIES = 8;

/** Ways whose whole answers are kept. The oldest goes. */
const MAX_KEPT_PER_SERIES = 64;

/** What a kept answer takes besides its bytes, as measured: objects, headers, a Blob. */
const KEPT_OBJECTS_BYTES = 5 * 1024;

/** One way to ask for a series, at one revision of it. */
interface Asked {
  readonly revision: number;
  readonly closedOnly: boolean;
  readonly etag: string;
  /** Of an answer that is sent plain. Shared by all of them: what differs by request is set when one is sent. */
  readonly headers: Headers;
  /** The address of the rest, where the limit cut the answer off. */
  readonly next: string | undefined;
  /** How often it was asked for. */
  times: number;
}

/** One whose whole answer is kept. */
interface Kept extends Asked {
  readonly answer: ReadyAnswer;
}

/** The ways to ask for one series, by shape; the oldest first. */
interface Ways {
  readonly counted: Map<string, Asked>;
  readonly kept: Map<string, Kept>;
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
 * Answers for one series' klines as bytes. Each is put together from rows that were encoded when they closed. What is asked for again and
 * again while nothing moves in it (the last 500 of the pair that all look at) is kept whole, and sent without being copied.
 */
export class AnswerCache {
  readonly rows: RowCache;
  readonly #tags: SeriesTags;
  readonly #meter: CacheMeters["answers"];
  /** Small answers that aren't kept are put together here, one after another: see {@link WholeAnswer.isLent}. */
  readonly #scratch: ByteWriter = new ByteWriter(2 * MAX_SMALL_BYTES);
  /** The series that was asked for in a new way longest ago first. */
  readonly #ways: Map<Series, Ways> = new Map();

  constructor(tags: SeriesTags, meters: Pick<CacheMeters, "answers" | "rows">) {
    this.#tags = tags;
    this.#meter = meters.answers;
    this.rows = new RowCache(meters.rows);
  }

  /** The answer of `GET /klines/{symbol}/{interval}`, whole. */
  klines({ series, parameters, headers, caller, compressor }: KlinesAsked): Answer | Promise<Answer> {
    const asked = this.#askedOf(series, parameters);
    if (isKept(asked)) return asked.answer.for(headers, caller, compressor);
    asked.times += 1;
    const selection = series.select(parameters);
    const room = BYTES_PER_ROW * (selection.end - selection.first) + MAX_KLINE_BYTES;
    const isSmall = room <= MAX_SMALL_BYTES;
    const writer = isSmall ? this.#scratch : new ByteWriter(room);
    writer.clear();
    this.write(series, selection, this.rows.of(series, selection), writer, asked.next);
    const { written } = writer;
    const own = (): Uint8Array<ArrayBuffer> => (isSmall ? written.slice() : written);
    const isCompressed = mayCompress(headers, written);
    if (asked.times >= (isCompressed ? KEPT_FROM_ASKS_COMPRESSED : KEPT_FROM_ASKS)) {
      return this.#keep(series, parameters.shape, asked, own()).for(headers, caller, compressor);
    }
    if (isCompressed) {
      const { etag, next } = asked;
      return new ReadyAnswer(own(), { etag, headers: { ...VARY, ...nextHeader(next) }, isKept: false }).for(
        headers,
        caller,
        compressor,
      );
    }
    const bytes = written.byteLength;
    // The pipeline takes a larger array for one that is sent piece by piece.
    const body = bytes <= MAX_SMALL_BYTES ? written : new Blob([written]);
    return { status: 200, headers: asked.headers, body, bytes, isLent: isSmall };
  }

  /** The tag of the answer that {@link klines} would give. */
  etag(series: Series, parameters: KlineParameters): string {
    return this.#askedOf(series, parameters).etag;
  }

  /** Writes what was just selected of one series, as a part of an answer; `rows` are those that are encoded already, if any. `next`: the address of the rest. */
  write(
    series: Series,
    selection: KlineSelection,
    rows: KlineBytes | undefined,
    into: ByteWriter,
    next?: string | undefined,
  ): void {
    const count = selection.end - selection.first;
    into.text(
      `{"symbol":${JSON.stringify(series.symbol)},"interval":"${series.interval}","count":${count},"complete":${selection.complete},"settled":${selection.settled},"klines":[`,
    );
    if (rows === undefined) writeRows(series, selection, into);
    else {
      rows.write(selection, into);
      this.rows.count(series, rows);
    }
    into.text(next === undefined ? "]}" : `],"next":${JSON.stringify(next)}}`);
  }

  /** What is known of this way to ask at the series' present revision. */
  #askedOf(series: Series, parameters: KlineParameters): Asked | Kept {
    const { shape, closedOnly } = parameters;
    const revision = revisionOf(series, closedOnly);
    const before = this.#ways.get(series);
    const known = before?.kept.get(shape) ?? before?.counted.get(shape);
    if (known?.revision === revision) return known;
    const next = nextInMemory(series, parameters);
    const etag = tagWithNext(this.#tags.of([series], parameters, "json"), next);
    const headers = answerHeaders(etag, { ...JSON_VARY, ...nextHeader(next) });
    const asked: Asked = { revision, closedOnly, etag, headers, next, times: 0 };
    const ways = before ?? { counted: new Map(), kept: new Map() };
    this.#ways.delete(series);
    this.#ways.set(series, ways);
    for (const [one, { revision: then, closedOnly, answer }] of ways.kept) {
      if (then === revisionOf(series, closedOnly)) continue;
      this.#meter.change(-bytesOf(answer));
      ways.kept.delete(one);
    }
    ways.counted.delete(shape);
    ways.counted.set(shape, asked);
    const [oldest] = ways.counted.keys();
    if (ways.counted.size > MAX_COUNTED_PER_SERIES && oldest !== undefined) ways.counted.delete(oldest);
    return asked;
  }

  #keep(series: Series, shape: string, asked: Asked, bytes: Uint8Array<ArrayBuffer>): ReadyAnswer {
    const ways = this.#ways.get(series) as Ways;
    const answer: ReadyAnswer = new ReadyAnswer(bytes, {
      etag: asked.etag,
      headers: { ...VARY, ...nextHeader(asked.next) },
      // What is dropped isn't counted any more, even if somebody still holds it and has it compressed.
      grew: (more) => {
        if (this.#ways.get(series)?.kept.get(shape)?.answer === answer) this.#meter.change(more);
      },
    });
    ways.counted.delete(shape);
    ways.kept.set(shape, { ...asked, answer });
    this.#meter.change(bytesOf(answer));
    this.#makeRoom(series, shape);
    return answer;
  }

  /** The answers of the series that was asked for in a new way longest ago go first, and last those of the series at hand, but for the newest. */
  #makeRoom(series: Series, shape: string): void {
    for (const [oldest, { kept }] of this.#ways) {
      if (!this.#meter.isOver || oldest === series) break;
      for (const { answer } of kept.values()) this.#meter.evict(bytesOf(answer));
      this.#ways.delete(oldest);
    }
    const kept = this.#ways.get(series)?.kept ?? new Map<string, Kept>();
    for (const [oldest, { answer }] of kept) {
      const isFull = this.#meter.isOver || kept.size > MAX_KEPT_PER_SERIES;
      if (!isFull || oldest === shape) break;
      this.#meter.evict(bytesOf(answer));
      kept.delete(oldest);
    }
  }
}

function bytesOf({ size }: ReadyAnswer): number {
  return size + KEPT_OBJECTS_BYTES;
}

function isKept(asked: Asked | Kept): asked is Kept {
  return "answer" in asked;
}

/** Whether the answer will be sent compressed. */
function mayCompress(headers: Headers, bytes: Uint8Array): boolean {
  if (bytes.byteLength < MIN_COMPRESSED_BYTES) return false;
  const accept = headers.get("accept-encoding");
  return accept !== null && chooseEncoding(accept) !== undefined;
}

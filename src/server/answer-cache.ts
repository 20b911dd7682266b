import type { Series } from "../store/mod.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { CacheMeters } from "./caches.ts";
import { type KlineBytes, writeRows } from "./kline-bytes.ts";
import type { KlineParameters } from "./parameters.ts";
import { ReadyAnswer } from "./respond.ts";
import { RowCache } from "./row-cache.ts";
import { revisionOf, type SeriesTags } from "./series-tags.ts";

/** An answer that is kept. */
interface KeptAnswer {
  readonly answer: ReadyAnswer;
  readonly closedOnly: boolean;
}

/**
 * Answers for one series' klines as bytes, kept until something moves that they show. What callers ask again and again (the
 * last 100, the last 500) is sent as it is; everything else is put together from rows that were encoded when they closed.
 */
export class AnswerCache {
  readonly rows: RowCache;
  readonly #tags: SeriesTags;
  readonly #meter: CacheMeters["answers"];
  readonly #writer: ByteWriter = new ByteWriter();
  /** The series whose answers were made longest ago first. */
  readonly #answers: Map<Series, Map<string, KeptAnswer>> = new Map();

  constructor(tags: SeriesTags, meters: Pick<CacheMeters, "answers" | "rows">) {
    this.#tags = tags;
    this.#meter = meters.answers;
    this.rows = new RowCache(meters.rows);
  }

  /** The answer of `GET /klines/{symbol}/{interval}`, whole. */
  klines(series: Series, parameters: KlineParameters): ReadyAnswer {
    const { shape, closedOnly } = parameters;
    const version = revisionOf(series, closedOnly);
    const kept = this.kept(series, parameters);
    if (kept !== undefined) return kept;
    this.#writer.clear();
    this.write(series, parameters, this.rows.of(series), this.#writer);
    const answer = new ReadyAnswer(this.#writer.written.slice(), {
      version,
      etag: this.#tags.of([series], parameters, "json"),
      headers: { vary: "accept, accept-encoding" },
      // What is dropped isn't counted any more, even if somebody still holds it and has it compressed.
      grew: (more) => {
        if (this.#answers.get(series)?.get(shape)?.answer === answer) this.#meter.change(more);
      },
    });
    this.#store(series, shape, { answer, closedOnly });
    return answer;
  }

  /** The answer that {@link klines} gives, if it needn't be made. */
  kept(series: Series, { shape, closedOnly }: KlineParameters): ReadyAnswer | undefined {
    const kept = this.#answers.get(series)?.get(shape)?.answer;
    return kept?.version === revisionOf(series, closedOnly) ? kept : undefined;
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

  #store(series: Series, key: string, kept: KeptAnswer): void {
    const ofSeries = this.#answers.get(series) ?? new Map<string, KeptAnswer>();
    for (const [shape, { answer, closedOnly }] of ofSeries) {
      if (answer.version === revisionOf(series, closedOnly)) continue;
      this.#meter.change(-answer.size);
      ofSeries.delete(shape);
    }
    this.#answers.delete(series);
    this.#answers.set(series, ofSeries);
    ofSeries.set(key, kept);
    this.#meter.change(kept.answer.size);
    for (const [oldest, answers] of this.#answers) {
      if (!this.#meter.isOver || oldest === series) break;
      for (const { answer } of answers.values()) this.#meter.evict(answer.size);
      this.#answers.delete(oldest);
    }
    // A series that doesn't move can be asked in any number of ways: then its own oldest answers go.
    for (const [oldest, { answer }] of ofSeries) {
      if (!this.#meter.isOver || oldest === key) break;
      this.#meter.evict(answer.size);
      ofSeries.delete(oldest);
    }
  }
}

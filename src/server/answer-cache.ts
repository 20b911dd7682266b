import type { Series } from "../store/mod.ts";
import { KlineBytes } from "./kline-bytes.ts";
import type { KlineParameters } from "./parameters.ts";
import { ReadyAnswer } from "./respond.ts";

/** Whole answers that are kept, in bytes, over all series; past it the oldest go. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Encoded rows that are kept, in bytes, over all series; past it all go, and come back as they are asked for. */
const MAX_ROW_BYTES = 192 * 1024 * 1024;

/**
 * Answers for one series' klines as bytes, kept until the series' version moves. What callers ask again and again (the
 * last 100, the last 500) is sent as it is; everything else is put together from rows that were encoded when they closed.
 */
export class AnswerCache {
  readonly #boot: string;
  readonly #rows: Map<Series, KlineBytes> = new Map();
  readonly #sizes: Map<Series, number> = new Map();
  readonly #answers: Map<Series, Map<string, ReadyAnswer>> = new Map();
  #answerBytes = 0;
  #rowBytes = 0;

  /** `boot` tells this run's entity tags from those of an earlier one, whose versions began at 0 as well. */
  constructor(boot: string) {
    this.#boot = boot;
  }

  /** The answer of `GET /klines/{symbol}/{interval}`. */
  klines(series: Series, parameters: KlineParameters): ReadyAnswer {
    const { shape } = parameters;
    const kept = this.#answers.get(series)?.get(shape);
    if (kept !== undefined && kept.version === series.version) return kept;
    const bytes = this.seriesBytes(series, parameters);
    const answer = new ReadyAnswer(series.version, `W/"${this.#boot}.${series.version}"`, bytes);
    this.#store(series, shape, answer);
    return answer;
  }

  /** One series of an answer as JSON, not kept. */
  seriesBytes(series: Series, parameters: KlineParameters): Uint8Array {
    const selection = series.select(parameters);
    const count = selection.end - selection.first;
    const head = `{"symbol":${JSON.stringify(series.symbol)},"interval":"${series.interval}","count":${count},"complete":${selection.complete},"settled":${selection.settled},"klines":[`;
    const rows = this.scan(series);
    const bytes = rows.answer(head, selection, "]}");
    this.count(series, rows);
    return bytes;
  }

  /** The encoded rows of a series. Whoever has used them calls {@link count}. */
  scan(series: Series): KlineBytes {
    let rows = this.#rows.get(series);
    if (rows === undefined) {
      rows = new KlineBytes(series);
      this.#rows.set(series, rows);
    }
    return rows;
  }

  /** Counts rows that may have grown, and makes room. */
  count(series: Series, rows: KlineBytes): void {
    if (this.#rows.get(series) !== rows) return;
    this.#rowBytes += rows.size - (this.#sizes.get(series) ?? 0);
    this.#sizes.set(series, rows.size);
    if (this.#rowBytes <= MAX_ROW_BYTES) return;
    this.#rows.clear();
    this.#sizes.clear();
    this.#rowBytes = 0;
  }

  #store(series: Series, key: string, answer: ReadyAnswer): void {
    let ofSeries = this.#answers.get(series);
    const newest = ofSeries?.values().next().value;
    if (ofSeries === undefined || newest?.version !== answer.version) {
      for (const stale of ofSeries?.values() ?? []) this.#answerBytes -= stale.size;
      ofSeries = new Map();
      this.#answers.delete(series);
      this.#answers.set(series, ofSeries);
    }
    ofSeries.set(key, answer);
    this.#answerBytes += answer.size;
    for (const [oldest, answers] of this.#answers) {
      if (this.#answerBytes <= MAX_ANSWER_BYTES || oldest === series) break;
      for (const stale of answers.values()) this.#answerBytes -= stale.size;
      this.#answers.delete(oldest);
    }
    // A series that doesn't move can be asked in any number of ways: then its own oldest answers go.
    for (const [oldest, stale] of ofSeries) {
      if (this.#answerBytes <= MAX_ANSWER_BYTES || oldest === key) break;
      this.#answerBytes -= stale.size;
      ofSeries.delete(oldest);
    }
  }

  /** Bytes of whole answers that are held, about. */
  get answerBytes(): number {
    return this.#answerBytes;
  }
}

import { headers } from "@nats-io/transport-node";
import {
  type Clock,
  type Kline,
  type MarketId,
  millis,
  type StopSignal,
  type Stopwatch,
  type UnixMs,
} from "../../core/mod.ts";
import { type MarketStore, readKlines, type Series } from "../../store/mod.ts";
import { klineText, SOURCE_HEADER } from "../../wire/mod.ts";
import { type FinalMessage, type FinalsCounts, FinalsQueue, openTimeOfId } from "./finals-queue.ts";
import type { NatsLink } from "./link.ts";
import { LiveBatch } from "./live-batch.ts";
import { DUPLICATES_MINUTES } from "./streams.ts";
import { finalId, finalSubject, liveSubject, restatedId } from "./subjects.ts";

/** Open states and tickers wait so long for others to travel with, in milliseconds. */
const BATCH_MS = 20;

/**
 * A final state of so long ago isn't published: JetStream may not remember any more whether another node has published it, in milliseconds of
 * market time. Nodes that lack it ask for it by HTTP.
 */
const NEWS_MS = DUPLICATES_MINUTES * 60_000;

/** What a publisher is made of. */
export interface PublisherParts {
  readonly store: MarketStore;
  readonly link: NatsLink;
  /** This node's name. */
  readonly node: string;
  /** Where its data comes from. */
  readonly source: () => string;
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  /** A final state was given up: from this minute on the stream may lack some. */
  dropped(openTime: UnixMs): void;
}

/** Publishes what a store takes in: final states and restatements to the market's stream, open states and tickers as they are. */
export class Publisher {
  readonly market: MarketId;
  readonly #parts: PublisherParts;
  readonly #finals: FinalsQueue;
  readonly #batch: LiveBatch;
  readonly #subject: string;

  constructor(parts: PublisherParts) {
    const { store, link, node, clock, stopwatch, dropped } = parts;
    this.#parts = parts;
    this.market = store.market;
    this.#batch = new LiveBatch(store.market);
    this.#finals = new FinalsQueue({
      ...{ link, market: store.market, clock, stopwatch },
      // A restatement that is given up is found by the audit of those who lack it.
      dropped: ({ id }) => dropped((openTimeOfId(id) ?? store.marketTime) as UnixMs),
    });
    this.#subject = liveSubject(store.market, node);
    store.listen({
      kline: (series, kline) => this.#kline(series, kline),
      restated: (series, kline) => this.#restated(series, kline),
      ticker: (ticker) => this.#batch.ticker(ticker),
    });
  }

  get counts(): Readonly<FinalsCounts> {
    return this.#finals.counts;
  }

  /** Final states that aren't acknowledged yet. */
  get waiting(): number {
    return this.#finals.waiting;
  }

  /** How many final states the store has. */
  get held(): number {
    const { store } = this.#parts;
    return store.symbols().reduce((sum, { symbol }) => sum + (store.series(symbol, "1m")?.ring.length ?? 0), 0);
  }

  /** Publishes until the signal is aborted. */
  async run(signal: StopSignal): Promise<void> {
    await Promise.all([this.#finals.run(signal), this.#flush(signal)]);
  }

  /**
   * Publishes what the store has of final states from a minute on, oldest first. Returns how many. Those that the stream has already are
   * stored once, as long as it remembers their ids.
   */
  async fill(from: UnixMs, signal: StopSignal): Promise<number> {
    const { store } = this.#parts;
    const cursors = store.symbols().flatMap(({ symbol }) => {
      const series = store.series(symbol, "1m");
      return series?.first === undefined ? [] : [{ series, next: Math.max(series.first, from) as UnixMs }];
    });
    let count = 0;
    for (;;) {
      const open = cursors.filter(({ series, next }) => next <= (series.last ?? Number.NEGATIVE_INFINITY));
      if (open.length === 0 || signal.aborted) return count;
      const time = open.reduce((least, { next }) => Math.min(least, next), Number.POSITIVE_INFINITY) as UnixMs;
      await this.#finals.hasRoom(signal);
      for (const cursor of open) {
        if (cursor.next !== time) continue;
        cursor.next = (time + 60_000) as UnixMs;
        const kline = closedAt(cursor.series, time);
        if (kline === undefined) continue;
        this.#finals.put({ ...this.#messageOf(cursor.series, kline), isFilling: true });
        count += 1;
      }
    }
  }

  #kline(series: Series, kline: Readonly<Kline>): void {
    const { symbol, interval } = series;
    if (interval !== "1m" && interval !== "1s") return;
    const { marketTime } = this.#parts.store;
    if (interval === "1m" && kline.closed) {
      this.#batch.forget(symbol, interval, kline.openTime);
      if (marketTime - kline.closeTime < NEWS_MS) this.#finals.put(this.#messageOf(series, kline));
    } else this.#batch.kline(symbol, interval, kline, marketTime);
  }

  #restated(series: Series, kline: Readonly<Kline>): void {
    if (series.interval !== "1m") return;
    this.#finals.put({ ...this.#messageOf(series, kline, true), id: restatedId(this.market, series.symbol, kline) });
  }

  #messageOf({ symbol }: Series, kline: Readonly<Kline>, isRestated = false): FinalMessage {
    const { store, source } = this.#parts;
    return {
      source: source(),
      subject: finalSubject(this.market, symbol),
      id: finalId(this.market, symbol, kline.openTime),
      text: klineText(`kline:${symbol}:1m`, kline, isRestated, store.marketTime),
    };
  }

  async #flush(signal: StopSignal): Promise<void> {
    const { clock, link, source } = this.#parts;
    while (!signal.aborted) {
      await clock.sleep(millis(BATCH_MS), signal).catch(() => {});
      // A node that was cut off asks for the newest states by HTTP: nothing is kept for later.
      if (link.access === undefined) this.#batch.clear();
      const messages = this.#batch.take();
      if (messages.length === 0) continue;
      const labels = headers();
      labels.set(SOURCE_HEADER, source());
      for (const message of messages) link.access?.connection.publish(this.#subject, message, { headers: labels });
    }
  }
}

function closedAt(series: Series, openTime: UnixMs): Kline | undefined {
  return readKlines(series, series.select({ limit: 1, startTime: openTime, endTime: openTime, closedOnly: true }))[0];
}

import {
  type ExchangePast,
  exchangeSourceOf,
  type Feed,
  type FeedFigures,
  type FeedState,
  type FeedStatus,
  type HistoryEvent,
  type MarketEvent,
  type MarketGaps,
  type MarketId,
  type MarketSink,
  type MarketSource,
  Refusals,
  reasonOf,
  type UnixMs,
} from "../../core/mod.ts";
import type { MarketFacts, Realness } from "../exchange.ts";
import { Asker } from "./asking/asker.ts";
import { ExchangeError } from "./asking/exchange-error.ts";
import { ExchangeHistory } from "./asking/exchange-history.ts";
import { type HistoryAsker, SharedHistory } from "./asking/shared-history.ts";
import { sourceInterval } from "./asking/source-interval.ts";
import { Audit } from "./audit.ts";
import { CloseWatchdog } from "./close-watchdog.ts";
import { DeadAir } from "./dead-air.ts";
import { Doubts } from "./doubts.ts";
import { Evidence } from "./evidence.ts";
import { AUDIT_EVERY_MS, type LiveFeedOptions, STALE_AFTER_MS } from "./feed-options.ts";
import { Following } from "./following.ts";
import { Heard } from "./heard.ts";
import { Lags } from "./lag.ts";
import type { Session } from "./line/session.ts";
import { StreamPool } from "./line/stream-pool.ts";
import { MarketTime } from "./market-time.ts";
import { FrameReader } from "./reading/frame-reader.ts";
import { Repair } from "./repair.ts";
import { WarmUpProgress } from "./warm-up.ts";

/**
 * An exchange's market, live: one 1m kline stream per symbol (and one of 1s where asked for), and tickers.
 * Streams are connected before history is asked for, so nothing falls between the two. Whatever may have swallowed
 * something puts the series in doubt until REST was asked. Market time is the exchange's event time, never the local clock.
 */
export class LiveFeed implements Feed {
  /** The exchange's history, for readers who want more than is kept here. */
  readonly past: ExchangePast;
  readonly #options: LiveFeedOptions;
  readonly #rest: Asker;
  readonly #pool: StreamPool;
  readonly #repair: Repair;
  readonly #audit: Audit;
  readonly #watchdog: CloseWatchdog;
  readonly #reader: FrameReader;
  readonly #refusals: Refusals;
  readonly #time: MarketTime;
  readonly #evidence: Evidence;
  readonly #deadAir: DeadAir;
  readonly #lags: Lags = new Lags();
  readonly #following: Following;
  readonly #heard: Heard;
  readonly #doubts: Doubts;
  readonly #warmUp: WarmUpProgress;
  readonly #up: Set<Session> = new Set();
  #sink: MarketSink = () => {};
  #ended = false;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
    const { exchange, clock, stopwatch, random, log } = options;
    const { streams, facts } = exchange;
    const gaps = gapsThatCanBeAsked(options.gaps, facts);
    this.#refusals = new Refusals(({ border, reason, first }) =>
      log.warn(`${border}: refused (${reason}), the first of its kind: ${first}`),
    );
    this.#rest = new Asker({
      exchange,
      baseUrl: options.restUrl,
      clock,
      stopwatch,
      random,
      fetch: options.fetch,
      proxy: options.proxies?.rest,
      weightShare: options.weightShare,
      bans: options.bans,
      refusals: this.#refusals,
    });
    const staleAfterMs = options.staleAfterMs ?? STALE_AFTER_MS;
    this.#evidence = new Evidence(clock, stopwatch, staleAfterMs);
    this.#time = new MarketTime(
      clock,
      stopwatch,
      {
        claimed: () => this.#deadAir.askSoon(),
        sure: () => this.#doubts.sure(),
        turnedBack: (before) => {
          this.#watchdog.turnedBack();
          this.#doubts.turnedBack(before);
        },
        // The clock of a recording or a simulation is meant to differ.
        warn: (message) => (this.#rest.realness === "live" ? log.warn(message) : log.info(message)),
        runsFast: (times) =>
          log.warn(
            `the exchange's clock runs about ${times} times as fast as this machine's, so frames may be refused as too far ahead: for a stand-in that plays faster, set --exchange-speed ${times}`,
          ),
      },
      options.marketSpeed,
    );
    const sink = (event: MarketEvent): void => this.#heard.event(event);
    const marketTime = (): UnixMs => this.#time.now;
    const wake = (names: readonly string[]): void => this.#pool.wake(names);
    this.#following = new Following({
      rest: this.#rest,
      selection: options.selection,
      quote: options.quote,
      remembered: options.remembered ?? (() => []),
      streams,
      withSeconds: gaps.intervals.includes("1s"),
      clock,
      stopwatch,
      random,
      keepDelistedMs: options.keepDelistedMs,
      onWarm: () => this.#warmUp.moved(),
      marketTime,
      learnTime: (serverTime, askedAt) => this.#time.learn(serverTime, askedAt),
      follows: (symbols, fresh) => {
        this.#sink({ type: "symbols", symbols });
        this.#pool.want([...streams.marketWide, ...fresh.flatMap((followed) => followed.streams)]);
      },
      unwanted: (followed) => {
        this.#pool.forget(followed.streams);
        this.#repair.forget(followed.symbol);
      },
      note: (message) => log.info(message),
      warn: (message) => log.warn(message),
    });
    this.#reader = new FrameReader(exchange, this.#following.names, sink, {
      goesDown: () => this.#replaceReading(),
      refusesStreams: () => this.#heard.reading?.end("the exchange didn't begin its streams"),
      refusals: this.#refusals,
      believes: (eventTime, symbol, frame) => this.#time.believes(eventTime, symbol, frame),
      nothingNew: (symbol, updatedAt) => this.#heard.nothingNew(symbol, updatedAt),
      unknown: () => this.#rest.unknown,
      restated: (event) => this.#restated(event),
      snapshotLost: (symbol) => {
        const stream = this.#following.get(symbol)?.tickerStream;
        if (stream !== undefined) wake([stream]);
      },
    });
    this.#pool = new StreamPool({
      protocol: streams,
      wsUrl: options.wsUrl,
      clock,
      stopwatch,
      random,
      open: options.openSocket,
      limits: options.pool,
      handlers: {
        text: (session, frame) => this.#heard.from(session, () => this.#reader.read(frame, session)),
        up: (session) => this.#cameUp(session),
        down: (session, reason, lost) => this.#wentDown(session, reason, lost),
        isLively: (stream) => this.#heard.isLively(stream),
        isAllSilent: () => this.#evidence.isSilent,
        note: (message) => log.warn(message),
      },
      proxy: options.proxies?.streams,
    });
    const history = this.#history();
    this.past = new ExchangeHistory(history, () => (this.#time.isSure ? this.#time.now : undefined));
    this.#repair = new Repair({
      rest: history,
      gaps,
      sink,
      marketTime,
      cuts: (symbol) => this.#following.get(symbol)?.cuts ?? 0,
      corrections: (symbol) => this.#following.get(symbol)?.corrections ?? 0,
      wants: (symbol) =>
        this.#following.get(symbol)?.delistedAt === undefined && this.#following.get(symbol) !== undefined,
      done: (symbol) => this.#following.warmed(symbol),
      failed: (symbol, reason) => log.warn(`${symbol}: history not whole yet, asked again: ${reason}`),
      excuse: (symbol) => this.#following.excuse(symbol),
      unknown: (symbol) => this.#following.readAgainSoon(symbol),
      clock,
      random,
    });
    this.#warmUp = new WarmUpProgress({
      following: this.#following,
      repair: this.#repair,
      rest: this.#rest,
      stopwatch,
      onProgress: options.onWarmUp,
    });
    this.#rest.governor.onWait = (waitMs) => this.#warmUp.waits(waitMs);
    this.#audit = new Audit({
      rest: history,
      gaps,
      sink,
      clock,
      random,
      everyMs: options.auditEveryMs ?? AUDIT_EVERY_MS,
      followed: () => this.#following.all(),
      corrections: (symbol) => this.#following.get(symbol)?.corrections ?? 0,
      marketTime,
      failed: (cause) => {
        if (cause instanceof ExchangeError && cause.isUnknownSymbol) this.#following.readAgainSoon();
        else log.warn(`audit: ${reasonOf(cause)}`);
      },
    });
    this.#watchdog = new CloseWatchdog({
      finalWithinMs: facts.finalWithinMs,
      followed: () => this.#following.all(),
      isQuiet: () => this.#deadAir.isQuiet,
      late: (followed, from, isHeard) => this.#doubts.late(followed, from, isHeard),
      idle: (followed) => this.#doubts.idle(followed),
      wake,
    });
    this.#doubts = new Doubts({
      following: this.#following,
      gaps,
      rest: this.#rest,
      time: this.#time,
      sink,
      repair: (symbol, lane) => this.#repair.want(symbol, lane),
      askTimeSoon: () => this.#deadAir.askSoon(),
      carried: () => [...this.#up].map(({ streams }) => streams),
      warn: (message) => log.warn(message),
    });
    this.#heard = new Heard({
      following: this.#following,
      marketWide: streams.marketWide,
      evidence: this.#evidence,
      lags: this.#lags,
      stopwatch,
      sink: (event) => this.#sink(event),
      marketTime,
      spoke: (session, stream) => this.#pool.heard(session, stream),
      wake,
      nextCandle: (followed) => this.#doubts.nextCandle(followed),
      moved: () => this.#moved(this.#time.now),
    });
    this.#deadAir = new DeadAir({
      clock,
      stopwatch,
      rest: this.#rest,
      time: this.#time,
      evidence: this.#evidence,
      staleAfterMs,
      followed: () => this.#following.all(),
      moved: (marketTime) => this.#moved(marketTime),
      wake,
      warn: (message) => log.warn(message),
    });
  }

  status(): FeedStatus {
    return {
      state: this.#state(),
      source: sourceOf(this.#options.exchange.id, this.#rest.realness),
      standIn: this.#rest.standIn,
      connections: this.#up.size,
      troubles: this.#repair.troubles,
      lastEventAt: this.#evidence.lastEventAt,
      silentForMs: this.#evidence.silentForMs,
      marketTime: this.#time.isSure ? this.#time.now : undefined,
      marketLagMs: this.#time.lagMs,
      clockOffsetMs: this.#time.clockOffsetMs,
      silences: this.#deadAir.reasons,
      warmUp: this.#warmUp.now,
    };
  }

  figures(): FeedFigures {
    const { governor } = this.#rest;
    const { connected, lost, rotations, silentConnections, resubscribed, moved } = this.#pool.counts;
    return {
      frames: this.#reader.counts,
      refusals: this.#refusals.all(),
      refusedEntries: this.#following.refusedEntries,
      closeLags: this.#lags.all,
      closeLagMs: { p50: this.#lags.quantile(0.5), p99: this.#lags.quantile(0.99) },
      closesAsked: this.#doubts.closesAsked,
      connections: { connected, lost, rotations, silent: silentConnections },
      streams: { resubscribed, moved },
      repairs: { ...this.#repair.counts, pending: this.#repair.pending },
      audit: { klines: this.#audit.klines, rounds: this.#audit.rounds },
      weight: {
        spent: governor.spent,
        used: governor.used,
        limit: governor.most,
        stops: governor.stops,
        stoppedUntil: governor.stoppedUntil,
        pausedUntil: governor.pausedUntil,
      },
    };
  }

  async run(sink: MarketSink, signal: AbortSignal): Promise<void> {
    this.#sink = sink;
    this.#doubts.until(signal);
    const tickers = await this.#following.begin(signal);
    if (tickers === undefined) return;
    for (const ticker of tickers) sink({ type: "ticker", ticker });
    const parts = [this.#pool, this.#repair, this.#audit, this.#following, this.#deadAir];
    await Promise.all(parts.map((part) => part.run(signal)));
    this.#ended = true;
  }

  /** Asks for all that the memory lacks, because it was emptied. */
  askForAll(): void {
    for (const { symbol } of this.#following.all()) this.#repair.want(symbol, "repair");
  }

  /** Where klines are asked for. */
  #history(): HistoryAsker {
    const { sharing, clock, stopwatch, random } = this.#options;
    if (sharing === undefined) return this.#rest;
    const { exchange, url: baseUrl, fetch } = sharing;
    const peers = new Asker({ exchange, baseUrl, clock, stopwatch, random, fetch, refusals: this.#refusals });
    return new SharedHistory({
      ...{ exchange: this.#rest, peers, clock },
      spends: () => sharing.spends(),
      hasPeers: () => sharing.hasPeers(),
    });
  }

  #state(): FeedState {
    if (this.#ended) return "ended";
    if (this.#up.size === 0) return this.#evidence.wasConnected ? "disconnected" : "connecting";
    if (this.#deadAir.isDead) return "silent";
    if (!this.#following.wasWarm || this.#evidence.lastEventAt === undefined) return "warming";
    return this.#pool.carriesAll ? "live" : "disconnected";
  }

  #cameUp(session: Session): void {
    this.#up.add(session);
    this.#evidence.connected();
    this.#sink({ type: "connected", connection: session.name });
    this.#options.log.info(`${session.name}: connected, ${session.streams.size} streams`);
    void this.#doubts.lookAfter([...session.streams]);
  }

  #wentDown(session: Session, reason: string, lost: readonly string[]): void {
    this.#up.delete(session);
    this.#sink({ type: "disconnected", connection: session.name, reason });
    if (lost.length > 0) this.#options.log.warn(`${session.name}: ${reason}; connecting again`);
    this.#doubts.lost(lost, reason);
    // Where another connection carries the streams already, none will come up and ask.
    if (lost.length > 0 && this.#pool.carriesAll) void this.#doubts.lookAfter(lost);
  }

  /**
   * The exchange says by itself what a closed candle is like now. That is an answer about this candle; the longer and shorter ones of the
   * same time are asked for. A candle in doubt is asked for, too, with all that is in doubt around it.
   */
  #restated(event: HistoryEvent): void {
    const { symbol, interval, from } = event;
    const { gaps } = this.#options;
    const followed = this.#following.get(symbol);
    const held = gaps.span(symbol, interval);
    if (followed === undefined || held === undefined || from < held.from) return;
    followed.corrections += 1;
    const isInDoubt = gaps.missing(symbol, interval, this.#time.now).some((one) => one.from <= from && from <= one.to);
    if (!isInDoubt) this.#heard.event(event);
    this.#repair.want(symbol, "repair");
  }

  /** The exchange shuts down the connection whose frame is being read. */
  #replaceReading(): void {
    const session = this.#heard.reading;
    if (session === undefined) return;
    this.#options.log.info(`${session.name}: the exchange shuts it down; moving its streams`);
    this.#pool.replace(session);
  }

  /** It is this late by the market's clock, or by our stopwatch while that one stands still. */
  #moved(time: UnixMs): void {
    this.#watchdog.moved(time);
    this.#doubts.moved();
  }
}

/** What data is called by where it comes from. */
function sourceOf(market: MarketId, realness: Realness): MarketSource {
  return realness === "live" ? exchangeSourceOf(market) : realness;
}

/** What the memory lacks, of the intervals that the exchange's history has or that are folded from these. */
function gapsThatCanBeAsked(gaps: MarketGaps, { history }: MarketFacts): MarketGaps {
  return {
    intervals: gaps.intervals.filter((interval) => sourceInterval(interval, history) !== undefined),
    missing: (symbol, interval, now) => gaps.missing(symbol, interval, now),
    span: (symbol, interval) => gaps.span(symbol, interval),
  };
}

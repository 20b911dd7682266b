import {
  type Clock,
  type Feed,
  type FeedFigures,
  type FeedState,
  type FeedStatus,
  type HistoryEvent,
  type KlineEvent,
  type MarketEvent,
  type MarketGaps,
  type MarketSink,
  nextOpenTime,
  openTimeOf,
  previousOpenTime,
  type Random,
  Refusals,
  reasonOf,
  type Symbol,
  type SymbolInfo,
  type Ticker,
  type UnixMs,
} from "../../core/mod.ts";
import { Audit } from "./audit.ts";
import type { BanMemory } from "./ban-file.ts";
import { CloseWatchdog } from "./close-watchdog.ts";
import { DeadAir } from "./dead-air.ts";
import { Evidence } from "./evidence.ts";
import type { Followed } from "./followed.ts";
import { Following } from "./following.ts";
import { FrameReader } from "./frames.ts";
import { Lags } from "./lag.ts";
import { MarketTime } from "./market-time.ts";
import { Overdue } from "./overdue.ts";
import { Repair } from "./repair.ts";
import { BinanceRest, ExchangeError } from "./rest.ts";
import type { SymbolSelection } from "./selection.ts";
import type { Session, SocketFactory } from "./session.ts";
import { type PoolLimits, StreamPool } from "./stream-pool.ts";

/** All symbols' tickers, those that changed each second. */
const TICKERS_STREAM = "!miniTicker@arr";

/** How long tickers may be silent while klines come, in local milliseconds. */
const TICKERS_SILENT_AFTER_MS = 10_000;

/** How long the exchange may say nothing before that is noticed, unless set, in local milliseconds. */
const STALE_AFTER_MS = 10_000;

/** A stream that spoke within this much market time is lively: a closed minute and its grace. */
const LIVELY_MS = 90_000;

/** Between two questions of the audit, in local milliseconds, unless set: 12 of 6000 weight a minute. */
const AUDIT_EVERY_MS = 10_000;

/** The exchange's own addresses for market data; no account is needed (Binance spot API, 2026-07). */
export const BINANCE_REST = "https://data-api.binance.vision";
export const BINANCE_WS = "wss://data-stream.binance.vision";

/** What the feed tells people while it works. */
export interface FeedLog {
  info(message: string): void;
  warn(message: string): void;
}

/** How a Binance feed is set up. */
export interface BinanceFeedOptions {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly selection: SymbolSelection;
  /** The quote asset that `top:N` and `*` choose from, for example USDT. */
  readonly quote: string;
  readonly gaps: MarketGaps;
  /** The symbols that are held from an earlier run: what is delisted of them stays readable. None unless given. */
  readonly remembered?: () => readonly SymbolInfo[];
  readonly clock: Clock;
  /** Milliseconds that only go forward, for how much time has passed. The clock stands in for it, where nobody sets that. */
  readonly stopwatch?: () => number;
  readonly random: Random;
  readonly log: FeedLog;
  /** Told as warm-up proceeds, in symbols. */
  readonly onWarmUp?: (done: number, total: number) => void;
  /** The share of the exchange's weight limit that may be spent, 0 to 1. */
  readonly weightShare?: number;
  /** Remembers bans across restarts. */
  readonly bans?: BanMemory;
  /** Between two questions of the audit, in local milliseconds. */
  readonly auditEveryMs?: number;
  /** How long the klines of a delisted symbol stay readable, in local milliseconds. */
  readonly keepDelistedMs?: number;
  /** How long the exchange may say nothing of the market before the feed counts as silent, in local milliseconds. */
  readonly staleAfterMs?: number;
  readonly pool?: PoolLimits;
  readonly fetch?: typeof fetch;
  readonly openSocket?: SocketFactory;
}

/**
 * Binance's spot market, live: one 1m kline stream per symbol (and one of 1s where asked for) and `!miniTicker@arr`.
 * Streams are connected before history is asked for, so nothing falls between the two. Whatever may have swallowed
 * something puts the series in doubt until REST was asked. Market time is the exchange's event time, never the local clock.
 */
export class BinanceFeed implements Feed {
  readonly #options: BinanceFeedOptions;
  readonly #rest: BinanceRest;
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
  readonly #overdue: Overdue = new Overdue();
  readonly #up: Set<Session> = new Set();
  #sink: MarketSink = () => {};
  #signal: AbortSignal = new AbortController().signal;
  /** The connection whose frame is being read. */
  #reading: Session | undefined;
  readonly #stopwatch: () => number;
  /** When the stream of tickers was woken last, by the stopwatch. */
  #tickersWokenAt = Number.NEGATIVE_INFINITY;
  #closesAsked = 0;
  #ended = false;

  constructor(options: BinanceFeedOptions) {
    this.#options = options;
    this.#stopwatch = options.stopwatch ?? (() => options.clock.now());
    const stopwatch = this.#stopwatch;
    const { clock, random, gaps, log } = options;
    this.#refusals = new Refusals(({ door, reason, first }) =>
      log.warn(`${door}: refused (${reason}), the first of its kind: ${first}`),
    );
    this.#rest = new BinanceRest({
      baseUrl: options.restUrl,
      clock,
      random,
      fetch: options.fetch,
      weightShare: options.weightShare,
      bans: options.bans,
      refusals: this.#refusals,
    });
    const staleAfterMs = options.staleAfterMs ?? STALE_AFTER_MS;
    this.#evidence = new Evidence(clock, stopwatch, staleAfterMs);
    this.#time = new MarketTime(clock, stopwatch, {
      claimed: () => this.#deadAir.askSoon(),
      sure: () => this.#sure(),
      turnedBack: (before) => this.#turnedBack(before),
      warn: (message) => log.warn(message),
    });
    const sink = (event: MarketEvent): void => this.#tell(event);
    const marketTime = (): UnixMs => this.#marketTime();
    this.#following = new Following({
      rest: this.#rest,
      selection: options.selection,
      quote: options.quote,
      remembered: options.remembered ?? (() => []),
      withSeconds: gaps.intervals.includes("1s"),
      clock,
      random,
      keepDelistedMs: options.keepDelistedMs,
      onWarmUp: options.onWarmUp,
      marketTime,
      learnTime: (serverTime, askedAt) => this.#time.learn(serverTime, askedAt),
      follows: (symbols, fresh) => {
        this.#sink({ type: "symbols", symbols });
        this.#pool.want([TICKERS_STREAM, ...fresh.flatMap((followed) => followed.streams)]);
      },
      leaves: (followed) => {
        this.#pool.forget(followed.streams);
        this.#repair.forget(followed.symbol);
      },
      note: (message) => log.info(message),
      warn: (message) => log.warn(message),
    });
    this.#reader = new FrameReader(this.#following.names, sink, {
      leaves: () => this.#leave(),
      refusals: this.#refusals,
      believes: (eventTime, symbol, frame) => this.#time.believes(eventTime, symbol, frame),
      heardOthers: () => this.#heardOthers(),
    });
    this.#pool = new StreamPool(
      options.wsUrl,
      clock,
      random,
      {
        text: (session, frame) => this.#read(session, frame),
        up: (session) => this.#cameUp(session),
        down: (session, reason, lost) => this.#wentDown(session, reason, lost),
        isLively: (stream) => this.#isLively(stream),
        isAllSilent: () => this.#evidence.isSilent,
        note: (message) => log.warn(message),
      },
      options.openSocket,
      options.pool,
    );
    this.#repair = new Repair({
      rest: this.#rest,
      gaps,
      sink,
      marketTime,
      cuts: (symbol) => this.#following.get(symbol)?.cuts ?? 0,
      wants: (symbol) =>
        this.#following.get(symbol)?.delistedAt === undefined && this.#following.get(symbol) !== undefined,
      done: (symbol) => this.#following.warmed(symbol),
      failed: (symbol, reason) => log.warn(`${symbol}: history not whole yet, asked again: ${reason}`),
      excuse: (symbol) => this.#following.excuse(symbol),
      unknown: (symbol) => this.#following.readAgainSoon(symbol),
      clock,
      random,
    });
    this.#audit = new Audit({
      rest: this.#rest,
      gaps,
      sink,
      clock,
      random,
      everyMs: options.auditEveryMs ?? AUDIT_EVERY_MS,
      followed: () => this.#following.all(),
      marketTime,
      failed: (cause) => {
        if (cause instanceof ExchangeError && cause.isUnknownSymbol) this.#following.readAgainSoon();
        else log.warn(`audit: ${reasonOf(cause)}`);
      },
    });
    this.#watchdog = new CloseWatchdog({
      followed: () => this.#following.all(),
      late: (followed, from, isHeard) => this.#late(followed, from, isHeard),
      idle: (followed) => this.#idle(followed),
      silent: (streams) => this.#pool.silent(streams),
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
      silent: (streams) => this.#pool.silent(streams),
      warn: (message) => log.warn(message),
    });
  }

  status(): FeedStatus {
    return {
      state: this.#state(),
      source: this.#rest.source,
      connections: this.#up.size,
      troubles: this.#repair.troubles,
      lastEventAt: this.#evidence.lastEventAt,
      connectedAt: this.#evidence.connectedAt,
      marketLagMs: this.#time.lagMs,
      clockOffsetMs: this.#time.clockOffsetMs,
      silences: this.#deadAir.reasons,
    };
  }

  figures(): FeedFigures {
    const { governor } = this.#rest;
    const { connected, lost, rotations, silentConnections, resubscribed, moved } = this.#pool.counts;
    return {
      frames: this.#reader.counts,
      refusals: this.#refusals.all(),
      refusedEntries: this.#following.refusedEntries,
      closeLagMs: { p50: this.#lags.quantile(0.5), p99: this.#lags.quantile(0.99) },
      closesAsked: this.#closesAsked,
      connections: { connected, lost, rotations, silent: silentConnections },
      streams: { resubscribed, moved },
      repairs: { ...this.#repair.counts, pending: this.#repair.pending },
      audit: { klines: this.#audit.klines, rounds: this.#audit.rounds },
      weight: {
        spent: governor.spent,
        usedThisMinute: governor.usedThisMinute,
        limitPerMinute: governor.limitPerMinute,
        stops: governor.stops,
        stoppedUntil: governor.stoppedUntil,
        isToldToStop: governor.isToldToStop,
      },
    };
  }

  async run(sink: MarketSink, signal: AbortSignal): Promise<void> {
    this.#sink = sink;
    this.#signal = signal;
    const tickers = await this.#following.begin(signal);
    if (tickers === undefined) return;
    for (const ticker of tickers) sink({ type: "ticker", ticker });
    const parts = [this.#pool, this.#repair, this.#audit, this.#following, this.#deadAir];
    await Promise.all(parts.map((part) => part.run(signal)));
    this.#ended = true;
  }

  #state(): FeedState {
    if (this.#ended) return "ended";
    if (this.#up.size === 0) return this.#evidence.connectedAt === undefined ? "connecting" : "disconnected";
    if (this.#deadAir.isDead) return "silent";
    if (!this.#following.wasWarm || this.#evidence.lastEventAt === undefined) return "warming";
    return this.#pool.carriesAll ? "live" : "disconnected";
  }

  #read(session: Session, frame: string): void {
    this.#reading = session;
    this.#reader.read(frame);
    this.#reading = undefined;
  }

  /** Everything that the sink hears goes through here, so that the feed knows what the store knows. */
  #tell(event: MarketEvent): void {
    switch (event.type) {
      case "kline":
        this.#tellKline(event);
        break;
      case "history":
        this.#sink(event);
        this.#noteHistory(event);
        break;
      case "ticker":
        this.#sink(event);
        this.#noteTicker(event.ticker);
        break;
      default:
        this.#sink(event);
    }
  }

  #tellKline(event: KlineEvent): void {
    const followed = this.#following.get(event.symbol);
    if (followed === undefined) return;
    this.#sink(event);
    const { interval, kline } = event;
    if (interval !== "1m") {
      if (followed.secondStream !== undefined && this.#reading !== undefined) {
        this.#pool.heard(this.#reading, followed.secondStream);
      }
      return;
    }
    this.#evidence.kline(followed);
    if (this.#reading !== undefined) this.#pool.heard(this.#reading, followed.minuteStream);
    followed.heardAt = event.eventTime;
    if (kline.closed && kline.openTime > followed.settledTo) {
      followed.settle(kline.openTime);
      this.#lags.note(event.eventTime - kline.closeTime - 1);
    }
    if (followed.lastOpenTime === undefined || kline.openTime > followed.lastOpenTime) {
      const isFirst = followed.lastOpenTime === undefined;
      followed.lastOpenTime = kline.openTime;
      if (!isFirst && followed.isWarm) this.#lookForHoles(followed);
    }
    this.#moved(this.#marketTime());
    this.#wakeTickers();
  }

  /** Klines come: where tickers don't, their stream is woken. */
  #wakeTickers(): void {
    const now = this.#stopwatch();
    const since = Math.max(this.#evidence.lastTickersAt, this.#tickersWokenAt);
    if (now - since <= TICKERS_SILENT_AFTER_MS) return;
    if (since > 0) this.#pool.silent([TICKERS_STREAM]);
    this.#tickersWokenAt = now;
  }

  #noteTicker(ticker: Ticker): void {
    const followed = this.#following.get(ticker.symbol);
    if (followed !== undefined) {
      followed.tickedAt = Math.max(followed.tickedAt, ticker.updatedAt);
      this.#evidence.ticker(followed, ticker);
    }
    if (this.#reading !== undefined) this.#pool.heard(this.#reading, TICKERS_STREAM);
    this.#moved(this.#marketTime());
  }

  /** Tickers of symbols that we don't follow: our own are quiet, and the exchange speaks all the same. */
  #heardOthers(): void {
    this.#evidence.tickers();
    if (this.#reading !== undefined) this.#pool.heard(this.#reading, TICKERS_STREAM);
    this.#moved(this.#marketTime());
  }

  #noteHistory({ symbol, interval, to, klines }: HistoryEvent): void {
    const followed = this.#following.get(symbol);
    if (followed === undefined || interval !== "1m") return;
    const last = klines.at(-1);
    followed.settle(last !== undefined && !last.closed ? previousOpenTime("1m", last.openTime) : to);
    if (followed.settledTo < followed.askedClose || followed.askedClose === Number.NEGATIVE_INFINITY) return;
    const asked = klines.find(({ openTime }) => openTime === followed.askedClose);
    followed.askedClose = Number.NEGATIVE_INFINITY;
    if (asked === undefined) return;
    this.#lags.note(this.#marketTime() - asked.closeTime - 1);
    // It did trade, so its stream had something to say.
    if (asked.trades > 0) followed.tickedAt = Math.max(followed.tickedAt, asked.openTime);
  }

  /** Once a minute and symbol, when its next candle begins: whether the stream skipped something or lost a close. */
  #lookForHoles({ symbol }: Followed): void {
    const { gaps } = this.#options;
    const now = this.#marketTime();
    if (gaps.intervals.some((interval) => gaps.missing(symbol, interval, now).length > 0)) {
      this.#repair.want(symbol, "repair");
    }
  }

  /** A close didn't come in time. Where the stream went on, the store knows what it lacks; else all is open from there on. */
  #late(followed: Followed, from: UnixMs, isHeard: boolean): void {
    this.#closesAsked += 1;
    if (!isHeard) this.#doubt(followed, from, "no close");
    const over = nextOpenTime("1m", followed.askedClose as UnixMs);
    if (this.#marketTime() >= over) {
      this.#repair.want(followed.symbol, "repair");
      return;
    }
    this.#overdue.add(followed.symbol, over);
    this.#deadAir.askSoon();
  }

  /** It is this late by the market's clock, or by our stopwatch while that one stands still. */
  #moved(time: UnixMs): void {
    this.#watchdog.moved(time);
    for (const symbol of this.#overdue.take(this.#marketTime())) this.#repair.want(symbol, "repair");
  }

  /** A symbol that doesn't trade: a longer candle of it that is over meanwhile is in doubt until REST was asked. */
  #idle({ symbol, delistedAt }: Followed): void {
    if (delistedAt !== undefined) return;
    const { gaps } = this.#options;
    const now = this.#marketTime();
    for (const interval of gaps.intervals) {
      const from = gaps.missing(symbol, interval, now)[0]?.from;
      if (from === undefined) continue;
      this.#tell({ type: "gap", symbol, interval, from, reason: "over without a close" });
      this.#repair.want(symbol, "repair");
    }
  }

  #cameUp(session: Session): void {
    this.#up.add(session);
    this.#evidence.connected();
    this.#tell({ type: "connected", connection: session.name });
    this.#options.log.info(`${session.name}: connected, ${session.streams.size} streams`);
    void this.#lookAfter([...session.streams]);
  }

  #wentDown(session: Session, reason: string, lost: readonly string[]): void {
    this.#up.delete(session);
    this.#tell({ type: "disconnected", connection: session.name, reason });
    if (lost.length > 0) this.#options.log.warn(`${session.name}: ${reason}; connecting again`);
    const gone = new Set(lost);
    for (const followed of this.#following.all()) {
      const { minuteStream, secondStream, lastOpenTime } = followed;
      if (!gone.has(minuteStream) && (secondStream === undefined || !gone.has(secondStream))) continue;
      // From the candle that was open on, nothing is certain until REST was asked.
      followed.cuts += 1;
      if (lastOpenTime !== undefined) this.#doubt(followed, lastOpenTime, reason);
    }
    // Where another connection carries the streams already, none will come up and ask.
    if (gone.size > 0 && this.#pool.carriesAll) void this.#lookAfter(lost);
  }

  #doubt({ symbol }: Followed, from: UnixMs, reason: string): void {
    for (const interval of ["1m", "1s"] as const) {
      if (!this.#options.gaps.intervals.includes(interval)) continue;
      this.#tell({ type: "gap", symbol, interval, from: openTimeOf(interval, from), reason });
    }
  }

  /** The exchange told that it shuts down the connection whose frame is being read. */
  #leave(): void {
    if (this.#reading === undefined) return;
    this.#options.log.info(`${this.#reading.name}: the exchange shuts it down; moving its streams`);
    this.#pool.leave(this.#reading);
  }

  /** A connection is up: what its symbols lack is asked for, beginning with what time it is there. */
  async #lookAfter(streams: readonly string[]): Promise<void> {
    const { gaps, log } = this.#options;
    const carried = new Set(streams);
    const mine = (): Followed[] => this.#following.all().filter(({ minuteStream }) => carried.has(minuteStream));
    const lacks = ({ symbol, isWarm }: Followed): boolean =>
      !isWarm || gaps.intervals.some((interval) => gaps.missing(symbol, interval, this.#marketTime()).length > 0);
    if (!mine().some(lacks)) return;
    try {
      const { serverTime, askedAt } = await this.#rest.time("repair", this.#signal);
      this.#time.learn(serverTime, askedAt);
    } catch (cause) {
      if (this.#signal.aborted) return;
      log.warn(reasonOf(cause));
    }
    // What is history can't be told before it is sure what time it is: then all are looked after.
    if (!this.#time.isSure) return;
    for (const followed of mine()) {
      if (lacks(followed)) this.#repair.want(followed.symbol, followed.isWarm ? "repair" : "warm-up");
    }
  }

  #lookAfterAll(): void {
    for (const { streams } of this.#up) void this.#lookAfter([...streams]);
  }

  /** It is sure what time it is: a checkpoint may be from a run whose clock was ahead. */
  #sure(): void {
    this.#sink({ type: "clock", marketTime: this.#marketTime() });
    this.#lookAfterAll();
  }

  /** The market's clock was set back: what was settled beyond its present moment has yet to come. */
  #turnedBack(before: UnixMs): void {
    const now = this.#marketTime();
    this.#sink({ type: "clock", marketTime: now });
    this.#watchdog.turnedBack();
    for (const followed of this.#following.all()) {
      followed.turnBack(now);
      if (followed.delistedAt === undefined) this.#doubt(followed, now, `the clock was ahead, at ${before}`);
    }
    this.#lookAfterAll();
  }

  #isLively(stream: string): boolean {
    const now = this.#marketTime();
    if (stream === TICKERS_STREAM) {
      return this.#stopwatch() - this.#evidence.lastTickersAt <= TICKERS_SILENT_AFTER_MS;
    }
    const name = stream.slice(0, stream.indexOf("@")).toUpperCase();
    const followed = this.#following.get(name as Symbol);
    return followed !== undefined && now - followed.heardAt <= LIVELY_MS;
  }

  #marketTime(): UnixMs {
    return this.#time.now;
  }
}

import {
  FairQueue,
  Histogram,
  INTERVALS,
  type Interval,
  type JobLength,
  marketsOf,
  millis,
  type QueueBounds,
  type StopSignal,
} from "../core/mod.ts";
import type { FilterVerdict, SandboxFigures } from "../sandbox/mod.ts";
import { firstStore } from "../store/mod.ts";
import {
  type ExplainRequest,
  type Explanation,
  type MissesRequest,
  type MissesResult,
  MissesRun,
  type PreviewRequest,
  type PreviewResult,
  PreviewRun,
  refuseFaults,
  type ScreenRequest,
  type ScreenResult,
  ScreenRun,
  shortWindows,
  tickerIntervals,
  timeframesOf,
  triggerOf,
} from "../strategy/mod.ts";
import { CodeTable } from "./code-table.ts";
import { FilterQuarantined, ScreensBusy, TooManyScreens } from "./errors.ts";
import type { BacktestDone, BacktestWork, Done, Work } from "./messages.ts";
import type { Quarantine } from "./quarantine.ts";
import {
  HEAVY_SLICE_MS,
  LIGHT_UP_TO_MS,
  PREVIEW_SLICE_MS,
  SCREEN_SLICE_MS,
  ScreenThread,
  type ScreenThreadParts,
  TASKS_AHEAD,
  type TaskMarket,
  TaskOverran,
  ThreadEnded,
} from "./screen-thread.ts";

/** Screens, previews and checks of one caller and of all together, waiting or running. One more is refused. */
export const REQUEST_PLACES: QueueBounds = { perCaller: 8, total: 256 };

/**
 * Screens of one owner's traders and of all traders together. The engine stays below: it runs at most 32 executions and the late symbols of
 * 64 owners at a time, and of one owner two thirds of the executions and one late run of each interval.
 */
export const TRADER_PLACES: QueueBounds = { perCaller: 64, total: 256 };

/** A screen, preview or check that comes with a request and waits this long for its first turn is refused, in milliseconds. */
export const REQUEST_WAIT_MS = 20_000;

/** A preview that is under way for this long, in milliseconds, ends with its next slice, as when its time is over. */
export const PREVIEW_WITHIN_MS = 60_000;

/** What all previews under way may keep of their results, in bytes. Past it, the one that adds to it ends unfinished. */
export const MAX_KEPT_PREVIEW_BYTES: number = 64 * 1024 * 1024;

/** Filters that are known to have run, for {@link ScreensParts.knownFirst}. One more, and the oldest counts as new when it comes again. */
export const MAX_KNOWN_FILTERS = 10_000;

/** So often a thread may break by itself before a task's turn; then the task is given up. */
const MAX_BROKEN_THREADS = 3;

/** Upper bounds of the buckets for how long a job waited before it first ran, in seconds. */
const WAIT_BUCKETS_SECONDS = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Who asks, and until when the answer is of use. */
export interface ScreenCaller {
  /** The same value from request to request. */
  readonly caller: unknown;
  /** Aborted when nobody waits any more: then it is dropped, at the latest after its slice. */
  readonly signal?: StopSignal | undefined;
}

/** What a check says of a filter. */
export interface CheckedFilter extends FilterVerdict {
  /** In sentences: its indicators for which too few klines are kept here. */
  readonly notes: readonly string[];
}

/** What screens are made of. */
export interface ScreensParts extends ScreenThreadParts {
  readonly bounds: QueueBounds;
  /** How long a job may wait for its first turn, in milliseconds; for as long as it takes where that isn't given. */
  readonly maxWaitMs?: number | undefined;
  /**
   * Whether filters that have run before go before new ones. For filters that come again and again: reading a new one may take longer than
   * a slice, and nobody else's is to wait for that.
   */
  readonly knownFirst?: boolean;
  /** Shared by all threads, so that what one of them learnt of a filter holds for all. */
  readonly quarantine: Quarantine;
  /** Milliseconds that pass. */
  readonly stopwatch: () => number;
}

/** How a thread and its queue do. Counts only grow. */
export interface ScreensFigures {
  /** Jobs that wait, and places that are taken by these and by those that run. */
  readonly waiting: number;
  readonly places: number;
  /** Jobs that were refused: the caller's places were taken, or all, the filter is quarantined, or the wait was too long. */
  readonly refused: {
    readonly caller: number;
    readonly total: number;
    readonly quarantined: number;
    readonly wait: number;
  };
  /** Jobs whose client was gone. */
  readonly dropped: number;
  /** Threads that were ended: a task overran, they broke, they said nothing. */
  readonly ends: { readonly overran: number; readonly failed: number; readonly silent: number };
  /** Seconds from when a job came until its filter was first given to the thread. */
  readonly waitSeconds: Histogram;
  /** Seconds that filters ran. */
  readonly ranSeconds: number;
  /** Bytes that previews under way keep of their results. */
  readonly previewBytes: number;
  /** How full the thread's sandbox is; undefined before the thread first answered. */
  readonly sandbox: SandboxFigures | undefined;
}

/** A screen, preview or check on its way. */
interface Job {
  readonly code: string;
  readonly signal: StopSignal | undefined;
  readonly market: TaskMarket | undefined;
  /** Whether another thread can't do it. */
  readonly isOnce: boolean;
  /** What is to be done next, in so many milliseconds. */
  readonly work: (sliceMs: number) => Work;
  /** Takes what was done, and whether that was all of it. */
  readonly take: (done: Done) => boolean;
  readonly fail: (cause: unknown) => void;
  readonly cameAt: number;
  /** Aborted when it no longer waits for its first turn. */
  readonly waiting: AbortController;
  hasRun: boolean;
  brokenThreads: number;
}

/** Screens, previews, explanations and checks in a thread of their own, for many callers in turn; so a long one holds up no request and nobody else. */
export class Screens {
  readonly #parts: ScreensParts;
  readonly #thread: ScreenThread;
  readonly #queue: FairQueue<unknown, Job>;
  readonly #refused = { caller: 0, total: 0, quarantined: 0, wait: 0 };
  readonly #known: CodeTable<true> = new CodeTable(MAX_KNOWN_FILTERS);
  readonly #waitSeconds: Histogram = new Histogram(WAIT_BUCKETS_SECONDS);
  #dropped = 0;
  #ranMs = 0;
  #previewBytes = 0;

  constructor(parts: ScreensParts) {
    this.#parts = parts;
    this.#thread = new ScreenThread(parts);
    this.#queue = new FairQueue(parts.bounds, LIGHT_UP_TO_MS);
  }

  /**
   * Rejects with {@link TooManyScreens}, {@link ScreensBusy} or {@link FilterQuarantined}, with the signal's reason, and as
   * Screening throws.
   */
  async screen(request: ScreenRequest, by: ScreenCaller): Promise<ScreenResult> {
    const timeframes = await this.timeframesOf(request, by);
    const market = this.#marketOf(request, timeframes);
    const run = new ScreenRun();
    return await this.#ask<ScreenResult>(by, request.code, this.#isNew(request.code) ? "long" : "short", market, {
      work: (sliceMs) => ({
        kind: "screen",
        request: { ...request, timeframes, symbols: undefined },
        slice: run.next(sliceMs),
      }),
      take: (done) => (done.kind === "screen" ? run.add(done.slice) : wrong()),
    });
  }

  /** Rejects as `screen` does. */
  async preview(request: PreviewRequest, by: ScreenCaller): Promise<PreviewResult> {
    const timeframes = await this.timeframesOf(request, by);
    const tickersFrom = tickerIntervals(triggerOf({ ...request, timeframes }), this.#parts.markets);
    const market = this.#marketOf(request, timeframes, tickersFrom);
    const run = new PreviewRun(request);
    const endsAt = this.#parts.stopwatch() + PREVIEW_WITHIN_MS;
    try {
      return await this.#ask<PreviewResult>(by, request.code, "long", market, {
        // Each slice of a filter in QuickJS begins with a new machine: previews, which are long, keep to long slices.
        work: () => ({
          kind: "preview",
          request: { ...request, timeframes, symbols: undefined },
          slice: run.next(PREVIEW_SLICE_MS),
        }),
        take: (done) => {
          if (done.kind !== "preview") return wrong();
          this.#previewBytes += done.slice.bytes;
          const isLast = this.#previewBytes > MAX_KEPT_PREVIEW_BYTES || this.#parts.stopwatch() > endsAt;
          return run.add(done.slice, isLast);
        },
      });
    } finally {
      this.#previewBytes -= run.bytes;
    }
  }

  /** Why a filter matched, or didn't, for one symbol at a close. Rejects as `screen` does. */
  async explain(request: ExplainRequest, by: ScreenCaller): Promise<Explanation> {
    const asked = { ...request, symbols: [request.symbol] };
    const timeframes = await this.timeframesOf(asked, by);
    const trigger = triggerOf({ ...request, timeframes });
    const tickersFrom = request.isPast ? tickerIntervals(trigger, this.#parts.markets) : [];
    const market = this.#marketOf(asked, timeframes, tickersFrom);
    return await this.#ask<Explanation>(by, request.code, this.#isNew(request.code) ? "long" : "short", market, {
      work: () => ({ kind: "explain", request: { ...request, timeframes } }),
      take: (done) => (done.kind === "explain" ? done.explanation : wrong()),
    });
  }

  /** Which symbols came nearest to matching at a close. Rejects as `screen` does. */
  async misses(request: MissesRequest, by: ScreenCaller): Promise<MissesResult> {
    const timeframes = await this.timeframesOf(request, by);
    const trigger = triggerOf({ ...request, timeframes });
    const tickersFrom = request.isPast ? tickerIntervals(trigger, this.#parts.markets) : [];
    const market = this.#marketOf(request, timeframes, tickersFrom);
    const run = new MissesRun(request);
    return await this.#ask<MissesResult>(by, request.code, "long", market, {
      work: (sliceMs) => ({
        kind: "misses",
        request: { ...request, timeframes, symbols: undefined },
        slice: run.next(sliceMs),
      }),
      take: (done) => (done.kind === "misses" ? run.add(done.slice) : wrong()),
    });
  }

  /**
   * Does a part of a backtest. Its columns are the thread's from then on. Rejects as `screen` does, and with {@link ScreensBusy} where the
   * thread ended meanwhile: what it knew of the backtest is lost.
   */
  async backtest(work: BacktestWork, code: string, by: ScreenCaller): Promise<BacktestDone> {
    return await this.#ask<BacktestDone>(by, code, "long", undefined, {
      isOnce: true,
      work: () => ({ kind: "backtest", work }),
      take: (done) => (done.kind === "backtest" ? done.done : wrong()),
    });
  }

  /**
   * Reads a filter without running or keeping it: mistakes in its code among what it says, and indicators for which too few klines are
   * kept. Rejects as `screen` does.
   */
  async check(code: string, by: ScreenCaller): Promise<CheckedFilter> {
    const verdict = await this.#verdict(code, by);
    return { ...verdict, notes: shortWindows(verdict.study.longest, this.#parts.markets.capacity) };
  }

  /**
   * The intervals that a request is about: those that it names, or else those that its code does. A filter that reads no klines, only
   * the ticker for example, runs at the closes of the shortest interval that is served. Rejects as `screen` does.
   */
  async timeframesOf(request: Omit<ScreenRequest, "closeTime">, by: ScreenCaller): Promise<readonly Interval[]> {
    const { timeframes, code } = request;
    if (timeframes !== undefined && timeframes.length > 0) return timeframes;
    const { study } = await this.#verdict(code, by);
    const markets =
      request.symbols === undefined ? [firstStore(this.#parts.markets).market] : marketsOf(request.symbols);
    refuseFaults(study, undefined, markets);
    const { served } = this.#parts.markets;
    return timeframesOf(study, { interval: request.interval ?? INTERVALS.find((one) => served.includes(one)) });
  }

  async #verdict(code: string, by: ScreenCaller): Promise<FilterVerdict> {
    return await this.#ask<FilterVerdict>(by, code, "short", undefined, {
      work: () => ({ kind: "check", code }),
      take: (done) => (done.kind === "check" ? done.verdict : wrong()),
    });
  }

  figures(): ScreensFigures {
    return {
      waiting: this.#queue.waiting,
      places: this.#queue.places,
      refused: this.#refused,
      dropped: this.#dropped,
      ends: this.#thread.ends,
      waitSeconds: this.#waitSeconds,
      ranSeconds: this.#ranMs / 1_000,
      previewBytes: this.#previewBytes,
      sandbox: this.#thread.sandbox,
    };
  }

  /** What waits and what runs is rejected with {@link ScreensBusy}, and so is all that comes. */
  stop(): void {
    this.#thread.stop();
    for (let next = this.#queue.next(true); next !== undefined; next = this.#queue.next(true)) {
      this.#queue.end(next.caller, 0);
      next.job.fail(stopping());
    }
  }

  #isNew(code: string): boolean {
    return this.#parts.knownFirst === true && this.#known.get(code) === undefined;
  }

  /** `tickersFrom`: the intervals that its past tickers are computed from, if it reads any. */
  #marketOf(
    { symbols, closeTime, code }: ScreenRequest,
    timeframes: readonly Interval[],
    tickersFrom: readonly Interval[] = [],
  ): TaskMarket {
    const readsTicker = code.includes("ticker");
    return {
      symbols:
        symbols ??
        firstStore(this.#parts.markets)
          .symbols()
          .map(({ symbol }) => symbol),
      intervals: readsTicker ? [...new Set([...timeframes, ...tickersFrom])] : timeframes,
      closeTime,
      readsTicker,
    };
  }

  #ask<Result>(
    { caller, signal }: ScreenCaller,
    code: string,
    length: JobLength,
    market: TaskMarket | undefined,
    {
      isOnce = false,
      work,
      take,
    }: {
      readonly isOnce?: boolean;
      readonly work: (sliceMs: number) => Work;
      readonly take: (done: Done) => Result | undefined;
    },
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(caller, code);
      if (refusal !== undefined) throw refusal;
      if (signal?.aborted) throw signal.reason;
      const leave = (): void => {
        // One that runs is dropped after its slice.
        if (!this.#queue.remove(caller, job)) return;
        this.#dropped += 1;
        job.fail(signal?.reason);
      };
      const job: Job = {
        code,
        signal,
        market,
        isOnce,
        work,
        take: (done) => {
          const result = take(done);
          if (result === undefined) return false;
          signal?.removeEventListener("abort", leave);
          resolve(result);
          return true;
        },
        fail: (cause) => {
          signal?.removeEventListener("abort", leave);
          job.waiting.abort();
          reject(cause);
        },
        cameAt: this.#parts.stopwatch(),
        waiting: new AbortController(),
        hasRun: false,
        brokenThreads: 0,
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#queue.enter(caller, job, length);
      // A close brings many at the same time: all of them are in the queue before one is chosen.
      setImmediate(() => this.#work());
      this.#boundWait(caller, job);
    });
  }

  /** Refuses a job that waits too long for its first turn. */
  #boundWait(caller: unknown, job: Job): void {
    const { maxWaitMs, clock } = this.#parts;
    if (maxWaitMs === undefined || job.hasRun) return;
    clock.sleep(millis(maxWaitMs), job.waiting.signal).then(
      () => {
        if (!this.#queue.remove(caller, job)) return;
        this.#refused.wait += 1;
        const detail = `this had no turn within ${maxWaitMs / 1_000} s, as many screens and previews wait: try again in a few seconds`;
        job.fail(new ScreensBusy(detail));
      },
      () => {},
    );
  }

  /** Why nothing may be asked; undefined if it may. */
  #refusal(caller: unknown, code: string): Error | undefined {
    if (this.#thread.isStopped) return stopping();
    const quarantined = this.#parts.quarantine.refusalOf(code);
    if (quarantined !== undefined) {
      this.#refused.quarantined += 1;
      return quarantined;
    }
    const full = this.#queue.fullness(caller);
    if (full === undefined) return undefined;
    this.#refused[full] += 1;
    const { perCaller, total } = this.#parts.bounds;
    if (full === "caller") {
      return new TooManyScreens(`${perCaller} screens or previews of yours wait already: try again when one has ended`);
    }
    return new ScreensBusy(`${total} screens and previews wait already: try again in a few seconds`);
  }

  /** Gives the thread as much as it may have. */
  #work(): void {
    while (this.#thread.size < TASKS_AHEAD && !this.#thread.isStopped) {
      const next = this.#queue.next(this.#thread.size === 0);
      if (next === undefined) return;
      void this.#run(next.caller, next.job);
    }
  }

  /** A caller that keeps the thread busy pauses more often: another's screen waits for one short slice at most. */
  #sliceMs(caller: unknown): number {
    return this.#queue.isHeavy(caller) ? HEAVY_SLICE_MS : SCREEN_SLICE_MS;
  }

  /** Does a job's next slice, and settles what becomes of the job. */
  async #run(caller: unknown, job: Job): Promise<void> {
    const isFirst = !job.hasRun;
    if (isFirst) this.#waitSeconds.add((this.#parts.stopwatch() - job.cameAt) / 1_000);
    job.hasRun = true;
    job.waiting.abort();
    try {
      const { done, ms } = await this.#thread.give(job.work(this.#sliceMs(caller)), job.market);
      this.#ranMs += ms;
      // Once a job, as it hashes the code.
      if (isFirst && this.#isNew(job.code)) this.#known.set(job.code, true);
      if (done instanceof Error) {
        this.#queue.end(caller, ms);
        job.fail(done);
      } else if (job.take(done)) this.#queue.end(caller, ms);
      else if (job.signal?.aborted === true) this.#drop(caller, job, ms);
      else {
        this.#queue.goOn(caller, job, "long", ms);
      }
    } catch (cause) {
      this.#failed(caller, job, cause);
    }
    // When a thread ends, all its tasks come back at the same time: they are in the queue again before the next one is chosen.
    queueMicrotask(() => this.#work());
  }

  #failed(caller: unknown, job: Job, cause: unknown): void {
    if (cause instanceof TaskOverran) {
      this.#ranMs += cause.ms;
      this.#queue.end(caller, cause.ms);
      job.fail(this.#parts.quarantine.add(job.code, cause.message));
    } else if (!(cause instanceof ThreadEnded)) {
      this.#queue.end(caller, 0);
      job.fail(cause);
    } else if (job.signal?.aborted === true) this.#drop(caller, job, 0);
    else {
      if (cause.isBroken) job.brokenThreads += 1;
      if (!this.#thread.isStopped && !job.isOnce && job.brokenThreads <= MAX_BROKEN_THREADS) {
        this.#queue.again(caller, job);
      } else {
        this.#queue.end(caller, 0);
        job.fail(this.#thread.isStopped ? stopping() : new ScreensBusy(`${cause.message}: try again`));
      }
    }
  }

  #drop(caller: unknown, job: Job, ms: number): void {
    this.#dropped += 1;
    this.#queue.end(caller, ms);
    job.fail(job.signal?.reason);
  }
}

function stopping(): ScreensBusy {
  return new ScreensBusy("the server is stopping");
}

function wrong(): never {
  throw new Error("the screening thread did something else than it was asked");
}

import {
  addCandles,
  BARE_MARKET,
  type Clock,
  closeTimeOf,
  type Interval,
  InvalidInput,
  type MarketId,
  openTimeOf,
  reasonOf,
  type Stopwatch,
  type Symbol,
  storable,
  type UnixMs,
  VyxError,
} from "../core/mod.ts";
import type { ClosesAnswer, ReadFrom, Signal, Trader } from "../wire/mod.ts";
import { ClaimLoop } from "./claim-loop.ts";
import { isCloseTime } from "./closes-after.ts";
import { type Claim, type FoundClose, nameOf, type Schedule, type TraderClose } from "./execution.ts";
import type { ExecutionsTable } from "./executions-table.ts";
import { FinishQueue } from "./finish-queue.ts";
import { type Found, NOTHING, outcomeOf, type Run, runOf, withAbsent } from "./found.ts";
import { LateRuns } from "./late-runs.ts";
import { patiently } from "./patience.ts";
import {
  type MarketAtClose,
  type MarketDataSource,
  MarketNotReady,
  ONE_MARKET,
  type Screener,
  ScreenerBusy,
  type TraderLog,
} from "./ports.ts";
import type { Retention } from "./retention.ts";
import { FIRST_RETRY_MS, RetryAlarm } from "./retry-alarm.ts";
import { marketAt, screenTrader, storeFound } from "./screen-trader.ts";
import { SignalAllowance } from "./signal-allowance.ts";
import type { OnStoredPart } from "./stored-matches.ts";
import { unservedMarketWhy, unservedWhy } from "./unrunnable.ts";

/**
 * Executions in hand at a time when nobody says otherwise: their filters run, or wait in owners' turn for the thread. No more, so that
 * leases aren't spent on waiting: what isn't claimed, others may.
 */
const DEFAULT_CONCURRENCY = 32;

/** How long a claim holds unless it is ended; milliseconds. After a crash, that long nobody else runs it. */
const DEFAULT_LEASE_MS = 30_000;

/** An execution that failed of the market or the database this often is given up. */
const MAX_ATTEMPTS = 5;

/** Closes that are made up for after an absence; older ones are passed over. Half of what a series holds by default. */
export const MAX_CATCH_UP_CLOSES = 240;

/** A symbol without a certain candle is waited for this many candles of the trigger interval. */
const WAIT_CANDLES = 10;

/** What an engine is made of. */
export interface EngineDependencies {
  readonly executions: ExecutionsTable;
  readonly market: MarketDataSource;
  readonly screener: Screener;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly log: TraderLog;
  /** Told of signals that this engine stored. */
  readonly onSignals?: (signals: readonly Signal[], owner: string) => void;
  /** Told of each run when it has ended. */
  readonly onRun?: (run: Run) => void;
  readonly concurrency?: number;
  readonly leaseMs?: number;
  /** Signals that an owner's traders may store a UTC day. */
  readonly mostSignalsPerDay?: number;
  /** Deletes what is too old, at each `reconcile`. Without it nothing is deleted. */
  readonly retention?: Pick<Retention, "sweep">;
  /**
   * How long `close` and `reconcile` wait for runs, in milliseconds; what isn't done then goes on by itself. Without it they wait for
   * all of it: for hosts that end when they have answered.
   */
  readonly patienceMs?: number;
}

/** A run by hand always tells what it read. */
export interface RunByHand extends Run, Pick<MarketAtClose, "source" | "readFrom"> {
  /** `final`: running the close again won't help. */
  readonly skipped: readonly { readonly symbol: Symbol; readonly reason: string; readonly final: boolean }[];
  readonly readFrom: ReadFrom;
}

/**
 * Runs traders at closes. All that it knows is in the database: any number of engines may work on it, be told the same
 * close twice or never, and end at any moment, and each signal is stored once. An engine claims executions of the markets that its source
 * has, or whose closes it was told; those of others are left to engines that have them.
 */
export class TraderEngine {
  readonly #parts: EngineDependencies;
  readonly #loop: ClaimLoop;
  readonly #finishes: FinishQueue;
  readonly #retries: RetryAlarm;
  readonly #allowance: SignalAllowance;
  /** Where those who asked collect the runs that end. */
  readonly #ended: Set<Run[]> = new Set();
  readonly #late: LateRuns;
  /** The markets that the source had when it was last asked; undefined before it first answered. */
  #markets: readonly MarketId[] | undefined;

  constructor(parts: EngineDependencies) {
    this.#parts = parts;
    const { executions, concurrency = DEFAULT_CONCURRENCY, leaseMs = DEFAULT_LEASE_MS } = parts;
    this.#finishes = new FinishQueue(executions);
    this.#allowance = new SignalAllowance(parts.clock, parts.mostSignalsPerDay);
    this.#loop = new ClaimLoop({
      concurrency,
      stopwatch: parts.stopwatch,
      claim: (limit, inHand) => executions.claim(limit, leaseMs, inHand, this.#markets),
      run: async (claim, screened) => {
        const run = await this.#run(claim, screened);
        if (run.status !== "queued") this.#retries.runEnded();
        for (const list of this.#ended) list.push(run);
        this.#note(run);
      },
      flush: () => this.#finishes.flush(),
    });
    this.#late = new LateRuns({
      ...parts,
      storing: (trader, signals) => this.#storing(trader, signals),
      onRun: (run) => this.#note(run),
    });
    this.#retries = new RetryAlarm({
      clock: parts.clock,
      stopwatch: parts.stopwatch,
      firstRetryMs: () => executions.firstRetryMs(this.#markets),
      retry: () => this.#drain().catch((cause) => parts.log.warn(`traders: ${reasonOf(cause)}`)),
    });
  }

  /** Since when there have been runs to make without a break, by the stopwatch; undefined while there are none. */
  get busySince(): number | undefined {
    return this.#loop.busySince;
  }

  /** Retries nothing by itself any more: before the database is closed. */
  stop(): void {
    this.#retries.stop();
  }

  /** Runs all that is due at a close, and what waits from before. Gives back what it ran itself. */
  async close(close: TraderClose): Promise<Run[]> {
    checkClose(close);
    const { interval, closeTime } = close;
    const market = await this.#marketOf(close);
    await this.#parts.executions.schedule({ market, interval }, closeTime, MAX_CATCH_UP_CLOSES);
    const runs = await this.#runWaiting();
    return [...runs, ...(await this.#runLate({ market, interval }))];
  }

  /**
   * Looks for closes that nobody told, and runs what is due at them, what waits, and what was left behind. Then deletes what is too old,
   * also where the look fails: the market may be away for long, and the database grows meanwhile. With an interval or a market, it looks
   * for closes of these only.
   */
  async reconcile(interval?: Interval, market?: MarketId): Promise<{ closes: FoundClose[]; runs: Run[] }> {
    try {
      return await this.#lookForCloses({ interval, market });
    } finally {
      await this.#parts.retention?.sweep().catch((cause) => {
        this.#parts.log.warn(`old signals and executions can't be deleted now: ${reasonOf(cause)}`);
      });
    }
  }

  async #lookForCloses(only: Only): Promise<{ closes: FoundClose[]; runs: Run[] }> {
    const { executions } = this.#parts;
    // Signals don't wait for it: where this is run before the database is up to date, only the note is missing.
    await executions.noteLook().catch((cause) => this.#parts.log.warn(`the look for closes isn't noted: ${cause}`));
    const isWanted = ({ interval, market }: Schedule): boolean =>
      (only.interval ?? interval) === interval && (only.market ?? market) === market;
    const triggers = (await executions.triggers()).filter(isWanted);
    const late = (await executions.lateSchedules()).filter(isWanted);
    const runs: Run[] = [];
    const closes: FoundClose[] = [];
    const last = await this.#lastCloses(new Set([...triggers, ...late].map(({ market }) => market)));
    for (const { market, interval } of triggers) {
      const closeTime = last.get(market)?.[interval]?.closeTime;
      if (closeTime === undefined) continue;
      closes.push({ market, interval, closeTime });
      const neverWere = await executions.turnBack({ market, interval }, closeTime);
      if (neverWere > 0) {
        this.#parts.log.warn(`${neverWere} executions of ${market} ${interval} were of closes that never were`);
      }
      await executions.schedule({ market, interval }, closeTime, MAX_CATCH_UP_CLOSES);
    }
    runs.push(...(await this.#runWaiting()));
    // Also of intervals at whose closes no trader runs any more.
    const all = [...closes, ...late].map(({ market, interval }) => ({ market, interval }));
    for (const of of new Map(all.map((one) => [nameOfSchedule(one), one])).values()) {
      const closeTime = last.get(of.market)?.[of.interval]?.closeTime;
      if (closeTime !== undefined) runs.push(...(await this.#runLate(of)));
      const givenUp =
        closeTime !== undefined
          ? await executions.giveUpWaiting(of, givenUpBy(of.interval, closeTime))
          : await this.#giveUpUnserved(of, last.has(of.market));
      if (givenUp > 0)
        this.#parts.log.warn(`${givenUp} executions of ${nameOfSchedule(of)} waited in vain for some symbols`);
    }
    return { closes, runs };
  }

  /**
   * The last closes of those of the markets that the source has and can tell now. Rejects if it can tell those of none: one market that
   * can't be read holds up no other.
   */
  async #lastCloses(markets: ReadonlySet<MarketId>): Promise<Map<MarketId, ClosesAnswer["intervals"]>> {
    const last = new Map<MarketId, ClosesAnswer["intervals"]>();
    if (markets.size === 0) return last;
    const served = await this.#served();
    const asked = [...markets].filter((market) => served?.includes(market) !== false);
    const failures: unknown[] = [];
    const ask = async (market: MarketId): Promise<void> => {
      try {
        last.set(market, await this.#parts.market.closes(undefined, market));
      } catch (cause) {
        failures.push(cause);
        if (asked.length > 1) this.#parts.log.warn(`the closes of ${market} can't be read now: ${reasonOf(cause)}`);
      }
    };
    await Promise.all(asked.map(ask));
    if (failures.length > 0 && failures.length === asked.length) throw failures[0];
    return last;
  }

  /** The markets that the source has, or had when it last answered; undefined while it never did. */
  async #served(): Promise<readonly MarketId[] | undefined> {
    const { market } = this.#parts;
    try {
      this.#markets = (await market.markets?.()) ?? ONE_MARKET;
    } catch (cause) {
      if (!(cause instanceof VyxError)) throw cause;
    }
    return this.#markets;
  }

  /** The market of a close that was told. From here on its executions are claimed. */
  async #marketOf({ market }: TraderClose): Promise<MarketId> {
    const [first = BARE_MARKET] = (market === undefined ? await this.#served() : undefined) ?? [];
    const of = market ?? first;
    if (this.#markets?.includes(of) !== true) this.#markets = [...(this.#markets ?? []), of];
    return of;
  }

  /** When closes that nobody told were last looked for, by any engine; null when they never were. */
  async lastLook(): Promise<{ lookedAt: UnixMs; ageMs: number } | null> {
    return await this.#parts.executions.lastLook();
  }

  /**
   * Runs one trader by hand, at a close that is over. Its matches are stored like those of other runs, each signal once. Rejects with
   * {@link InvalidInput} if an interval that the trader needs isn't served, and with {@link TraderDeleted} if it is deleted meanwhile.
   */
  async execute(trader: Trader, close: TraderClose, symbols: readonly Symbol[] | null): Promise<RunByHand> {
    checkClose(close);
    const asked = symbols ?? trader.symbols;
    const market = await marketAt(this.#parts, close, trader, asked, true);
    const why = unservedWhy(trader, market.intervals, close.interval);
    if (why !== undefined) throw new InvalidInput(why);
    const screened = withAbsent(
      await screenTrader(this.#parts.screener, trader, close, market, market.symbols),
      asked,
      market,
    );
    const key = { traderId: trader.id, interval: close.interval, closeTime: close.closeTime };
    const signals: Signal[] = [];
    const { found } = await storeFound(this.#parts.executions, key, screened, ({ matches }) =>
      this.#parts.executions.storeBeside(key, trader, matches, this.#storing(trader, signals)),
    );
    const run = runOf(key, "done", found, signals);
    this.#note(run);
    const skipped = await this.#finalSkips(found, close, trader);
    return { ...run, skipped, source: found.source ?? market.source, readFrom: found.readFrom ?? market.readFrom };
  }

  /** Skipped symbols, and whether each is skipped for good: it doesn't wait, or the close is so old that nothing waits for it. */
  async #finalSkips(
    { skipped, pending }: Found,
    { interval, closeTime }: TraderClose,
    { id: whom, market }: Trader,
  ): Promise<RunByHand["skipped"]> {
    const closes = pending.length === 0 ? undefined : await this.#parts.market.closes(whom, market);
    const last = closes?.[interval]?.closeTime;
    const isOld = last !== undefined && closeTime <= givenUpBy(interval, last);
    const waiting = new Set(pending);
    return skipped.map(({ symbol, reason }) => {
      if (!waiting.has(symbol)) return { symbol, reason, final: true };
      if (!isOld) return { symbol, reason, final: false };
      return {
        symbol,
        reason: `${reason}; it is not waited for, as ${WAIT_CANDLES} candles have closed since`,
        final: true,
      };
    });
  }

  /** Claims and runs until nothing is left that may be claimed. Gives back what ended meanwhile, whoever asked for it. */
  async #runWaiting(): Promise<Run[]> {
    const ended: Run[] = [];
    this.#ended.add(ended);
    try {
      await patiently(this.#drain(), this.#parts);
    } finally {
      this.#ended.delete(ended);
    }
    return [...ended];
  }

  /** Claims and runs, and sets the alarm for what was given back. Without it, the next close or look for closes retries that. */
  async #drain(): Promise<void> {
    await this.#loop.drain();
    await this.#retries.set().catch(() => {});
  }

  /** Runs a claim to its end. `screened` is called when its filter has run: what is left is to be written down. */
  async #run(claim: Claim, screened: () => void): Promise<Run> {
    const { executions } = this.#parts;
    const signals: Signal[] = [];
    try {
      if (claim.attempts > MAX_ATTEMPTS) return await this.#fail(claim, claim.lastError ?? "it never came to an end");
      this.#allowance.check(claim.trader.owner);
      const market = await marketAt(this.#parts, claim, claim.trader, claim.trader.symbols, false);
      const waiting = new Set(claim.trader.cooldownCandles === 0 ? [] : claim.waiting);
      const symbols = market.symbols.filter((symbol) => !waiting.has(symbol));
      const seen = withAbsent(
        await screenTrader(this.#parts.screener, claim.trader, claim, market, symbols),
        claim.trader.symbols,
        market,
      );
      const pending = [...seen.pending, ...market.symbols.filter((symbol) => waiting.has(symbol))].sort();
      screened();
      const { found, stored: isMine } = await storeFound(this.#parts.executions, claim, seen, (one) =>
        this.#finishes.add({ claim, outcome: outcomeOf(one), pending }, this.#storing(claim.trader, signals)),
      );
      return runOf(claim, isMine ? "done" : "queued", found, signals);
    } catch (cause) {
      if (cause instanceof VyxError && !cause.retryable) return await this.#fail(claim, cause.message);
      const why = reasonOf(cause);
      this.#parts.log.warn(`${nameOf(claim)} failed and is run again: ${why}`);
      const busy = cause instanceof ScreenerBusy ? cause : undefined;
      const waitMs = Math.max(FIRST_RETRY_MS * 2 ** (claim.attempts - 1), busy?.retryAfterMs ?? 0);
      const isSpent = busy === undefined && !(cause instanceof MarketNotReady);
      await executions.release(claim, why, waitMs, isSpent).catch(() => {});
      return runOf(claim, "queued", NOTHING, signals);
    }
  }

  /** Nothing more is tried. If even that can't be written down, the lease runs out and somebody else does it. */
  async #fail(claim: Claim, error: string): Promise<Run> {
    this.#parts.log.warn(`${nameOf(claim)} failed: ${error}`);
    const outcome = { ...outcomeOf(NOTHING), error: storable(error), failed: true };
    const isMine = await this.#finishes.add({ claim, outcome, pending: [] }, () => {}).catch(() => false);
    return runOf(claim, isMine ? "failed" : "queued", NOTHING, []);
  }

  /**
   * Nothing waits for candles of an interval that isn't served. Gives back how many executions did. Those of a market that isn't served
   * here may be another engine's, which has it: it would give them up by now.
   */
  async #giveUpUnserved(of: Schedule, isServed: boolean): Promise<number> {
    const { market, executions, clock } = this.#parts;
    if (!isServed) {
      const unserved = unservedMarketWhy(of.market, this.#markets);
      if (unserved === undefined) return 0;
      return await executions.giveUpWaiting(of, givenUpBy(of.interval, clock.now()), unserved);
    }
    const served = (await market.offer(of.market))?.intervals;
    if (served === undefined || served.includes(of.interval)) return 0;
    const why = `${of.interval} is not served here: expected one of ${served.join(", ")}`;
    return await executions.giveUpWaiting(of, Number.MAX_SAFE_INTEGER, why);
  }

  /** Runs late symbols. Gives back the runs that ended meanwhile. */
  async #runLate(of: Schedule): Promise<Run[]> {
    const runs: Run[] = [];
    await patiently(this.#late.run(of, runs), this.#parts);
    return [...runs];
  }

  /** Adds signals to a run's as each part of it is stored, and publishes them. */
  #storing(trader: Trader, signals: Signal[]): OnStoredPart {
    return (stored) => {
      signals.push(...stored);
      this.#tell(stored, trader);
    };
  }

  #tell(signals: readonly Signal[], { owner }: Trader): void {
    if (signals.length === 0) return;
    this.#allowance.add(owner, signals.length);
    this.#host("stored signals weren't published", () => this.#parts.onSignals?.(signals, owner));
  }

  #note(run: Run): void {
    this.#host("a run wasn't counted", () => this.#parts.onRun?.(run));
  }

  /** A host that fails must not make a run fail whose signals are stored, nor keep its claim in hand. */
  #host(failure: string, call: () => void): void {
    try {
      call();
    } catch (cause) {
      this.#parts.log.warn(`${failure}: ${reasonOf(cause)}`);
    }
  }
}

/** What a look for closes is about; undefined for all. */
interface Only {
  readonly interval: Interval | undefined;
  readonly market: MarketId | undefined;
}

function nameOfSchedule({ market, interval }: Schedule): string {
  return `${market} ${interval}`;
}

/** At the last close of an interval: closes up to this one don't wait for symbols any more. */
function givenUpBy(interval: Interval, lastClose: UnixMs): UnixMs {
  return closeTimeOf(interval, addCandles(interval, openTimeOf(interval, lastClose), -WAIT_CANDLES));
}

function checkClose({ interval, closeTime }: TraderClose): void {
  if (isCloseTime(interval, closeTime)) return;
  throw new InvalidInput(
    `closeTime ${closeTime} is no close of ${interval}: expected the last millisecond of a candle`,
  );
}

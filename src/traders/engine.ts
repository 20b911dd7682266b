import {
  addCandles,
  type Clock,
  closeTimeOf,
  type Interval,
  InvalidInput,
  millis,
  openTimeOf,
  reasonOf,
  type Symbol,
  type UnixMs,
  VyxError,
} from "../core/mod.ts";
import type { ReadFrom, Signal, Trader } from "../wire/mod.ts";
import { ClaimLoop } from "./claim-loop.ts";
import { isCloseTime } from "./closes-after.ts";
import type { Claim, ExecutionKey, ExecutionsTable, Late, Outcome } from "./executions-table.ts";
import { FinishQueue } from "./finish-queue.ts";
import type { Match } from "./match-rows.ts";
import {
  type MarketAtClose,
  type MarketDataSource,
  type Screener,
  ScreenerBusy,
  type ScreenResult,
  type TraderLog,
} from "./ports.ts";

/**
 * Executions in hand at a time when nobody says otherwise: their filters run, or wait in owners' turn for the thread. No more, so that
 * leases aren't spent on waiting: what isn't claimed, others may.
 */
const DEFAULT_CONCURRENCY = 32;

/** How long a claim holds unless it is ended; milliseconds. After a crash, that long nobody else runs it. */
const DEFAULT_LEASE_MS = 30_000;

/** An execution that failed of the market or the database this often is given up. */
const MAX_ATTEMPTS = 5;

/** The wait before the second attempt, in milliseconds; it doubles with each. */
const FIRST_RETRY_MS = 2_000;

/** Closes that are made up for after an absence; older ones are passed over. Half of what a series holds by default. */
export const MAX_CATCH_UP_CLOSES = 240;

/** A symbol without a certain candle is waited for this many candles of the trigger interval. */
const WAIT_CANDLES = 10;

/** Late executions that are looked at in one go, in owners' turn; the rest have their turn a minute later. */
const LATE_AT_A_TIME = 500;

/** Owners whose late executions are run beside each other; each owner's run one after the other. */
const LATE_OWNERS_AT_A_TIME = 100;

/** Days that executions are kept; signals stay. */
const KEEP_DAYS = 30;

/** What an engine is made of. */
export interface EngineDependencies {
  readonly executions: ExecutionsTable;
  readonly market: MarketDataSource;
  readonly screener: Screener;
  readonly clock: Clock;
  readonly log: TraderLog;
  /** Told of signals that this engine stored. */
  readonly onSignals?: (signals: readonly Signal[], owner: string) => void;
  /** Told of each run when it has ended. */
  readonly onRun?: (run: Run) => void;
  readonly concurrency?: number;
  readonly leaseMs?: number;
  /**
   * How long `close` and `reconcile` wait for runs, in milliseconds; what isn't done then goes on by itself. Without it they wait for
   * all of it: for hosts that end when they have answered.
   */
  readonly patienceMs?: number;
}

/** A run that this call made. */
export interface Run extends ExecutionKey {
  readonly status: "done" | "failed" | "queued";
  /** Those that were looked at. */
  readonly symbols: readonly Symbol[];
  readonly matches: readonly Symbol[];
  readonly symbolsChecked: number;
  readonly skipped: ScreenResult["skipped"];
  readonly errors: ScreenResult["errors"];
  /** The new ones. */
  readonly signals: readonly Signal[];
  /** Undefined where nothing was read. */
  readonly readFrom: ReadFrom | undefined;
}

/** A run by hand always tells what it read. */
export type RunByHand = Run & Pick<MarketAtClose, "source" | "readFrom">;

/** A close that was told, or that was found by asking. */
export interface TraderClose {
  readonly interval: Interval;
  readonly closeTime: UnixMs;
}

/**
 * Runs traders at closes. All that it knows is in the database: any number of engines may work on it, be told the same
 * close twice or never, and end at any moment, and each signal is stored once.
 */
export class TraderEngine {
  readonly #parts: EngineDependencies;
  readonly #loop: ClaimLoop;
  readonly #finishes: FinishQueue;
  /** Where those who asked collect the runs that end. */
  readonly #ended: Set<Run[]> = new Set();
  /** Whose late executions of which interval are being run. */
  readonly #lateUnderWay: Set<string> = new Set();

  constructor(parts: EngineDependencies) {
    this.#parts = parts;
    const { executions, concurrency = DEFAULT_CONCURRENCY, leaseMs = DEFAULT_LEASE_MS } = parts;
    this.#finishes = new FinishQueue(executions);
    this.#loop = new ClaimLoop({
      concurrency,
      now: () => parts.clock.now(),
      claim: (limit, inHand) => executions.claim(limit, leaseMs, inHand),
      run: async (claim, screened) => {
        const run = await this.#run(claim, screened);
        for (const list of this.#ended) list.push(run);
        parts.onRun?.(run);
      },
      flush: () => this.#finishes.flush(),
    });
  }

  /** Runs all that is due at a close, and what waits from before. Gives back what it ran itself. */
  async close({ interval, closeTime }: TraderClose): Promise<Run[]> {
    checkClose({ interval, closeTime });
    await this.#parts.executions.schedule(interval, closeTime, MAX_CATCH_UP_CLOSES);
    const runs = await this.#runWaiting();
    return [...runs, ...(await this.#runLate(interval))];
  }

  /** Looks for closes that nobody told, and runs what is due at them, what waits, and what was left behind. */
  async reconcile(only?: Interval): Promise<{ closes: TraderClose[]; runs: Run[] }> {
    const { executions, market } = this.#parts;
    // Signals don't wait for it: where this is run before the database is up to date, only the note is missing.
    await executions.noteLook().catch((cause) => this.#parts.log.warn(`the look for closes isn't noted: ${cause}`));
    const triggers = (await executions.triggers()).filter((interval) => only === undefined || interval === only);
    const runs: Run[] = [];
    const closes: TraderClose[] = [];
    const last = triggers.length === 0 ? {} : await market.closes();
    for (const interval of triggers) {
      const closeTime = last[interval]?.closeTime;
      if (closeTime === undefined) continue;
      closes.push({ interval, closeTime });
      const neverWere = await executions.turnBack(interval, closeTime);
      if (neverWere > 0) this.#parts.log.warn(`${neverWere} executions of ${interval} were of closes that never were`);
      await executions.schedule(interval, closeTime, MAX_CATCH_UP_CLOSES);
    }
    runs.push(...(await this.#runWaiting()));
    for (const { interval, closeTime } of closes) {
      runs.push(...(await this.#runLate(interval)));
      const tooOld = closeTimeOf(interval, addCandles(interval, openTimeOf(interval, closeTime), -WAIT_CANDLES));
      const givenUp = await executions.giveUpWaiting(interval, tooOld);
      if (givenUp > 0) this.#parts.log.warn(`${givenUp} executions of ${interval} waited in vain for some symbols`);
    }
    await executions.prune(KEEP_DAYS);
    return { closes, runs };
  }

  /** When closes that nobody told were last looked for, by any engine; null when they never were. */
  async lastLook(): Promise<{ lookedAt: UnixMs; ageMs: number } | null> {
    return await this.#parts.executions.lastLook();
  }

  /** Runs one trader by hand, at a close that is over. What it finds is stored as ever, each signal once. */
  async execute(trader: Trader, close: TraderClose, symbols: readonly Symbol[] | null): Promise<RunByHand> {
    checkClose(close);
    const market = await this.#marketAt(close, trader, symbols ?? trader.symbols);
    const found = await this.#screen(trader, close, market, market.symbols);
    const key = { traderId: trader.id, ...close };
    const signals = await this.#parts.executions.storeBeside(key, trader, found.matches);
    this.#tell(signals, trader);
    const run = runOf(key, "done", found, signals);
    this.#parts.onRun?.(run);
    return { ...run, source: market.source, readFrom: market.readFrom };
  }

  /** Claims and runs until nothing is left that may be claimed. Gives back what ended meanwhile, whoever asked for it. */
  async #runWaiting(): Promise<Run[]> {
    const ended: Run[] = [];
    this.#ended.add(ended);
    try {
      await this.#patiently(this.#loop.drain());
    } finally {
      this.#ended.delete(ended);
    }
    return [...ended];
  }

  /** Waits for work, as long as is meant. Then it goes on by itself: one owner's many runs keep no other's close waiting. */
  async #patiently(work: Promise<void>): Promise<void> {
    const { patienceMs, clock, log } = this.#parts;
    if (patienceMs === undefined) return await work;
    const waiting = new AbortController();
    let isOver = false;
    const patience = clock.sleep(millis(patienceMs), waiting.signal).then(
      () => {
        isOver = true;
      },
      () => {},
    );
    try {
      await Promise.race([work, patience]);
    } finally {
      waiting.abort();
    }
    if (isOver) work.catch((cause) => log.warn(`traders: ${cause instanceof Error ? cause.message : cause}`));
  }

  /** Runs a claim to its end. `screened` is called when its filter has run: what is left is to be written down. */
  async #run(claim: Claim, screened: () => void): Promise<Run> {
    const { executions } = this.#parts;
    try {
      if (claim.attempts > MAX_ATTEMPTS) return await this.#fail(claim, claim.lastError ?? "it never came to an end");
      const market = await this.#marketAt(claim, claim.trader, claim.trader.symbols);
      const waiting = new Set(claim.trader.cooldownCandles === 0 ? [] : claim.waiting);
      const symbols = market.symbols.filter((symbol) => !waiting.has(symbol));
      const found = await this.#screen(claim.trader, claim, market, symbols);
      const pending = [...found.pending, ...market.symbols.filter((symbol) => waiting.has(symbol))].sort();
      screened();
      const signals = await this.#finishes.add({ claim, outcome: outcomeOf(found), pending });
      if (signals === undefined) return runOf(claim, "queued", found, []);
      this.#tell(signals, claim.trader);
      return runOf(claim, "done", found, signals);
    } catch (cause) {
      if (cause instanceof VyxError && !cause.retryable) return await this.#fail(claim, cause.message);
      const why = cause instanceof Error ? cause.message : String(cause);
      this.#parts.log.warn(`${nameOf(claim)} failed and is run again: ${why}`);
      const isSpent = !(cause instanceof ScreenerBusy);
      await executions.release(claim, why, FIRST_RETRY_MS * 2 ** (claim.attempts - 1), isSpent).catch(() => {});
      return runOf(claim, "queued", NOTHING, []);
    }
  }

  /** Nothing more is tried. If even that can't be written down, the lease runs out and somebody else does it. */
  async #fail(claim: Claim, error: string): Promise<Run> {
    this.#parts.log.warn(`${nameOf(claim)} failed: ${error}`);
    const outcome = { ...outcomeOf(NOTHING), error, failed: true };
    const stored = await this.#finishes.add({ claim, outcome, pending: [] }).catch(() => undefined);
    return runOf(claim, stored === undefined ? "queued" : "failed", NOTHING, []);
  }

  /** Runs symbols alone whose candle came after their trader's run: owners beside each other, each owner's in order. */
  async #runLate(interval: Interval): Promise<Run[]> {
    const byOwner = new Map<string, Late[]>();
    for (const late of await this.#parts.executions.late(interval, LATE_AT_A_TIME)) {
      const { owner } = late.trader;
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), late]);
    }
    const runs: Run[] = [];
    const waiting = byOwner.entries();
    const work = async (): Promise<void> => {
      for (const [owner, lates] of waiting) await this.#runLateOf(`${interval} ${owner}`, lates, runs);
    };
    await this.#patiently(
      Promise.all(Array.from({ length: Math.min(byOwner.size, LATE_OWNERS_AT_A_TIME) }, work)).then(() => {}),
    );
    return [...runs];
  }

  async #runLateOf(whose: string, lates: readonly Late[], runs: Run[]): Promise<void> {
    if (this.#lateUnderWay.has(whose)) return;
    this.#lateUnderWay.add(whose);
    const stillPending = new Map<string, Set<Symbol>>();
    try {
      for (const late of lates) {
        const before = stillPending.get(late.traderId) ?? new Set();
        stillPending.set(late.traderId, before);
        try {
          const run = await this.#runOneLate(late, before);
          if (run !== undefined) runs.push(run);
        } catch (cause) {
          // It waits for the next look, and nobody else's for it.
          this.#parts.log.warn(`${nameOf(late)} can't run its late symbols yet: ${reasonOf(cause)}`);
          for (const symbol of late.pending) before.add(symbol);
        }
      }
    } finally {
      this.#lateUnderWay.delete(whose);
    }
  }

  /** Undefined where none of its symbols could be run yet. Rejects where that is to be tried again. */
  async #runOneLate(late: Late, stillPending: Set<Symbol>): Promise<Run | undefined> {
    const market = await this.#marketAt(late, late.trader, late.pending);
    const waits = (symbol: Symbol): boolean => late.trader.cooldownCandles > 0 && stillPending.has(symbol);
    const tried = market.symbols.filter((symbol) => !waits(symbol));
    let found: Found;
    try {
      found = await this.#screen(late.trader, late, market, tried);
    } catch (cause) {
      if (!(cause instanceof VyxError) || cause.retryable) throw cause;
      found = { ...NOTHING, symbols: tried, errors: tried.map((symbol) => ({ symbol, message: cause.message })) };
    }
    const ran = tried.filter((symbol) => !found.pending.includes(symbol));
    for (const symbol of late.pending) if (!ran.includes(symbol)) stillPending.add(symbol);
    if (ran.length === 0) return undefined;
    const signals = await this.#parts.executions.finishLate(late, outcomeOf(found), ran);
    this.#tell(signals, late.trader);
    const run = runOf(late, "done", found, signals);
    this.#parts.onRun?.(run);
    return run;
  }

  async #marketAt(
    { interval, closeTime }: TraderClose,
    { id: whom, timeframes }: Trader,
    symbols: readonly Symbol[] | null,
  ): Promise<MarketAtClose> {
    return await this.#parts.market.at({ interval, closeTime, timeframes, symbols, whom });
  }

  async #screen(
    trader: Trader,
    { interval, closeTime }: TraderClose,
    market: MarketAtClose,
    symbols: readonly Symbol[],
  ): Promise<Found> {
    if (symbols.length === 0) return { ...NOTHING, readFrom: market.readFrom };
    const { owner, code, timeframes } = trader;
    const result = await this.#parts.screener.screen({ owner, code, timeframes, symbols, interval, closeTime, market });
    return foundOf(result, symbols, market);
  }

  #tell(signals: readonly Signal[], { owner }: Trader): void {
    if (signals.length > 0) this.#parts.onSignals?.(signals, owner);
  }
}

/** What a screen found, and which symbols it couldn't be asked about yet. */
interface Found extends ScreenResult {
  readonly symbols: readonly Symbol[];
  readonly matches: readonly Match[];
  readonly pending: readonly Symbol[];
  readonly readFrom: ReadFrom | undefined;
}

const NOTHING: Found = {
  symbols: [],
  matches: [],
  checked: 0,
  skipped: [],
  errors: [],
  pending: [],
  readFrom: undefined,
};

/** Symbols without their candle wait, whatever the filter said: it may not even have looked at the interval that closed. */
function foundOf(result: ScreenResult, symbols: readonly Symbol[], market: MarketAtClose): Found {
  const waiting = new Set(result.skipped.filter(({ wanted }) => wanted === undefined).map(({ symbol }) => symbol));
  for (const symbol of symbols) if (market.price(symbol) === undefined) waiting.add(symbol);
  const matches = result.matches.flatMap(({ symbol, facts }) => {
    const price = market.price(symbol);
    return price === undefined ? [] : [{ symbol, price, facts: facts ?? {} }];
  });
  const checked =
    result.checked - [...waiting].filter((symbol) => !result.skipped.some((one) => one.symbol === symbol)).length;
  const errors = result.errors.filter(({ symbol }) => !waiting.has(symbol));
  const { readFrom } = market;
  return { symbols, matches, checked, skipped: result.skipped, errors, pending: [...waiting], readFrom };
}

function outcomeOf(found: Found): Outcome {
  const first = found.errors[0];
  return {
    matches: found.matches,
    symbolsChecked: found.checked,
    skipped: found.skipped.filter(({ symbol }) => !found.pending.includes(symbol)).length,
    errors: found.errors.length,
    error: first === undefined ? null : `${first.symbol}: ${first.message}`,
    failed: false,
  };
}

function runOf(key: ExecutionKey, status: Run["status"], found: Found, signals: readonly Signal[]): Run {
  const { traderId, interval, closeTime } = key;
  const matches = found.matches.map(({ symbol }) => symbol);
  const { symbols, checked: symbolsChecked, skipped, errors, readFrom } = found;
  return {
    traderId,
    interval,
    closeTime,
    status,
    symbols,
    matches,
    symbolsChecked,
    skipped,
    errors,
    signals,
    readFrom,
  };
}

function checkClose({ interval, closeTime }: TraderClose): void {
  if (isCloseTime(interval, closeTime)) return;
  throw new InvalidInput(
    `closeTime ${closeTime} is no close of ${interval}: expected the last millisecond of a candle`,
  );
}

function nameOf(claim: ExecutionKey): string {
  return `trader ${claim.traderId} at the close of ${claim.interval} at ${new Date(claim.closeTime).toISOString()}`;
}

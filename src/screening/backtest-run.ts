import { assert, type PastKlines, type PastSymbol, type Symbol, type UnixMs } from "../core/mod.ts";
import {
  type BacktestAsked,
  type BacktestEvent,
  type BacktestPlan,
  type BacktestRequest,
  type BacktestResult,
  type BacktestSignal,
  DAY_MS,
  DailyVolumes,
  dayOf,
  type PlannedBacktest,
} from "../strategy/mod.ts";
import { rankNotes, skipNotes } from "./backtest-notes.ts";
import type { BacktestThread } from "./backtests.ts";
import { ScreensBusy } from "./errors.ts";
import { EventQueue } from "./event-queue.ts";
import type { BacktestDone, BacktestWork } from "./messages.ts";
import { readAhead } from "./read-ahead.ts";
import type { ScreenCaller } from "./screens.ts";

/** A thread's work on a backtest in one go, in milliseconds. */
export const BACKTEST_SLICE_MS = 50;

/** Events of a symbol that wait for those of the symbols before it; a step's signals are one. Past it, the symbol's thread waits. */
export const MAX_WAITING_EVENTS = 32;

const MINUTE_MS = 60_000;

/** What a run is made of. */
export interface BacktestRunParts {
  readonly id: string;
  readonly past: PastKlines;
  readonly threads: readonly BacktestThread[];
  readonly request: BacktestRequest;
  readonly asked: BacktestAsked;
  readonly symbols: readonly PastSymbol[];
  readonly by: ScreenCaller;
  /** Gives its place back. */
  readonly release: () => void;
}

/** A symbol that is gone through. `days`: those on which it belongs to the universe; all unless given. */
interface Member extends PastSymbol {
  readonly days?: Uint8Array | undefined;
}

/** What a step found, and how many of the symbol's minutes were gone through. */
interface Found {
  readonly signals: readonly BacktestSignal[];
  readonly minutes: number | undefined;
}

/**
 * One backtest. The symbols are dealt to the threads in turn; what these find is passed on symbol by symbol, so events come in the same
 * order however fast each thread is. Klines are read here and handed over block by block, and nothing is read that nobody waits for.
 */
export class BacktestRun implements PlannedBacktest {
  readonly #parts: BacktestRunParts;
  readonly #ending: AbortController = new AbortController();
  readonly #by: ScreenCaller;
  #plan: BacktestPlan | undefined;
  /** What there is to say of the universe. */
  #rankNotes: readonly string[] = [];
  #hasBegun = false;
  #isReleased = false;

  constructor(parts: BacktestRunParts) {
    this.#parts = parts;
    this.#by = { caller: parts.by.caller, signal: this.#ending.signal };
  }

  get symbolCloses(): number {
    const { symbols, asked } = this.#parts;
    const { universe } = asked;
    const count = typeof universe === "object" && "top" in universe ? universe.top : symbols.length;
    return this.#planned().closes * Math.min(count, symbols.length);
  }

  /** Lets each thread read the filter. Rejects where it can't be meant. */
  async begin(): Promise<void> {
    const { threads, request, by } = this.#parts;
    by.signal?.addEventListener("abort", () => this.close(), { once: true });
    if (by.signal?.aborted === true) this.close();
    for (const thread of threads) {
      const done = await this.#do(thread, { part: "begin", request });
      assert(done.part === "begin", "a thread begins a backtest");
      this.#plan = done.plan;
    }
  }

  async *events(): AsyncGenerator<BacktestEvent, void> {
    assert(!this.#hasBegun, "a backtest is read once");
    this.#hasBegun = true;
    const running: Promise<void>[] = [];
    let result: BacktestResult;
    try {
      const { members, minutes: ranked } = yield* this.#members();
      const queues = members.map(() => new EventQueue<Found>(MAX_WAITING_EVENTS));
      const { threads } = this.#parts;
      for (const [index, thread] of threads.entries()) running.push(this.#lane(thread, index, members, queues));
      const of = ranked + this.#allMinutesOf(members);
      let before = ranked;
      for (const [index, queue] of queues.entries()) {
        for await (const { signals, minutes } of queue.read()) {
          for (const signal of signals) yield { kind: "signal", signal };
          if (minutes !== undefined) yield { kind: "progress", minutes: before + minutes, of };
        }
        before += this.#minutesOf(members[index] as Member);
      }
      result = await this.#result(members.length);
    } finally {
      this.#ending.abort(new Error("the backtest has ended"));
      await Promise.all(running);
      await this.#release();
    }
    // The place is released before the result is sent, so that the caller can start the next backtest at once.
    yield { kind: "result", result };
  }

  close(): void {
    this.#ending.abort(new Error("nobody waits for the backtest any more"));
    // Once it has begun, it ends with its events.
    if (!this.#hasBegun) void this.#release();
  }

  /** The symbols that belong to the universe at some close, and how many minutes were read to find that out. */
  async *#members(): AsyncGenerator<BacktestEvent, { readonly members: readonly Member[]; readonly minutes: number }> {
    const { asked, symbols, past } = this.#parts;
    const { universe } = asked;
    if (universe === "all" || !("top" in universe)) return { members: symbols, minutes: 0 };
    const { firstClose, lastClose } = this.#planned();
    const firstDay = dayOf(firstClose) - universe.days;
    const volumes = new DailyVolumes(firstDay, dayOf(lastClose) + 1 - firstDay);
    const range = { from: (firstDay * DAY_MS) as UnixMs, to: (dayOf(lastClose) * DAY_MS - MINUTE_MS) as UnixMs };
    const all = symbols.reduce((sum, one) => sum + minutesIn(one, range.from, range.to), 0);
    const of = all + this.#allMinutesOf(symbols);
    let minutes = 0;
    for (const one of symbols) {
      for await (const block of past.read(one.symbol, range, this.#ending.signal)) volumes.add(one.symbol, block);
      this.#throwIfEnded();
      minutes += minutesIn(one, range.from, range.to);
      yield { kind: "progress", minutes, of };
    }
    const ranking = volumes.ranked(universe);
    let ranked = ranking.next();
    for (; ranked.done !== true; ranked = ranking.next()) await new Promise((resolve) => setTimeout(resolve, 0));
    const daysOf: ReadonlyMap<Symbol, Uint8Array> = ranked.value;
    this.#rankNotes = rankNotes({
      ...{ universe, firstDay: dayOf(firstClose), days: dayOf(lastClose) + 1 - dayOf(firstClose) },
      ...{ members: [...daysOf.values()], oldest: this.#oldest() },
    });
    const members = symbols.flatMap((one) => {
      const days = daysOf.get(one.symbol);
      return days?.includes(1) === true ? [{ ...one, days }] : [];
    });
    return { members, minutes };
  }

  /** Goes through the symbols of one thread: of three threads, every third symbol. Never rejects: a failure ends the events of its symbol. */
  async #lane(
    thread: BacktestThread,
    index: number,
    members: readonly Member[],
    queues: readonly EventQueue<Found>[],
  ): Promise<void> {
    const step = this.#parts.threads.length;
    for (let at = index; at < members.length; at += step) {
      const queue = queues[at] as EventQueue<Found>;
      const end = (): void => queue.end(this.#ending.signal.reason);
      this.#ending.signal.addEventListener("abort", end, { once: true });
      try {
        await this.#goThrough(thread, members[at] as Member, queue);
        queue.end();
      } catch (cause) {
        queue.end(cause);
        return;
      } finally {
        this.#ending.signal.removeEventListener("abort", end);
      }
    }
  }

  async #goThrough(thread: BacktestThread, member: Member, queue: EventQueue<Found>): Promise<void> {
    const { past } = this.#parts;
    const { readFrom, readTo } = this.#planned();
    const range = { from: readFrom, to: readTo };
    const settled = await past.settled(member.symbol, range);
    await this.#do(thread, { part: "symbol", symbol: { ...member, settled } });
    const first = Math.max(member.span.from, readFrom);
    for await (const block of readAhead(past.read(member.symbol, range, this.#ending.signal))) {
      if (block.length === 0) continue;
      // Afterwards the columns are the thread's.
      const last = block.columns.openTime[block.length - 1] as number;
      const next = await this.#steps(thread, { part: "block", block, sliceMs: BACKTEST_SLICE_MS }, queue);
      await queue.push({ signals: [], minutes: (last - first) / MINUTE_MS + 1 });
      if (next === "done") return;
    }
    this.#throwIfEnded();
    await this.#steps(thread, { part: "block", block: undefined, sliceMs: BACKTEST_SLICE_MS }, queue);
    await queue.push({ signals: [], minutes: this.#minutesOf(member) });
  }

  /** Does a block's steps. */
  async #steps(thread: BacktestThread, begin: WorkPart, queue: EventQueue<Found>): Promise<"block" | "done"> {
    for (let part = begin; ; part = { part: "step", sliceMs: BACKTEST_SLICE_MS }) {
      const done = await this.#do(thread, part);
      assert(done.part === "step", "a thread goes on with a backtest");
      const { signals, next } = done.step;
      if (signals.length > 0) await queue.push({ signals, minutes: undefined });
      if (next !== "step") return next;
    }
  }

  async #result(symbols: number): Promise<BacktestResult> {
    const [first, ...others] = this.#parts.threads;
    assert(first !== undefined, "a backtest has a thread");
    const tallies = [];
    for (const thread of others) {
      const done = await this.#do(thread, { part: "tally" });
      assert(done.part === "tally", "a thread tells what it counted");
      tallies.push(done.tally);
    }
    const done = await this.#do(first, { part: "totals", others: tallies });
    assert(done.part === "totals", "a thread adds up what was counted");
    const plan = this.#planned();
    const { market, interval, timeframes, firstClose, lastClose, closes, horizons } = plan;
    const { cooldownCandles, feesPercent, windows, engine, why, exact } = plan;
    const { missing, ...totals } = done.totals;
    const notes = [...plan.notes, ...this.#rankNotes, ...skipNotes({ ...totals, missing }, this.#oldest())];
    return {
      ...{ market, interval, timeframes, from: firstClose, to: lastClose, closes },
      ...{ universe: this.#parts.asked.universe, symbols, horizons, cooldownCandles, feesPercent },
      windows: Object.fromEntries(windows),
      ...totals,
      ...{ engine, why, exact, notes },
    };
  }

  /** Where the history of the first symbol begins. */
  #oldest(): UnixMs {
    return Math.min(...this.#parts.symbols.map(({ span }) => span.from)) as UnixMs;
  }

  async #do(thread: BacktestThread, part: WorkPart): Promise<BacktestDone> {
    const { id, request } = this.#parts;
    this.#throwIfEnded();
    const done = await thread.backtest({ id, ...part }, request.code, this.#by);
    if (done.part === "lost") throw new ScreensBusy("the backtest's thread was started anew meanwhile: try again");
    return done;
  }

  /** Minutes of a symbol that the filter's klines are read from. */
  #minutesOf(symbol: PastSymbol): number {
    const { readFrom, readTo } = this.#planned();
    return minutesIn(symbol, readFrom, readTo);
  }

  #allMinutesOf(symbols: readonly PastSymbol[]): number {
    return symbols.reduce((sum, symbol) => sum + this.#minutesOf(symbol), 0);
  }

  #planned(): BacktestPlan {
    assert(this.#plan !== undefined, "a backtest has begun");
    return this.#plan;
  }

  #throwIfEnded(): void {
    if (this.#ending.signal.aborted) throw this.#ending.signal.reason;
  }

  /** Lets the threads forget it, and gives its place back. */
  async #release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    const { threads, id, request, by, release } = this.#parts;
    const ends = threads.map((thread) => thread.backtest({ id, part: "end" }, request.code, { caller: by.caller }));
    await Promise.allSettled(ends);
    release();
  }
}

/** Minutes from a symbol's first to its last in a range. */
function minutesIn({ span }: PastSymbol, from: number, to: number): number {
  return Math.max(0, (Math.min(span.to, to) - Math.max(span.from, from)) / MINUTE_MS + 1);
}

/** A part of a backtest, which is named when it is sent. */
type WorkPart = BacktestWork extends infer Work ? (Work extends { part: string } ? Omit<Work, "id"> : never) : never;

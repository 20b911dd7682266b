import {
  assert,
  boundedWait,
  type Clock,
  type Millis,
  millis,
  type StopSignal,
  type Stopwatch,
  type UnixMs,
} from "../../../core/mod.ts";
import type { RequestBudget } from "../../exchange.ts";
import type { BanMemory } from "./ban-file.ts";
import { type Spending, spendingOf } from "./spending.ts";

/** Who asks, the most urgent first: a call waits for all calls of the lanes before its own. */
const LANES = ["repair", "user", "audit", "warm-up"] as const;

/** One of {@link LANES}. */
export type Lane = (typeof LANES)[number];

/** The share of the exchange's weight limit that we spend at most; the rest is left to others behind the same address. */
const DEFAULT_WEIGHT_SHARE = 0.8;

/** Calls that wait at most. The repair asks for eight at a time and the audit for one, so more is a mistake. */
const MAX_WAITING = 1_000;

/** A long stop is slept in slices, in milliseconds: timers count 2^31 ms at most. */
const SLEEP_SLICE_MS = 60_000;

interface Waiting {
  readonly weight: number;
  readonly lane: Lane;
  readonly go: () => void;
}

/**
 * One for all REST calls: grants request weight, lane by lane, within a share of what the exchange allows in a window. Believes the
 * exchange's own count over its own, and stops every lane until the moment that a refusal named. Exchanges ban who goes on after
 * one, so after a stop or a pause one call goes first, and the others follow when it succeeds.
 *
 * All waits count by the stopwatch. The local clock, which may be set at any time, is only read to begin with: for windows of the
 * clock, and for a ban that an earlier process remembered.
 */
export class WeightGovernor {
  /** Weight that an address may spend in a window, as the exchange says. */
  most: number;
  readonly #clock: Clock;
  readonly #stopwatch: Stopwatch;
  readonly #share: number;
  readonly #spending: Spending;
  readonly #queue: Waiting[] = [];
  /** Until when no call goes out, by the stopwatch: the exchange made us stop, or calls are of no use. */
  #heldUntil = Number.NEGATIVE_INFINITY;
  /** Until when the exchange made us stop, by the stopwatch. */
  #stoppedUntil = Number.NEGATIVE_INFINITY;
  #pumping = false;
  /** Calls that were granted and have no answer yet. */
  #underWay = 0;
  /** Since a stop or a pause no call has been answered well. */
  #isTrying = false;
  #spent = 0;
  #stops = 0;
  /** Called when calls have to wait, with how long, in milliseconds. */
  onWait: (waitMs: number) => void = () => {};
  readonly #bans: BanMemory | undefined;
  #isBanRemembered = false;

  /** `bans` remembers across restarts until when nobody may ask. */
  constructor(
    clock: Clock,
    stopwatch: Stopwatch,
    budget: RequestBudget,
    share: number = DEFAULT_WEIGHT_SHARE,
    bans?: BanMemory,
  ) {
    this.#clock = clock;
    this.#stopwatch = stopwatch;
    const clockAheadMs = clock.now() - stopwatch();
    this.most = budget.most;
    this.#share = share;
    this.#spending = spendingOf(budget, clockAheadMs);
    this.#bans = bans;
    const bannedUntil = bans?.until(clock.now());
    if (bannedUntil === undefined) return;
    this.#heldUntil = this.#stoppedUntil = bannedUntil - clockAheadMs;
    this.#isTrying = this.#isBanRemembered = true;
  }

  /** Weight spent since the start. */
  get spent(): number {
    return this.#spent;
  }

  /** Weight that counts in the present window, by our own count or the exchange's, whichever is higher. */
  get used(): number {
    return this.#spending.usedAt(this.#stopwatch());
  }

  /** How often the exchange made us stop. */
  get stops(): number {
    return this.#stops;
  }

  /** Until when the exchange makes us stop, by the local clock as it is set now; undefined when it doesn't. */
  get stoppedUntil(): UnixMs | undefined {
    return this.#localTime(this.#stoppedUntil);
  }

  /** Until when we ask nothing because calls failed, by the local clock; undefined when we don't wait, or the exchange makes us stop. */
  get pausedUntil(): UnixMs | undefined {
    return this.stoppedUntil === undefined ? this.#localTime(this.#heldUntil) : undefined;
  }

  #localTime(until: number): UnixMs | undefined {
    const leftMs = until - this.#stopwatch();
    return leftMs > 0 ? (Math.round(this.#clock.now() + leftMs) as UnixMs) : undefined;
  }

  /**
   * Resolves when a call of this weight may go out; the caller then owes a {@link release}. Rejects when the signal is aborted
   * before.
   */
  acquire(weight: number, lane: Lane, signal: StopSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    assert(this.#queue.length < MAX_WAITING, "a caller waits for its answer before it asks again");
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        const at = this.#queue.indexOf(waiting);
        if (at >= 0) this.#queue.splice(at, 1);
        reject(signal.reason);
      };
      const waiting: Waiting = {
        weight,
        lane,
        go: () => {
          signal.removeEventListener("abort", stop);
          resolve();
        },
      };
      signal.addEventListener("abort", stop, { once: true });
      const rank = LANES.indexOf(lane);
      const behind = this.#queue.findIndex((other) => LANES.indexOf(other.lane) > rank);
      this.#queue.splice(behind < 0 ? this.#queue.length : behind, 0, waiting);
      void this.#pump();
    });
  }

  /**
   * A call that went out at this time of the stopwatch has ended: `isWell` unless the exchange refused it, had trouble or didn't
   * answer.
   */
  release(leftAt: number, isWell: boolean): void {
    this.#underWay -= 1;
    // The late answer to a call from before the stop says nothing about the time after it.
    if (isWell && leftAt >= this.#heldUntil) {
      this.#isTrying = false;
      if (this.#isBanRemembered) this.#bans?.forget();
      this.#isBanRemembered = false;
    }
    void this.#pump();
  }

  /**
   * The exchange said how much weight its window had cost so far, in its answer to a call that went out at this time of the stopwatch.
   */
  observe(used: number, leftAt: number): void {
    this.#spending.observe(used, leftAt, this.#stopwatch());
  }

  /** The exchange makes us stop for this long; the ban file keeps that across restarts. */
  stop(span: Millis): void {
    this.#stops += 1;
    this.pause(span);
    this.#stoppedUntil = Math.max(this.#stoppedUntil, this.#stopwatch() + boundedWait(span));
    this.#bans?.remember(this.stoppedUntil ?? this.#clock.now());
    this.#isBanRemembered = true;
  }

  /** No call goes out for this long, up to the three days that a ban may last: calls are of no use just now. */
  pause(span: Millis): void {
    this.#heldUntil = Math.max(this.#heldUntil, this.#stopwatch() + boundedWait(span));
    this.#isTrying = true;
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
        const wait = this.#waitFor(next.weight);
        if (wait > 0) {
          this.onWait(wait);
          // Timers count whole milliseconds: a part of one would be slept again and again.
          await this.#clock.sleep(millis(Math.min(SLEEP_SLICE_MS, Math.ceil(wait))));
          continue;
        }
        if (this.#isTrying && this.#underWay > 0) return;
        this.#queue.shift();
        this.#underWay += 1;
        this.#spending.spend(next.weight, this.#stopwatch());
        this.#spent += next.weight;
        next.go();
      }
    } finally {
      this.#pumping = false;
    }
  }

  #waitFor(weight: number): number {
    const now = this.#stopwatch();
    if (this.#heldUntil > now) return this.#heldUntil - now;
    return this.#spending.waitMs(weight, this.most * this.#share, now);
  }

  /**
   * How long calls of this weight together have to wait until the last of them may go out, in milliseconds, if no others go out
   * meanwhile: for the end of a stop or a pause, and for the windows whose budget they take up.
   */
  waitMs(weight: number): number {
    const now = this.#stopwatch();
    const start = Math.max(now, this.#heldUntil);
    return this.#spending.lastAt(weight, Math.floor(this.most * this.#share), start, now) - now;
  }
}

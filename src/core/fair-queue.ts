/** So many short jobs may overtake long ones that wait; then a long one has its turn. */
export const MAX_OVERTAKING = 20;

/**
 * A short job goes before another caller's long one only if its caller has used at most so much more of the thread, in milliseconds:
 * many short jobs of one caller don't overtake a single job of another that took a little longer.
 */
const HEAD_START_MS = 100;

/** A caller that spent more than this, in milliseconds, is remembered when it has nothing in the queue any more. */
const REMEMBERED_FROM_MS = 100;

/** Callers with nothing in the queue that are remembered for the time that they used. Past it, the oldest starts afresh. */
const MAX_REMEMBERED = 1_000;

/** How many jobs a queue holds, waiting and running. */
export interface QueueBounds {
  readonly perCaller: number;
  readonly total: number;
}

/** Short jobs go before long ones. */
export type JobLength = "short" | "long";

/** What one caller has in the queue. */
interface Share<Job> {
  readonly waiting: Record<JobLength, Job[]>;
  /** Short jobs that count as long ones, as the caller is a heavy one. They take turns with its long ones. */
  readonly late: Job[];
  wasLate: boolean;
  /** Jobs that hold a place, whether they wait or run. */
  places: number;
  running: number;
  /** Thread time that was used, in milliseconds; never less than what the queue last served had used, so that idling saves nothing up. */
  usedMs: number;
  /** What was used lately: since the caller last had nothing in the queue, and half of what was spent lately before that. */
  spentMs: number;
  /** When it was last served, in turns. */
  turn: number;
}

/**
 * Jobs of many callers for one thread. The caller that has used the thread least comes next, so that each has the same share of it
 * whatever the others bring. Short jobs overtake long ones, but not for ever. A heavy caller, one that spent much of the thread's time
 * lately, is remembered: where it comes at the same time as others it comes after them, and all its jobs are long ones. Among
 * these, its short ones don't wait for the end of its long ones. The queue reads no clock: callers report how long their jobs ran.
 */
export class FairQueue<Caller, Job> {
  readonly #bounds: QueueBounds;
  readonly #heavyFromMs: number;
  readonly #shares: Map<Caller, Share<Job>> = new Map();
  /** Jobs that had their turn and didn't run. */
  readonly #again: { readonly caller: Caller; readonly job: Job }[] = [];
  #places = 0;
  /** Callers that are known and have no place. */
  #remembered = 0;
  #waiting: Record<JobLength, number> = { short: 0, long: 0 };
  #floorMs = 0;
  #turn = 0;
  #overtaken = 0;

  /** `heavyFromMs`: thread time that makes a caller a heavy one, in milliseconds. */
  constructor(bounds: QueueBounds, heavyFromMs: number = Number.POSITIVE_INFINITY) {
    this.#bounds = bounds;
    this.#heavyFromMs = heavyFromMs;
  }

  /** Places that are taken. */
  get places(): number {
    return this.#places;
  }

  /** Jobs that wait. */
  get waiting(): number {
    return this.#waiting.short + this.#waiting.long + this.#again.length;
  }

  /** Whose places are all taken; undefined where there is one for this caller. */
  fullness(caller: Caller): "caller" | "total" | undefined {
    if ((this.#shares.get(caller)?.places ?? 0) >= this.#bounds.perCaller) return "caller";
    return this.#places >= this.#bounds.total ? "total" : undefined;
  }

  /** Whether a caller spent much of the thread's time lately. */
  isHeavy(caller: Caller): boolean {
    return (this.#shares.get(caller)?.spentMs ?? 0) >= this.#heavyFromMs;
  }

  /** Takes a place for a job, and lets it wait. */
  enter(caller: Caller, job: Job, length: JobLength): void {
    let share = this.#shares.get(caller);
    if (share === undefined) {
      const nothing = { places: 0, running: 0, usedMs: 0, spentMs: 0, turn: 0 };
      share = { waiting: { short: [], long: [] }, late: [], wasLate: false, ...nothing };
      this.#shares.set(caller, share);
    } else if (share.places === 0) {
      this.#remembered -= 1;
    }
    if (share.places === 0) {
      share.usedMs = Math.max(share.usedMs, this.#floorMs);
      share.spentMs /= 2;
    }
    share.places += 1;
    this.#places += 1;
    const taken = share.spentMs >= this.#heavyFromMs ? "long" : length;
    (taken === length ? share.waiting[taken] : share.late).push(job);
    this.#waiting[taken] += 1;
  }

  /** The job whose turn it is. It runs from here on; a long one only where the thread has nothing else to do. */
  next(isIdle: boolean): { readonly caller: Caller; readonly job: Job } | undefined {
    const again = this.#again.shift();
    if (again !== undefined) {
      this.#share(again.caller).running += 1;
      return again;
    }
    const length = this.#nextLength();
    if (length === "long" && !isIdle) return undefined;
    const least = this.#least(length);
    if (least === undefined) return undefined;
    const { caller, share } = least;
    const job = nextOf(share, length);
    this.#waiting[length] -= 1;
    this.#turn += 1;
    share.turn = this.#turn;
    share.running += 1;
    this.#floorMs = Math.max(this.#floorMs, share.usedMs);
    this.#overtaken = length === "short" && this.#waiting.long > 0 ? this.#overtaken + 1 : 0;
    return { caller, job };
  }

  /** A job that ran for so long goes on later, as its caller's next one. */
  goOn(caller: Caller, job: Job, length: JobLength, ms: number): void {
    const share = this.#share(caller);
    this.#ran(share, ms);
    share.waiting[length].unshift(job);
    this.#waiting[length] += 1;
  }

  /** A job didn't run although it was its turn: it is the next one, before all others. */
  again(caller: Caller, job: Job): void {
    this.#share(caller).running -= 1;
    this.#again.push({ caller, job });
  }

  /** A job that ran for so long has ended, and gives its place back. */
  end(caller: Caller, ms: number): void {
    const share = this.#share(caller);
    this.#ran(share, ms);
    this.#leave(caller, share);
  }

  /** Takes a job that waits out of the queue. False when it doesn't wait. */
  remove(caller: Caller, job: Job): boolean {
    const share = this.#shares.get(caller);
    if (share === undefined) return false;
    const again = this.#again.findIndex((one) => one.job === job);
    if (again >= 0) {
      this.#again.splice(again, 1);
      this.#leave(caller, share);
      return true;
    }
    for (const length of ["short", "long"] as const) {
      const jobs = [share.waiting[length], length === "long" ? share.late : []].find((some) => some.includes(job));
      if (jobs === undefined) continue;
      jobs.splice(jobs.indexOf(job), 1);
      this.#waiting[length] -= 1;
      this.#leave(caller, share);
      return true;
    }
    return false;
  }

  #nextLength(): JobLength {
    if (this.#waiting.long === 0) return "short";
    if (this.#overtaken >= MAX_OVERTAKING) return "long";
    const [short, long] = [this.#least("short"), this.#least("long")];
    if (short === undefined || long === undefined) return short === undefined ? "long" : "short";
    return short.share.usedMs <= long.share.usedMs + HEAD_START_MS ? "short" : "long";
  }

  #ran(share: Share<Job>, ms: number): void {
    share.running -= 1;
    share.usedMs += ms;
    share.spentMs += ms;
  }

  /** The caller whose turn it is: one that has nothing running before others, then by time used, then by turn. */
  #least(length: JobLength): { readonly caller: Caller; readonly share: Share<Job> } | undefined {
    let best: { readonly caller: Caller; readonly share: Share<Job> } | undefined;
    for (const [caller, share] of this.#shares) {
      if (share.waiting[length].length === 0 && (length === "short" || share.late.length === 0)) continue;
      if (best === undefined || isBefore(share, best.share)) best = { caller, share };
    }
    return best;
  }

  #share(caller: Caller): Share<Job> {
    return this.#shares.get(caller) as Share<Job>;
  }

  #leave(caller: Caller, share: Share<Job>): void {
    share.places -= 1;
    this.#places -= 1;
    if (share.places > 0) return;
    // Last in the map are those that left last.
    this.#shares.delete(caller);
    if (share.usedMs <= this.#floorMs && share.spentMs < REMEMBERED_FROM_MS) return;
    this.#shares.set(caller, share);
    this.#remembered += 1;
    if (this.#remembered <= MAX_REMEMBERED) return;
    for (const [oldest, { places }] of this.#shares) {
      if (places > 0) continue;
      this.#shares.delete(oldest);
      this.#remembered -= 1;
      break;
    }
  }
}

/** Takes a caller's next job of a length. */
function nextOf<Job>(share: Share<Job>, length: JobLength): Job {
  const { waiting, late } = share;
  if (length === "short") return waiting.short.shift() as Job;
  share.wasLate = late.length > 0 && (!share.wasLate || waiting.long.length === 0);
  return (share.wasLate ? late : waiting.long).shift() as Job;
}

function isBefore<Job>(a: Share<Job>, b: Share<Job>): boolean {
  const isRunning = Math.sign(a.running) - Math.sign(b.running);
  if (isRunning !== 0) return isRunning < 0;
  return a.usedMs < b.usedMs || (a.usedMs === b.usedMs && a.turn < b.turn);
}

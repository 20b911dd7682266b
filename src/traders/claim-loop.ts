import type { Stopwatch } from "../core/mod.ts";
import type { Claim, InHand } from "./execution.ts";

/** The most executions that one statement claims. */
const CLAIMED_AT_A_TIME = 32;

/** The most runs that have been screened and aren't stored yet. Above it, no other run begins. */
const MAX_UNWRITTEN = 64;

/**
 * How long an engine protects a claimed run from being claimed again by itself, in milliseconds. A run may wait for its turn longer than its
 * lease lasts, so until then its engine doesn't claim it twice. After that the run counts as hung: once its lease has expired, any engine
 * may claim it.
 */
const MAX_HELD_MS = 300_000;

/** What the loop calls, and its bound. */
export interface ClaimLoopParts {
  /** The most claimed executions whose filters run or wait for their turn. */
  readonly concurrency: number;
  readonly stopwatch: Stopwatch;
  /** Claims up to `limit` executions in addition to those in hand. */
  readonly claim: (limit: number, inHand: InHand) => Promise<Claim[]>;
  /** Runs a claim and stores its result. Never rejects. Calls `screened` when the filter has run and only storing remains. */
  readonly run: (claim: Claim, screened: () => void) => Promise<void>;
  /** Called when no filter runs and no claim is under way, so that finished runs are stored at once instead of waiting for others. */
  readonly flush: () => void;
}

/** The runs of one owner. */
interface OwnerShare {
  /** Claimed runs whose filters haven't finished. */
  inHand: number;
  /** Claimed runs that aren't stored yet, those in hand included. */
  unfinished: number;
  /** Runs whose filters have finished since the last claim. */
  screened: number;
  /** Whether a run was stored since the last claim. Then the next close of the same trader may be claimed. */
  isWritten: boolean;
}

/** Claims executions and runs several at a time, until none is left. */
export class ClaimLoop {
  readonly #parts: ClaimLoopParts;
  #working: Promise<void> | undefined;
  #busySince: number | undefined;
  /** Whether there may be unclaimed executions. */
  #look = false;
  #wake: () => void = () => {};
  /** Runs whose filters haven't finished, and runs that aren't stored yet. */
  readonly #screening: Set<Claim> = new Set();
  readonly #unfinished: Map<Claim, { readonly claimedAt: number; readonly run: Promise<void> }> = new Map();
  readonly #owners: Map<string, OwnerShare> = new Map();
  #claiming: Promise<void> | undefined;
  #failed: { readonly cause: unknown } | undefined;

  constructor(parts: ClaimLoopParts) {
    this.#parts = parts;
  }

  /** Claims and runs executions until none is left. Rejects when claiming fails, after the runs under way have ended. */
  async drain(): Promise<void> {
    this.#look = true;
    this.#wake();
    this.#busySince ??= this.#parts.stopwatch();
    do {
      this.#working ??= this.#work().finally(() => {
        this.#working = undefined;
        if (!this.#look) this.#busySince = undefined;
      });
      await this.#working;
    } while (this.#look);
  }

  /** Since when there has been something to run without a break, by the stopwatch; undefined while there is nothing. */
  get busySince(): number | undefined {
    return this.#busySince;
  }

  async #work(): Promise<void> {
    try {
      for (;;) {
        if (this.#mayClaim()) this.#claiming = this.#claim();
        const isClaiming = this.#claiming !== undefined;
        if (this.#screening.size === 0 && !isClaiming) this.#parts.flush();
        // Runs that were claimed before the failure end first.
        if (this.#failed !== undefined && this.#unfinished.size === 0) throw this.#failed.cause;
        if (this.#unfinished.size === 0 && !isClaiming && !this.#wants()) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      await Promise.all([...[...this.#unfinished.values()].map(({ run }) => run), this.#claiming]);
      this.#failed = undefined;
    }
  }

  /** How many more executions may be claimed now. */
  #room(): number {
    const unwritten = this.#unfinished.size - this.#screening.size;
    return unwritten < MAX_UNWRITTEN ? this.#parts.concurrency - this.#screening.size : 0;
  }

  #mayClaim(): boolean {
    return this.#claiming === undefined && this.#failed === undefined && this.#wants() && this.#room() > 0;
  }

  /**
   * Whether a claim is worth a statement: somebody asked for one, or an owner's filters have finished for at least half of its runs in hand,
   * or an owner has a stored run and none in hand.
   */
  #wants(): boolean {
    if (this.#look) return true;
    for (const { inHand, screened, isWritten } of this.#owners.values()) {
      if ((screened > 0 && inHand <= screened) || (isWritten && inHand === 0)) return true;
    }
    return false;
  }

  async #claim(): Promise<void> {
    this.#look = false;
    for (const [owner, share] of this.#owners) {
      share.screened = 0;
      share.isWritten = false;
      if (share.unfinished === 0) this.#owners.delete(owner);
    }
    const { concurrency, stopwatch } = this.#parts;
    const limit = Math.min(this.#room(), CLAIMED_AT_A_TIME);
    const oldest = stopwatch() - MAX_HELD_MS;
    const held = [...this.#unfinished].filter(([, { claimedAt }]) => claimedAt >= oldest);
    const tokens = held.map(([{ token }]) => token);
    const owners = new Map([...this.#owners].map(([owner, { inHand }]) => [owner, inHand]));
    try {
      const claimed = await this.#parts.claim(limit, { concurrency, tokens, owners });
      for (const claim of claimed) this.#start(claim);
      // The limit was reached, so there may be more.
      if (claimed.length === limit) this.#look = true;
    } catch (cause) {
      this.#failed = { cause };
    } finally {
      this.#claiming = undefined;
      this.#wake();
    }
  }

  #start(claim: Claim): void {
    const { owner } = claim.trader;
    const share = this.#owners.get(owner) ?? { inHand: 0, unfinished: 0, screened: 0, isWritten: false };
    this.#owners.set(owner, share);
    share.inHand += 1;
    share.unfinished += 1;
    this.#screening.add(claim);
    const screened = (): void => {
      if (!this.#screening.delete(claim)) return;
      share.inHand -= 1;
      share.screened += 1;
      this.#wake();
    };
    const run = this.#parts.run(claim, screened).then(() => {
      screened();
      this.#unfinished.delete(claim);
      share.unfinished -= 1;
      share.isWritten = true;
      this.#wake();
    });
    this.#unfinished.set(claim, { claimedAt: this.#parts.stopwatch(), run });
  }
}

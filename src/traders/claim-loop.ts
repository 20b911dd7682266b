import type { Claim, InHand } from "./executions-table.ts";

/** Executions that are claimed by one statement. */
const CLAIMED_AT_A_TIME = 32;

/** With so many runs that have been screened and aren't written down yet, no other begins. */
const MAX_UNWRITTEN = 64;

/**
 * A run that is in hand for so long, in milliseconds, may be claimed again when its lease has run out, also by whoever has it: something
 * hangs. Until then its engine doesn't take its own runs for another's, however long they wait for their turn.
 */
const MAX_HELD_MS = 300_000;

/** What the loop is made of. */
export interface ClaimLoopParts {
  /** Executions whose filters run or wait for their turn to run. */
  readonly concurrency: number;
  /** Local time. */
  readonly now: () => number;
  /** Claims up to `limit` executions, beside those in hand. */
  readonly claim: (limit: number, inHand: InHand) => Promise<Claim[]>;
  /** Runs a claim to its end. Never rejects. `screened` is called when its filter has run: what is left is to be written down. */
  readonly run: (claim: Claim, screened: () => void) => Promise<void>;
  /** Called when no filter runs and none is claimed: what waits to be written down needn't wait for more. */
  readonly flush: () => void;
}

/** What one owner has under way. */
interface OwnerShare {
  /** Runs whose filters haven't run yet. */
  inHand: number;
  unfinished: number;
  /** Runs whose filters have run since the last claim. */
  screened: number;
  /** Whether one was written down since the last claim: the same trader's next close may be claimed now. */
  isWritten: boolean;
}

/** Claims executions and runs them, some at a time, while there is something to do. */
export class ClaimLoop {
  readonly #parts: ClaimLoopParts;
  #working: Promise<void> | undefined;
  /** Whether there may be something to claim. */
  #look = false;
  #wake: () => void = () => {};
  /** Whose filters run, and who isn't written down yet. */
  readonly #screening: Set<Claim> = new Set();
  readonly #unfinished: Map<Claim, { readonly claimedAt: number; readonly run: Promise<void> }> = new Map();
  readonly #owners: Map<string, OwnerShare> = new Map();
  #claiming: Promise<void> | undefined;
  #failed: { readonly cause: unknown } | undefined;

  constructor(parts: ClaimLoopParts) {
    this.#parts = parts;
  }

  /** Claims and runs until nothing is left that may be claimed. Rejects when nothing can be claimed. */
  async drain(): Promise<void> {
    this.#look = true;
    this.#wake();
    do {
      this.#working ??= this.#work().finally(() => {
        this.#working = undefined;
      });
      await this.#working;
    } while (this.#look);
  }

  async #work(): Promise<void> {
    try {
      for (;;) {
        if (this.#mayClaim()) this.#claiming = this.#claim();
        const isClaiming = this.#claiming !== undefined;
        if (this.#screening.size === 0 && !isClaiming) this.#parts.flush();
        // What was claimed before is run all the same.
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

  /** How many more may run. */
  #room(): number {
    const unwritten = this.#unfinished.size - this.#screening.size;
    return unwritten < MAX_UNWRITTEN ? this.#parts.concurrency - this.#screening.size : 0;
  }

  #mayClaim(): boolean {
    return this.#claiming === undefined && this.#failed === undefined && this.#wants() && this.#room() > 0;
  }

  /** Whether a claim may bring something: it is to be looked, or half of what an owner had in hand has run, or all of it has ended. */
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
    const { concurrency, now } = this.#parts;
    const limit = Math.min(this.#room(), CLAIMED_AT_A_TIME);
    const oldest = now() - MAX_HELD_MS;
    const held = [...this.#unfinished].filter(([, { claimedAt }]) => claimedAt >= oldest);
    const tokens = held.map(([{ token }]) => token);
    const owners = new Map([...this.#owners].map(([owner, { inHand }]) => [owner, inHand]));
    try {
      const claimed = await this.#parts.claim(limit, { concurrency, tokens, owners });
      for (const claim of claimed) this.#start(claim);
      // As many as were asked for: there may be more.
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
    this.#unfinished.set(claim, { claimedAt: this.#parts.now(), run });
  }
}

import { hashText, InvalidInput, type Random, seededRandom, type UnixMs } from "../../core/mod.ts";
import { chance } from "../seeded/price-path.ts";
import { FAULT_KINDS, FAULTS, type FaultKind } from "./kinds.ts";
import { Occasions } from "./occasions.ts";
import type { FaultPlan } from "./plan.ts";

/** One fault that happened, in words, at its market time. */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: UnixMs;
  readonly what: string;
}

/** How many of each kind happened. */
export type FaultCounts = Readonly<Record<FaultKind, number>>;

/** What goes wrong in one run: the plan with its chances, and the record of what came of it. */
export class Faults {
  /** Market time at which the run began; times after the start count from here. */
  readonly start: UnixMs;
  /** Market time from which on nothing new goes wrong. */
  #calmFrom = Number.POSITIVE_INFINITY;
  readonly #plan: FaultPlan;
  readonly #seed: number;
  readonly #now: () => UnixMs;
  readonly #onFault: ((fault: Fault) => void) | undefined;
  readonly #everywhere: Map<FaultKind, Occasions> = new Map();
  readonly #counts: Record<FaultKind, number> = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as Record<
    FaultKind,
    number
  >;

  /** Throws InvalidInput for a time that lies before the start. */
  constructor(
    plan: FaultPlan,
    seed: number,
    start: UnixMs,
    now: () => UnixMs,
    onFault: ((fault: Fault) => void) | undefined,
  ) {
    this.#plan = plan;
    this.#seed = seed;
    this.start = start;
    this.#now = now;
    this.#onFault = onFault;
    for (const kind of plan.keys()) {
      const [first] = this.times(kind);
      if (first !== undefined && first < start) {
        const [at, began] = [new Date(first).toISOString(), new Date(start).toISOString()];
        throw new InvalidInput(`${kind}@${at} lies before the start, ${began}: it would never happen`);
      }
    }
  }

  get counts(): FaultCounts {
    return { ...this.#counts };
  }

  /** From now on nothing new goes wrong. What has begun, such as a ban or a halt, goes on to its end. */
  calm(): void {
    this.#calmFrom = Math.min(this.#calmFrom, this.#now());
  }

  /** Whether what would befall a candle that opens then is left out. */
  isCalmAt(openTime: number): boolean {
    return openTime >= this.#calmFrom;
  }

  /** Market time. */
  now(): UnixMs {
    return this.#now();
  }

  has(...kinds: readonly FaultKind[]): boolean {
    return kinds.some((kind) => this.#plan.has(kind));
  }

  /** How often: times an hour or a share, as the kind has it. */
  often(kind: FaultKind): number {
    return this.#plan.get(kind)?.often ?? 0;
  }

  /** Market times at which it is to happen besides, in order. */
  times(kind: FaultKind): number[] {
    const times = this.#plan.get(kind)?.times ?? [];
    return times.map(({ from, ms }) => (from === "start" ? this.start + ms : ms)).sort((a, b) => a - b);
  }

  /** When the fault befalls somebody who is there from a market time on. */
  occasions(kind: FaultKind, subject: string, from: number): Occasions {
    const times = this.times(kind).filter((time) => time >= from);
    return new Occasions(FAULTS[kind].measure, this.often(kind), times, this.random(kind, subject), from, () =>
      this.isCalmAt(this.#now()),
    );
  }

  /** When the fault befalls anybody: one row of occasions for the whole exchange. */
  everywhere(kind: FaultKind): Occasions {
    let occasions = this.#everywhere.get(kind);
    if (occasions === undefined) {
      occasions = this.occasions(kind, "everywhere", this.start);
      this.#everywhere.set(kind, occasions);
    }
    return occasions;
  }

  /** Luck of its own for each kind and subject, so that one fault more doesn't move the others. */
  random(kind: FaultKind, subject: string): Random {
    return seededRandom(this.#hash(kind, subject));
  }

  /** A number in [0, 1) that follows from the seed, the kind, the subject and an index alone, for faults that have no order. */
  chance(kind: FaultKind, subject: string): (index: number) => number {
    const seed = this.#hash(kind, subject);
    return (index) => chance(seed, index);
  }

  /** A fault has happened. The words are made only if somebody wants them. */
  note(kind: FaultKind, what: () => string): void {
    this.#counts[kind] += 1;
    this.#onFault?.({ kind, at: this.#now(), what: what() });
  }

  #hash(kind: FaultKind, subject: string): number {
    return hashText(`${this.#seed} ${kind} ${subject}`);
  }
}

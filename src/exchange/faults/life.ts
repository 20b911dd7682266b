import {
  type Interval,
  InvalidInput,
  isOpenTime,
  nextOpenTime,
  openTimeOf,
  type Random,
  type SymbolStatus,
} from "../../core/mod.ts";
import type { Market, Pair } from "../market.ts";
import type { Faults } from "./faults.ts";
import type { FaultKind } from "./kinds.ts";
import type { Occasions } from "./occasions.ts";

const MINUTE_MS = 60_000;

/** New symbols that one run may list; when all are out, no more come. */
export const MAX_LISTED = 100;

/** Symbols that no run takes away: a market whose last symbol is gone tells nothing. */
const KEPT_SHARE = 0.5;

interface Life {
  readonly pair: Pair;
  readonly base: Interval;
  /** Market times. The halts don't overlap, and are in order. */
  listedAt: number;
  breaksAt: number;
  leavesAt: number;
  readonly halts: { readonly from: number; readonly to: number }[];
}

/**
 * Which symbols there are at each market time, and whether they trade. They come, halt and go with candles of their base
 * interval: a candle exists wholly or not at all. What is said of a time never changes once the time has been reached.
 */
export class SymbolLives {
  readonly #faults: Faults;
  readonly #lives: Map<string, Life> = new Map();
  #toList: Life[] = [];
  readonly #rows: { readonly kind: FaultKind; readonly occasions: Occasions; readonly luck: Random }[];
  readonly #mostDelisted: number;
  #delisted = 0;

  /** `reserve`: pairs that may be listed. Throws InvalidInput if pairs are to be listed and there are none. */
  constructor(market: Market, reserve: readonly Pair[], faults: Faults) {
    this.#faults = faults;
    for (const pair of market.pairs) this.#lives.set(pair.symbol, lifeOf(pair, market, Number.NEGATIVE_INFINITY));
    this.#mostDelisted = Math.floor(market.pairs.length * (1 - KEPT_SHARE));
    if (faults.has("list")) {
      if (reserve.length === 0) {
        throw new InvalidInput("list: a recorded market has no symbols to list; leave list out, or say list=0/h");
      }
      this.#toList = reserve.map((pair) => lifeOf(pair, market, Number.POSITIVE_INFINITY));
      for (const life of this.#toList) this.#lives.set(life.pair.symbol, life);
    }
    const kinds = (["list", "delist", "halt"] as const).filter((kind) => faults.has(kind));
    this.#rows = kinds.map((kind) => ({
      kind,
      occasions: faults.everywhere(kind),
      luck: faults.random(kind, "particulars"),
    }));
  }

  /** Every pair that there is or may come to be. */
  get pairs(): Pair[] {
    return [...this.#lives.values()].map(({ pair }) => pair);
  }

  /** What the exchange says of a symbol at a market time; undefined when it isn't there. */
  statusOf(symbol: string, at: number): SymbolStatus | undefined {
    const life = this.#lives.get(symbol);
    if (life === undefined || at < life.listedAt || at >= life.leavesAt) return undefined;
    if (at >= life.breaksAt) return "BREAK";
    return life.halts.some(({ from, to }) => at >= from && at < to) ? "HALT" : "TRADING";
  }

  /** Market times from which on, and until which, a symbol trades at all. */
  spanOf(symbol: string): { readonly from: number; readonly to: number } {
    const life = this.#lives.get(symbol);
    return { from: life?.listedAt ?? Number.POSITIVE_INFINITY, to: life?.breaksAt ?? Number.POSITIVE_INFINITY };
  }

  /** Whether nothing from `from` to before `to` is missing because the symbol didn't trade. */
  tradesThroughout(symbol: string, from: number, to: number): boolean {
    const life = this.#lives.get(symbol);
    if (life === undefined) return false;
    if (from < life.listedAt || to > life.breaksAt) return false;
    return !life.halts.some((halt) => from < halt.to && to > halt.from);
  }

  /** Decides what begins at this step of market time. Must be called for each step, in order, before anything else. */
  step(now: number): void {
    for (const { kind, occasions, luck } of this.#rows) {
      while (occasions.hits(now)) this.#happen(kind, now, luck);
    }
  }

  #happen(kind: FaultKind, now: number, luck: Random): void {
    if (kind === "list") {
      this.#list(now);
      return;
    }
    const trading = [...this.#lives.values()].filter(
      (life) => this.statusOf(life.pair.symbol, now) === "TRADING" && life.breaksAt === Number.POSITIVE_INFINITY,
    );
    // Those whose next halt has been decided already are left alone.
    const free = trading.filter((life) => (life.halts.at(-1)?.to ?? 0) <= now);
    const life = free[Math.floor(luck() * free.length)];
    const minutes = luck();
    if (life === undefined) return;
    if (kind === "halt") this.#halt(life, now, 2 + Math.floor(minutes * 29));
    else this.#delist(life, now, 10 + Math.floor(minutes * 21));
  }

  #list(now: number): void {
    const life = this.#toList.shift();
    if (life === undefined) return;
    life.listedAt = boundary(life, now);
    this.#faults.note("list", () => `${life.pair.symbol} trades from ${time(life.listedAt)}`);
  }

  #halt(life: Life, now: number, minutes: number): void {
    const from = boundary(life, now);
    const to = boundary(life, from + minutes * MINUTE_MS);
    life.halts.push({ from, to });
    this.#faults.note("halt", () => `${life.pair.symbol} doesn't trade from ${time(from)} to ${time(to)}`);
  }

  #delist(life: Life, now: number, minutes: number): void {
    if (this.#delisted >= this.#mostDelisted) return;
    this.#delisted += 1;
    life.breaksAt = boundary(life, now);
    life.leavesAt = life.breaksAt + minutes * MINUTE_MS;
    const { symbol } = life.pair;
    this.#faults.note(
      "delist",
      () => `${symbol} trades until ${time(life.breaksAt)} and is gone from ${time(life.leavesAt)}`,
    );
  }
}

function lifeOf(pair: Pair, market: Market, listedAt: number): Life {
  const ever = Number.POSITIVE_INFINITY;
  return { pair, base: market.baseOf(pair.symbol), listedAt, breaksAt: ever, leavesAt: ever, halts: [] };
}

/** The first moment from `at` on at which a candle of the symbol's base interval opens. */
function boundary({ base }: Life, at: number): number {
  return isOpenTime(base, at) ? at : nextOpenTime(base, openTimeOf(base, at));
}

function time(moment: number): string {
  return new Date(moment).toISOString();
}

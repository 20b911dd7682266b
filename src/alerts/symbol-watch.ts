import type { Kline, Symbol, UnixMs } from "../core/mod.ts";
import { judge, mayFireAgain } from "./judge.ts";
import { LevelIndex } from "./level-index.ts";
import { MinuteFigures, type PastMinutes } from "./minute-figures.ts";
import { BLIND_AFTER_MS, type PriceStep, PriceSteps, type SeenPrice } from "./price-steps.ts";
import type { AlertSide, Firing, WatchedAlert } from "./watched-alert.ts";

/** An alert, and what became of it since it was put here. `level`: NaN where it has none. */
interface Watched {
  readonly alert: WatchedAlert;
  readonly level: number;
  side: AlertSide | null;
  lastFiredAt: UnixMs | null;
}

/** Receives what happens to alerts as prices come. */
export interface WatchListener {
  /** `isOver`: it fires once, and isn't watched any more. */
  fired(firing: Firing, isOver: boolean): void;
  /** The side of an alert changed without a firing. */
  turned(alert: WatchedAlert, side: AlertSide | null): void;
}

/** The alerts of one symbol. */
export class SymbolWatch {
  readonly #listener: WatchListener;
  readonly #steps: PriceSteps;
  readonly #figures: MinuteFigures;
  readonly #byId: Map<string, Watched> = new Map();
  /** Alerts at a level that was compared with the newest price: each one's side follows from it. */
  readonly #levels: LevelIndex<Watched> = new LevelIndex();
  /** Alerts that every step concerns. */
  readonly #others: Set<Watched> = new Set();
  /** Alerts whose side wasn't compared with a price of this run yet. */
  readonly #fresh: Set<Watched> = new Set();

  constructor(symbol: Symbol, past: PastMinutes, last: SeenPrice | undefined, listener: WatchListener) {
    this.#listener = listener;
    this.#steps = new PriceSteps(last);
    this.#figures = new MinuteFigures(symbol, past);
  }

  get size(): number {
    return this.#byId.size;
  }

  /** Watches an alert from now on. A cross between what is known of its side and the newest price shows at once. */
  put(alert: WatchedAlert): void {
    this.delete(alert.id);
    const { side, lastFiredAt, condition } = alert;
    const watched = { alert, side, lastFiredAt, level: condition.kind === "level" ? condition.level : Number.NaN };
    this.#byId.set(alert.id, watched);
    const { last } = this.#steps;
    if (last === undefined || last.at <= alert.seenAt) {
      this.#fresh.add(watched);
      return;
    }
    const price = { low: last.close, high: last.close, price: last.close };
    const step = { ...price, at: last.at, openTime: last.openTime, isOpen: !last.closed };
    this.#first(watched, { ...step, since: alert.seenAt, isBlind: last.at - alert.seenAt > BLIND_AFTER_MS });
  }

  delete(id: string): boolean {
    const watched = this.#byId.get(id);
    if (watched === undefined) return false;
    this.#byId.delete(id);
    this.#fresh.delete(watched);
    this.#others.delete(watched);
    if (!Number.isNaN(watched.level)) this.#levels.delete(new Set([watched]));
    return true;
  }

  /** A one-minute candle has a new state. */
  observe(kline: Readonly<Kline>, marketTime: UnixMs): void {
    const before = this.#steps.last;
    const step = this.#steps.next(kline, marketTime);
    if (step === undefined) return;
    const from = before?.close ?? step.price;
    const ended = new Set<Watched>();
    for (const watched of this.#levels.between(Math.min(from, step.low), Math.max(from, step.high))) {
      if (this.#judge(watched, step, kline)) ended.add(watched);
    }
    this.#levels.delete(ended);
    for (const watched of this.#others) if (this.#judge(watched, step, kline)) this.#others.delete(watched);
    if (this.#fresh.size === 0) return;
    for (const watched of [...this.#fresh]) this.#meet(watched, step, kline);
  }

  /** The first price for an alert that was put here before there was one. */
  #meet(watched: Watched, step: PriceStep, kline: Readonly<Kline>): void {
    const { seenAt } = watched.alert;
    if (step.at < seenAt) return;
    this.#fresh.delete(watched);
    // What a candle did before the alert was last looked at, it may have done before.
    const isAfter = kline.openTime >= seenAt;
    const [low, high] = isAfter ? [kline.low, kline.high] : [step.price, step.price];
    this.#first(watched, { ...step, since: seenAt, low, high, isBlind: step.at - seenAt > BLIND_AFTER_MS }, kline);
  }

  #first(watched: Watched, step: PriceStep, kline?: Readonly<Kline>): void {
    // Without its candle, a move or a volume waits for the next step.
    const isCross = watched.alert.condition.kind === "level" || watched.alert.condition.kind === "line";
    if ((isCross || kline !== undefined) && this.#judge(watched, step, kline)) return;
    if (Number.isNaN(watched.level)) this.#others.add(watched);
    else this.#levels.add(watched);
  }

  /** Whether the alert ended with this step. */
  #judge(watched: Watched, step: PriceStep, kline: Readonly<Kline> = NO_KLINE): boolean {
    const { alert } = watched;
    const judged = judge(alert.condition, watched.side, { step, candle: kline, figures: this.#figures });
    if (judged === undefined) return false;
    const { side, met } = judged;
    const turned = side !== watched.side;
    watched.side = side;
    const isLate = alert.expiresAt !== null && step.at >= alert.expiresAt;
    if (met === undefined || isLate || !mayFireAgain(alert.again, watched.lastFiredAt, step.at)) {
      if (turned) this.#listener.turned(alert, side);
      return false;
    }
    watched.lastFiredAt = step.at;
    const { at, price, openTime, isOpen, isBlind } = step;
    const since = step.since ?? alert.seenAt;
    const { id, revision } = alert;
    const isOver = alert.again === null;
    if (isOver) this.#byId.delete(id);
    this.#listener.fired({ id, revision, side, ...met, price, at, since, isBlind, openTime, isOpen }, isOver);
    return isOver;
  }
}

/** Crosses are judged by the step alone. */
const NO_KLINE = { low: 0, high: 0, volume: 0 } as Kline;

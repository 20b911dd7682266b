import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Kline, parseSymbol, type UnixMs } from "../core/mod.ts";
import type { AlertCondition, AlertDirection } from "../wire/mod.ts";
import { AlertEvaluator } from "./evaluator.ts";
import { linePriceAt } from "./line.ts";
import type { PastMinutes } from "./minute-figures.ts";
import type { AlertSide, Firing, WatchedAlert } from "./watched-alert.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const START = Date.UTC(2026, 1, 10, 12);
const MINUTE = 60_000;

/** A trade: so many seconds after the start, at a price. */
interface Tick {
  readonly second: number;
  readonly price: number;
}

const NOTHING: PastMinutes = { extremes: () => undefined, volume: () => undefined };
const timeOf = ({ second }: Tick): UnixMs => (START + second * 1_000) as UnixMs;

/** The state of the one-minute candle with these trades of a minute; closed where another minute follows. */
function candleOf(ticks: readonly Tick[], closed = false): Kline {
  const prices = ticks.map(({ price }) => price);
  const openTime = (START + Math.floor((ticks[0] as Tick).second / 60) * MINUTE) as UnixMs;
  const figures = { volume: ticks.length, quoteVolume: 0, trades: 0, takerBuyVolume: 0, takerBuyQuoteVolume: 0 };
  const [open = 0] = prices;
  const [high, low, close] = [Math.max(...prices), Math.min(...prices), prices.at(-1) as number];
  return { openTime, closeTime: (openTime + MINUTE - 1) as UnixMs, open, high, low, close, closed, ...figures };
}

function alertOf(condition: AlertCondition, more: Partial<WatchedAlert> = {}): WatchedAlert {
  const rest = { again: null, expiresAt: null, lastFiredAt: null, side: null, seenAt: (START - 1) as UnixMs };
  return { id: "a", revision: 1, symbol: SYMBOL, condition, ...rest, ...more };
}

function level(at: number, direction: AlertDirection = "either"): AlertCondition {
  return { kind: "level", direction, level: at };
}

/** An evaluator with some alerts, that hears what it is given. */
class Heard {
  readonly evaluator: AlertEvaluator;
  readonly firings: Firing[] = [];
  readonly sides: Map<string, AlertSide | null> = new Map();

  constructor(alerts: readonly WatchedAlert[], past: PastMinutes = NOTHING) {
    this.evaluator = new AlertEvaluator({ past, last: () => undefined });
    for (const alert of alerts) this.evaluator.put(alert);
  }

  hear(kline: Kline, at: UnixMs): readonly Firing[] {
    this.evaluator.observe(SYMBOL, kline, at);
    const { firings, sides } = this.evaluator.take();
    for (const { id, side } of [...sides, ...firings]) this.sides.set(id, side);
    this.firings.push(...firings);
    return firings;
  }

  /** Each price as the close of a candle that is open, in a minute of its own unless said. */
  prices(...prices: readonly number[]): number[] {
    const fired: number[] = [];
    for (const [index, price] of prices.entries()) {
      const ticks = prices.slice(0, index + 1).map((one, second) => ({ second, price: one }));
      if (this.hear(candleOf(ticks), timeOf({ second: index, price })).length > 0) fired.push(index);
    }
    return fired;
  }
}

const ticksOf: fc.Arbitrary<Tick[]> = fc
  .array(fc.record({ wait: fc.integer({ min: 1, max: 40 }), by: fc.integer({ min: -3, max: 3 }) }), {
    minLength: 2,
    maxLength: 60,
  })
  .map((moves) => {
    let [second, price] = [0, 100];
    return moves.map(({ wait, by }) => {
      second += wait;
      price = Math.max(90, Math.min(110, price + by));
      return { second, price };
    });
  });

const conditionOf: fc.Arbitrary<AlertCondition> = fc.oneof(
  fc
    .record({ at: fc.integer({ min: 94, max: 106 }), direction: fc.constantFrom("up", "down", "either") })
    .map(({ at, direction }) => level(at, direction as AlertDirection)),
  fc
    .record({ first: fc.integer({ min: 95, max: 105 }), last: fc.integer({ min: 95, max: 105 }) })
    .map(({ first, last }) => ({
      ...{ kind: "line" as const, direction: "either" as const, extended: true },
      from: { time: (START - MINUTE) as UnixMs, price: first },
      to: { time: (START + 20 * MINUTE) as UnixMs, price: last + 0.5 },
    })),
);

/** The naive twin: walks over every trade with nothing but the definition. Gives back the indices at which the price crosses. */
function crossesOf(condition: AlertCondition, ticks: readonly Tick[]): number[] {
  const direction = condition.kind === "volume" ? "either" : condition.direction;
  let side: "below" | "above" | null = null;
  return ticks.flatMap((tick, index) => {
    const at =
      condition.kind === "level"
        ? condition.level
        : (linePriceAt(condition as Extract<AlertCondition, { kind: "line" }>, timeOf(tick)) as number);
    const isUp = side === "below" && tick.price >= at;
    const isDown = side === "above" && tick.price <= at;
    side = tick.price < at ? "below" : tick.price > at ? "above" : null;
    return (isUp && direction !== "down") || (isDown && direction !== "up") ? [index] : [];
  });
}

/** The states of the candles as a stream brings them, of the trades with these indices. With the last trade of a minute it closes. */
function statesOf(
  ticks: readonly Tick[],
  isHeard: (index: number) => boolean,
  hasCloses = true,
): { kline: Kline; last: number }[] {
  const states: { kline: Kline; last: number }[] = [];
  const minuteOf = (index: number): number => Math.floor((ticks[index] as Tick).second / 60);
  for (let index = 0; index < ticks.length; index += 1) {
    const minute = ticks.slice(0, index + 1).filter((_, at) => minuteOf(at) === minuteOf(index));
    const isLastOfMinute = hasCloses && index + 1 < ticks.length && minuteOf(index + 1) !== minuteOf(index);
    if (isHeard(index)) states.push({ kline: candleOf(minute, isLastOfMinute), last: index });
  }
  return states;
}

describe("a cross", () => {
  test("needs the price on the other side first; a touch counts; once is once", () => {
    expect(new Heard([alertOf(level(100))]).prices(105, 103, 101)).toEqual([]);
    expect(new Heard([alertOf(level(100))]).prices(105, 100, 99, 101)).toEqual([1]);
    expect(new Heard([alertOf(level(100, "up"))]).prices(105, 99, 99.5, 100, 98, 101)).toEqual([3]);
    expect(new Heard([alertOf(level(100, "down"))]).prices(95, 101, 99)).toEqual([2]);
    // At the level there is no side: it has to be left first.
    expect(new Heard([alertOf(level(100))]).prices(100, 100, 101, 102, 100)).toEqual([4]);
  });

  test("again: at every cross, but not within the minutes that it was asked to wait", () => {
    const heard = new Heard([alertOf(level(100), { again: 1 })]);
    const at = (minute: number, price: number): number =>
      heard.hear(candleOf([{ second: minute * 60, price }], true), (START + (minute + 1) * MINUTE) as UnixMs).length;
    expect([at(0, 99), at(1, 101), at(2, 99), at(3, 99), at(4, 101)]).toEqual([0, 1, 1, 0, 1]);
    const seldom = new Heard([alertOf(level(100), { again: 3 })]);
    const fired = [99, 101, 99, 99, 101].map(
      (price, minute) =>
        seldom.hear(candleOf([{ second: minute * 60, price }], true), (START + (minute + 1) * MINUTE) as UnixMs).length,
    );
    expect(fired).toEqual([0, 1, 0, 0, 1]);
  });

  test("that a candle's high shows is seen though no state had its price, and says the price now", () => {
    const heard = new Heard([alertOf(level(100))]);
    heard.hear(candleOf([{ second: 0, price: 99 }]), START as UnixMs);
    const spiked = candleOf([99, 102, 98].map((price, second) => ({ second, price })));
    const [firing] = heard.hear(spiked, (START + 2_000) as UnixMs);
    expect(firing).toMatchObject({
      direction: "up",
      price: 98,
      value: 102,
      reference: 100,
      isOpen: true,
      isBlind: false,
    });
    expect(firing).toMatchObject({ since: START, at: START + 2_000, openTime: START, side: "below" });
  });

  test("after a hole it fires once with the first price, and says since when nothing was seen; repaired candles fire nothing", () => {
    const heard = new Heard([alertOf(level(100), { again: 1 })]);
    heard.hear(candleOf([{ second: 10, price: 99 }]), (START + 10_000) as UnixMs);
    const [firing] = heard.hear(candleOf([{ second: 605, price: 101 }]), (START + 605_000) as UnixMs);
    expect(firing).toMatchObject({ isBlind: true, since: START + 10_000, at: START + 605_000 });
    for (let minute = 1; minute < 10; minute += 1) {
      const repaired = candleOf(
        [99, 101, 99].map((price, second) => ({ second: minute * 60 + second, price })),
        true,
      );
      expect(heard.hear(repaired, (START + 606_000) as UnixMs)).toEqual([]);
    }
  });

  test("candles of a hole that come before the first live price tell the minute", () => {
    const heard = new Heard([alertOf(level(100), { side: "below", seenAt: (START + 10_000) as UnixMs })]);
    const late = (START + 600_000) as UnixMs;
    // What the minute did in which it was last looked at, it may have done before.
    expect(
      heard.hear(
        candleOf(
          [103, 99].map((price, second) => ({ second, price })),
          true,
        ),
        late,
      ),
    ).toEqual([]);
    const [firing] = heard.hear(
      candleOf(
        [99, 101].map((price, second) => ({ second: 60 + second, price })),
        true,
      ),
      late,
    );
    expect(firing).toMatchObject({ at: START + 120_000, openTime: START + MINUTE, isOpen: false, isBlind: false });
  });

  test("an alert that expires, or whose line ended, fires no more", () => {
    const expiring = alertOf(level(100), { expiresAt: (START + 2_000) as UnixMs });
    expect(new Heard([expiring]).prices(99, 99, 101)).toEqual([]);
    const line = (to: number): AlertCondition => ({
      ...{ kind: "line", direction: "either", extended: false },
      from: { time: (START - MINUTE) as UnixMs, price: 100 },
      to: { time: (START + to) as UnixMs, price: 100 },
    });
    expect(new Heard([alertOf(line(1_500))]).prices(99, 99, 101)).toEqual([]);
    expect(new Heard([alertOf(line(2_500))]).prices(99, 99, 101)).toEqual([2]);
  });

  test("a market whose clock was turned back is heard anew", () => {
    const heard = new Heard([alertOf(level(100), { again: 1 })]);
    heard.hear(candleOf([{ second: 600, price: 99 }]), (START + 600_000) as UnixMs);
    expect(heard.hear(candleOf([{ second: 5, price: 98 }]), (START + 5_000) as UnixMs)).toEqual([]);
    expect(heard.hear(candleOf([{ second: 5, price: 101 }]), (START + 6_000) as UnixMs)).toHaveLength(1);
  });
});

describe("against a naive twin", () => {
  test("with every trade heard, an alert fires exactly where the definition says", () => {
    fc.assert(
      fc.property(ticksOf, conditionOf, (ticks, condition) => {
        const heard = new Heard([alertOf(condition, { again: 1 / 60_000 })]);
        // A state that closes a minute is of the minute's end: a line would be compared there.
        const states = statesOf(ticks, () => true, condition.kind === "level");
        const fired = states.flatMap(({ kline, last }) =>
          heard.hear(kline, timeOf(ticks[last] as Tick)).length > 0 ? [last] : [],
        );
        expect(fired).toEqual(crossesOf(condition, ticks));
      }),
      { numRuns: 400 },
    );
  });

  test("with states, holes and restarts at random, what fires has happened, and what is to be seen fires", () => {
    fc.assert(
      fc.property(
        ticksOf,
        fc.integer({ min: 94, max: 106 }),
        fc.array(fc.constantFrom("heard", "missed", "restart"), { minLength: 60, maxLength: 60 }),
        (ticks, at, fates) => {
          const condition = level(at);
          const crosses = crossesOf(condition, ticks);
          let side: AlertSide | null = null;
          let seenAt = (START - 1) as UnixMs;
          let heard = new Heard([alertOf(condition)]);
          let before = -1;
          let firstSide: number | undefined;
          for (const { kline, last } of statesOf(ticks, (index) => fates[index] !== "missed")) {
            if (fates[last] === "restart") heard = new Heard([alertOf(condition, { side, seenAt })]);
            const now = timeOf(ticks[last] as Tick);
            const [firing] = heard.hear(kline, now);
            const isFired = firing !== undefined;
            // Since the state before, the price crossed: no cross is made up.
            if (isFired) expect(crosses.some((index) => index > before && index <= last)).toBe(true);
            const isOther = firstSide !== undefined && Math.sign(kline.close - at) !== firstSide;
            // A price on the other side is never passed over.
            if (isOther) expect(isFired).toBe(true);
            if (isFired) return;
            if (firstSide === undefined && kline.close !== at) firstSide = Math.sign(kline.close - at);
            side = heard.sides.get("a") ?? side;
            seenAt = Math.max(seenAt, kline.closed ? kline.closeTime + 1 : now) as UnixMs;
            before = last;
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test("many levels at once fire as each alone", () => {
    fc.assert(
      fc.property(ticksOf, fc.array(conditionOf, { minLength: 1, maxLength: 30 }), (ticks, conditions) => {
        const states = statesOf(ticks, (index) => index % 2 === 0);
        const alerts = conditions.map((condition, index) => alertOf(condition, { id: String(index) }));
        const firedOf = (some: readonly WatchedAlert[]): string[] => {
          const heard = new Heard(some);
          for (const { kline, last } of states) heard.hear(kline, timeOf(ticks[last] as Tick));
          return heard.firings.map(({ id, at, direction }) => `${id} ${at} ${direction}`).toSorted();
        };
        expect(firedOf(alerts)).toEqual(alerts.flatMap((alert) => firedOf([alert])).toSorted());
      }),
      { numRuns: 200 },
    );
  });
});

describe("moves and volumes", () => {
  const past: PastMinutes = {
    extremes: (_, from, to) =>
      from === to ? { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY } : { low: 95, high: 105 },
    volume: (_, from, to) => ({ volume: ((to - from) / MINUTE) * 2, minutes: (to - from) / MINUTE }),
  };

  test("a move fires when it becomes true after it was false, against the lowest and highest of the minutes", () => {
    const move = (minutes: number, percent: number, direction: AlertDirection = "either"): AlertCondition => ({
      ...{ kind: "move", direction, percent, minutes },
    });
    const heard = new Heard([alertOf(move(5, 10))], past);
    expect(heard.prices(100, 104, 104.5)).toEqual([2]);
    expect(heard.firings[0]).toMatchObject({ direction: "up", reference: 95, price: 104.5 });
    expect(heard.firings[0]?.value).toBeCloseTo(10, 10);
    // True from the beginning: it has to become false first.
    expect(new Heard([alertOf(move(5, 4))], past).prices(99, 99, 99.5)).toEqual([]);
    expect(new Heard([alertOf(move(1, 2, "down"))], past).prices(100, 99, 98, 97)).toEqual([2]);
    expect(new Heard([alertOf(move(5, 10))]).prices(100, 200)).toEqual([]);
  });

  test("a move in either direction is the larger of both, and one from a price of 0 is none", () => {
    const move: AlertCondition = { kind: "move", direction: "either", percent: 6, minutes: 5 };
    const heard = new Heard([alertOf(move)], past);
    expect(heard.prices(100, 98)).toEqual([1]);
    expect(heard.firings[0]).toMatchObject({ direction: "down", reference: 105 });
    expect(heard.firings[0]?.value).toBeCloseTo(-6.667, 3);
    const free: PastMinutes = { ...past, extremes: () => ({ low: 0, high: 102 }) };
    const other = new Heard([alertOf(move)], free);
    expect(other.prices(100, 101, 95)).toEqual([2]);
    expect(other.firings[0]).toMatchObject({ direction: "down", reference: 102 });
  });

  test("a volume is compared with the average of the windows before", () => {
    // Four closed minutes of 2 and the open one, against an average of 10.
    const heard = new Heard([alertOf({ kind: "volume", minutes: 5, times: 1.2 })], past);
    expect(heard.prices(1, 1, 1, 1, 1)).toEqual([3]);
    expect(heard.firings[0]).toMatchObject({ direction: null, reference: 10, value: 12, price: 1 });
  });
});

import { describe, expect, test } from "bun:test";
import { PGlite } from "@electric-sql/pglite";
import { seededRandom } from "../../core/mod.ts";
import { type CandlePlaces, DEFAULT_HORIZONS, type Outcome, outcomesOf } from "./outcomes.ts";
import { ACCURACY, MAX_EXACT_RETURNS, ReturnSummary } from "./return-summary.ts";

/** BACKTEST_SIGNALS=10000 compares so many signals. */
const SIGNALS = Number(process.env.BACKTEST_SIGNALS ?? 1_000);
const SERIES = 8;
const PLACES = 3_000;

/** A made-up series of which some candles don't exist. */
function made(seed: number): CandlePlaces {
  const random = seededRandom(seed);
  const [high, low, close] = [new Float64Array(PLACES), new Float64Array(PLACES), new Float64Array(PLACES)];
  let price = 100;
  for (let place = 0; place < PLACES; place += 1) {
    const open = price;
    price = Number((price * (1 + (random() - 0.5) / 50)).toFixed(2));
    const isThere = random() > 0.1;
    high[place] = isThere ? Number((Math.max(open, price) * 1.01).toFixed(2)) : Number.NaN;
    low[place] = isThere ? Number((Math.min(open, price) * 0.99).toFixed(2)) : Number.NaN;
    close[place] = isThere ? price : Number.NaN;
  }
  return { high, low, close };
}

interface Given {
  readonly id: number;
  readonly series: number;
  readonly place: number;
  readonly price: number;
  readonly outcomes: readonly Outcome[];
}

const FEES = 0.15;

function givenSignals(all: readonly CandlePlaces[]): Given[] {
  const random = seededRandom(99);
  const given: Given[] = [];
  while (given.length < SIGNALS) {
    const [series, place] = [Math.floor(random() * SERIES), Math.floor(random() * PLACES)];
    const candles = all[series] as CandlePlaces;
    const price = candles.close[place] as number;
    if (Number.isNaN(price)) continue;
    const signal = { price, place, known: PLACES - 1 - place };
    given.push({
      id: given.length,
      series,
      place,
      price,
      outcomes: outcomesOf(candles, signal, DEFAULT_HORIZONS, FEES),
    });
  }
  return given;
}

describe("outcomes", () => {
  test("are what SQL makes of the same candles, and their figures too", async () => {
    const all = Array.from({ length: SERIES }, (_, index) => made(index + 1));
    const given = givenSignals(all);
    const database = new PGlite();
    await database.exec(`
      create table candles (series int, place int, high double precision, low double precision, close double precision, primary key (series, place));
      create table signals (id int primary key, series int, place int, price double precision);`);
    for (const [series, { high, low, close }] of all.entries()) {
      const there = Array.from(close.keys()).filter((place) => !Number.isNaN(close[place]));
      const values = there.map((place) => `(${series},${place},${high[place]},${low[place]},${close[place]})`);
      await database.exec(`insert into candles values ${values.join()}`);
    }
    const values = given.map(({ id, series, place, price }) => `(${id},${series},${place},${price})`);
    await database.exec(`insert into signals values ${values.join()}`);
    for (const [index, horizon] of DEFAULT_HORIZONS.entries()) {
      const known = `s.place + ${horizon} < ${PLACES}`;
      const after = `c.series = s.series and c.place > s.place and c.place <= s.place + ${horizon}`;
      const { rows } = await database.query<Record<string, number | null>>(`
        select s.id, o.*, (coalesce(o.last, s.price) / s.price - 1) * 100 - ${FEES} as return,
          (o.best / s.price - 1) * 100 as best_percent, (o.worst / s.price - 1) * 100 as worst_percent
        from signals s cross join lateral (
          select (array_agg(c.close order by c.place desc))[1] as last, max(c.high) as best, min(c.low) as worst,
            (array_agg(c.place - s.place order by c.high desc, c.place))[1] as best_after,
            (array_agg(c.place - s.place order by c.low, c.place))[1] as worst_after
          from candles c where ${after}) o
        where ${known} order by s.id`);
      const mine = given.filter(({ place }) => place + horizon < PLACES);
      expect(rows).toHaveLength(mine.length);
      const summary = new ReturnSummary();
      for (const [at, row] of rows.entries()) {
        const outcome = mine[at]?.outcomes[index] as Outcome;
        summary.add(outcome.returnPercent as number);
        expect([outcome.bestAfter, outcome.worstAfter]).toEqual([row.best_after ?? null, row.worst_after ?? null]);
        expect(outcome.returnPercent as number).toBeCloseTo(row.return as number, 9);
        if (row.best_after === null) expect([outcome.bestPercent, outcome.worstPercent]).toEqual([null, null]);
        else {
          expect(outcome.bestPercent as number).toBeCloseTo(row.best_percent as number, 9);
          expect(outcome.worstPercent as number).toBeCloseTo(row.worst_percent as number, 9);
        }
      }
      const pending = given.filter(({ place }) => place + horizon >= PLACES);
      for (const { outcomes } of pending) expect(outcomes[index]?.returnPercent).toBeNull();
      const list = mine.map(({ outcomes }) => `(${outcomes[index]?.returnPercent})`).join();
      const figures = await database.query<Record<string, number>>(`
        select avg(r) as mean, avg((r > 0)::int) as hits, percentile_cont(array[0.25, 0.5, 0.75]) within group (order by r) as quartiles
        from (values ${list}) as returns(r)`);
      const { mean, hits, quartiles } = figures.rows[0] as unknown as {
        mean: number;
        hits: number;
        quartiles: number[];
      };
      const shown = summary.figures();
      expect(shown.meanPercent as number).toBeCloseTo(Number(mean), 9);
      expect(shown.hitRate as number).toBeCloseTo(Number(hits), 9);
      for (const [at, value] of [
        shown.lowerQuartilePercent,
        shown.medianPercent,
        shown.upperQuartilePercent,
      ].entries()) {
        expect(value as number).toBeCloseTo(Number(quartiles[at]), 9);
      }
    }
    await database.close();
  });

  test("of a signal after which nothing was traded: the price stands, and there is no best or worst", () => {
    const nothing = Float64Array.of(10, Number.NaN, Number.NaN);
    const candles = { high: nothing, low: nothing, close: nothing };
    expect(outcomesOf(candles, { price: 10, place: 0, known: 2 }, [2], 0)).toEqual([
      { horizon: 2, returnPercent: 0, bestPercent: null, bestAfter: null, worstPercent: null, worstAfter: null },
    ]);
  });
});

describe("the summary of many returns", () => {
  const random = seededRandom(5);
  const returns = Array.from({ length: MAX_EXACT_RETURNS + 1 }, () => (random() - 0.45) * 20 * random());
  const sorted = [...returns].sort((one, other) => one - other);

  test("has quartiles that are off by less than it says", () => {
    const summary = new ReturnSummary();
    for (const percent of returns) summary.add(percent);
    const { lowerQuartilePercent, medianPercent, upperQuartilePercent, count } = summary.figures();
    expect(count).toBe(returns.length);
    for (const [share, value] of [
      [0.25, lowerQuartilePercent],
      [0.5, medianPercent],
      [0.75, upperQuartilePercent],
    ] as const) {
      const exact = sorted[Math.floor(share * (returns.length - 1))] as number;
      expect(Math.abs((value as number) - exact)).toBeLessThanOrEqual(Math.abs(exact) * ACCURACY * 1.0001);
    }
  });

  test("is the same when two halves are merged", () => {
    const whole = new ReturnSummary();
    const halves = [new ReturnSummary(), new ReturnSummary()] as const;
    for (const [at, percent] of returns.slice(0, 5_000).entries()) {
      whole.add(percent);
      halves[at < 2_500 ? 0 : 1].add(percent);
    }
    halves[0].merge(halves[1].state());
    const [one, other] = [halves[0].figures(), whole.figures()];
    expect(one.meanPercent as number).toBeCloseTo(other.meanPercent as number, 9);
    expect({ ...one, meanPercent: 0 }).toEqual({ ...other, meanPercent: 0 });
  });
});

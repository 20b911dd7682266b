import { describe, expect, test } from "bun:test";
import { viewOfArrays } from "../../tests/helpers/arrays-view.ts";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { type Interval, parseSymbol, type UnixMs } from "../core/mod.ts";
import { Calculator, type ClosedKlines, FilterInput, FilterMistake, INDICATORS } from "../strategy/mod.ts";
import { BOARD, MAX_PLANNED } from "./board.ts";
import { HostDoor } from "./host-door.ts";
import { Plan } from "./plan.ts";
import { SHORT } from "./short-questions.ts";

const SYMBOL = parseSymbol("BTCUSDT");
const MINUTES = 100;
const RSI = INDICATORS.findIndex(({ name }) => name === "rsi");
const CLOSE_COLUMN = 4;

/** What a machine asks: RSI of the closes, and a value of a column. */
const rsi = (period: number): number => SHORT.compute + (RSI * SHORT.periods + period) * SHORT.inputs + CLOSE_COLUMN;
const valueAt = (packed: number, place: number): number =>
  SHORT.at + Math.floor(packed / 65_536) * SHORT.places + place;

function inputOf(seed: number, klines = MINUTES): FilterInput {
  const minutes = minuteKlines(Date.UTC(2026, 1, 10), MINUTES, seed, () => false);
  const view = viewOfArrays([{ symbol: SYMBOL, interval: "1m", settled: true, klines: minutes }]);
  const closeTime = minutes.at(-1)?.closeTime as UnixMs;
  const window = view.closed(SYMBOL, "1m", closeTime, klines) as ClosedKlines;
  return new FilterInput(
    SYMBOL,
    closeTime,
    undefined,
    new Map<Interval, ClosedKlines>([["1m", window]]),
    new Calculator(),
  );
}

/** What stands on a board: the answers by their questions. */
function onBoard(cells: Float64Array): Map<number, number> {
  const found = new Map<number, number>();
  for (let slot = 0; slot < MAX_PLANNED; slot += 1) {
    const question = cells[BOARD.plan + 2 * slot] as number;
    if (question !== 0) found.set(question, cells[BOARD.plan + 2 * slot + 1] as number);
  }
  return found;
}

describe("the plan of a filter's questions", () => {
  const begun = (): { cells: Float64Array; door: HostDoor; plan: Plan; next: (input: FilterInput) => void } => {
    const cells = new Float64Array(BOARD.plan + 2 * (MAX_PLANNED + 8));
    const door = new HostDoor(["1m"]);
    const plan = new Plan(cells, door);
    const next = (input: FilterInput): void => {
      door.open(input);
      plan.prepare();
    };
    return { cells, door, plan, next };
  };

  test("what was asked at a symbol is answered for the next one, with that one's figures", () => {
    const { cells, door, plan, next } = begun();
    next(inputOf(1));
    expect(onBoard(cells).size).toBe(0);
    const column = plan.answer(rsi(14)) as number;
    plan.answer(valueAt(column, 99));
    const other = inputOf(2);
    next(other);
    const alone = new HostDoor(["1m"]);
    alone.open(other);
    const expected = alone.answer(valueAt(alone.answer(rsi(14)) as number, 99)) as number;
    expect(onBoard(cells).get(valueAt(column, 99))).toBe(expected);
    expect(door.answer(valueAt(onBoard(cells).get(rsi(14)) as number, 99))).toBe(expected);
  });

  test("only as far as the run before got, so that nothing is computed for a condition that is seldom true", () => {
    const { cells, plan, next } = begun();
    next(inputOf(1));
    for (const period of [5, 6, 7]) plan.answer(rsi(period));
    next(inputOf(2));
    expect([...onBoard(cells).keys()]).toEqual([5, 6, 7].map(rsi));
    // This one stopped at the first; the board says so, as its questions were answered there.
    cells[BOARD.used] = 1;
    next(inputOf(3));
    expect([...onBoard(cells).keys()]).toEqual([rsi(5)]);
    // And this one asked for the third again: its columns keep their numbers.
    cells[BOARD.used] = 1;
    plan.answer(rsi(7));
    next(inputOf(4));
    expect([...onBoard(cells).keys()]).toEqual([5, 6, 7].map(rsi));
  });

  test("what can't be answered isn't on the board, nor what comes after it: the filter asks, and is told why", () => {
    const { cells, plan, next } = begun();
    next(inputOf(1));
    const column = plan.answer(rsi(50)) as number;
    plan.answer(valueAt(column, 99));
    next(inputOf(2, 20));
    expect(onBoard(cells).size).toBe(0);
    expect(() => plan.answer(rsi(50))).toThrow("rsi(1m.close,50) wants 51 closed klines of 1m, there are 20");
  });

  test("columns of the filter's own are another question each time, and a full plan leaves the rest to be asked", () => {
    const { cells, door, plan, next } = begun();
    next(inputOf(1));
    const own = door.ask("own", [Float64Array.of(1, 2, 3)]) as number;
    expect(plan.answer(valueAt(own, 1))).toBe(2);
    next(inputOf(2));
    expect(onBoard(cells).size).toBe(0);
    expect(() => plan.answer(valueAt(own, 1))).toThrow(FilterMistake);
    for (let period = 1; period <= MAX_PLANNED + 5; period += 1) expect(plan.answer(rsi(period))).toBeGreaterThan(0);
    next(inputOf(3));
    expect(onBoard(cells).size).toBe(MAX_PLANNED);
  });
});

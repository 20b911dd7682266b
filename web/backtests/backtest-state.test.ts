import { expect, test } from "bun:test";
import { ClientError } from "../../src/client/mod.ts";
import { parseSymbol, type UnixMs } from "../../src/core/mod.ts";
import type { BacktestLine, BacktestRequest, WireBacktestResult, WireBacktestSignal } from "../../src/wire/mod.ts";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { newDraft } from "../traders/trader-draft.ts";
import { type BacktestSource, BacktestState } from "./backtest-state.ts";
import { MOST_SIGNALS } from "./newest-signals.ts";

const START = Date.UTC(2026, 1, 10) as UnixMs;
const MINUTE = 60_000;
const draft = newDraft(undefined, "binance");
const source: BacktestSource = { fault: async () => undefined, draft: () => draft, newest: () => START };
const result = { interval: "1m", horizons: [1, 4] } as unknown as WireBacktestResult;

/** A signal of a symbol at a minute; its return after one candle is known, after four it isn't. */
function signalOf(name: string, minute: number, returnPercent = 1): { readonly signal: WireBacktestSignal } {
  const nothing = { bestPercent: null, bestAfter: null, worstPercent: null, worstAfter: null };
  const outcomes = [
    { horizon: 1, returnPercent, ...nothing },
    { horizon: 4, returnPercent: null, ...nothing },
  ];
  return { signal: { symbol: parseSymbol(name), closeTime: (START + minute * MINUTE) as UnixMs, price: 1, outcomes } };
}

/** A state whose server sends these lines; what it was asked, and by which signal. */
function stateWith(lines: (clock: ManualClock) => AsyncIterable<BacktestLine> | Iterable<BacktestLine>) {
  const clock = new ManualClock(START);
  const asked: { request: BacktestRequest; signal: AbortSignal }[] = [];
  const state = new BacktestState({
    clock,
    ask: async function* (request, signal) {
      asked.push({ request, signal });
      yield* lines(clock);
    },
  });
  return { state, asked, clock };
}

test("a backtest ends with the result and the newest signals, whatever order they came in", async () => {
  const { state, asked } = stateWith(() => [
    { progress: { minutes: 5, of: 10 } },
    ...Array.from({ length: 300 }, (_, minute) => signalOf("BUSDT", minute)),
    ...Array.from({ length: 300 }, (_, minute) => signalOf("AUSDT", minute, -1)),
    { result },
  ]);
  await state.run(source);
  expect(asked[0]?.request).toMatchObject({ code: draft.code, from: START - 30 * 1_440 * MINUTE });
  const phase = state.phase.value;
  if (phase.kind !== "done") throw new Error(phase.kind);
  const { count, newest, histograms } = phase.found;
  expect([count, newest.length]).toEqual([600, MOST_SIGNALS]);
  expect(newest.slice(0, 3).map(({ symbol, closeTime }) => [String(symbol), (closeTime - START) / MINUTE])).toEqual([
    ["AUSDT", 299],
    ["BUSDT", 299],
    ["AUSDT", 298],
  ]);
  expect([...histograms.keys()]).toEqual([1]);
  expect(histograms.get(1)?.count).toBe(600);
});

test("progress is shown a few times a second at most", async () => {
  const seen: number[] = [];
  const { state } = stateWith(async function* (clock) {
    for (let minutes = 1; minutes <= 50; minutes += 1) {
      await clock.turn(20);
      yield { progress: { minutes, of: 50 } };
    }
    yield { result };
  });
  state.phase.subscribe((phase) => {
    if (phase.kind === "running") seen.push(phase.progress.minutes);
  });
  await state.run(source);
  expect(seen).toEqual([0, 10, 20, 30, 40, 50]);
});

test("a backtest that is stopped is aborted, and nothing comes of it", async () => {
  const gate = Promise.withResolvers<void>();
  const { state, asked } = stateWith(async function* () {
    yield { progress: { minutes: 1, of: 2 } };
    await gate.promise;
    yield { result };
  });
  const run = state.run(source);
  await Bun.sleep(0);
  state.stop();
  expect(state.phase.value.kind).toBe("stopped");
  expect(asked[0]?.signal.aborted).toBe(true);
  gate.resolve();
  await run;
  expect(state.phase.value.kind).toBe("stopped");
  // There is nothing to stop any more.
  state.stop();
  expect(state.phase.value.kind).toBe("stopped");
});

test("a second run stops the first", async () => {
  const gate = Promise.withResolvers<void>();
  let runs = 0;
  const { state, asked } = stateWith(async function* () {
    runs += 1;
    if (runs === 1) await gate.promise;
    yield { result: { ...result, signals: runs } };
  });
  const first = state.run(source);
  await Bun.sleep(0);
  await state.run(source);
  gate.resolve();
  await first;
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  expect(state.phase.value).toMatchObject({ kind: "done", result: { signals: 2 } });
});

test("says why there is none: the trader, the choice, the server, the connection", async () => {
  const { state, asked } = stateWith(() => {
    throw new ClientError("forbidden", "POST /backtest: this key lacks the scope screen");
  });
  const detail = async (change: Partial<BacktestSource>): Promise<string> => {
    await state.run({ ...source, ...change });
    const phase = state.phase.value;
    return phase.kind === "failed" ? phase.detail : phase.kind;
  };
  expect(await detail({ fault: async () => "The filter is empty." })).toBe("The filter is empty.");
  state.change({ feesPercent: 11 });
  expect(await detail({})).toBe("The fees must be 0 to 10 percent.");
  expect(asked).toEqual([]);
  state.change({ feesPercent: 0 });
  expect(await detail({})).toBe("this key lacks the scope screen");
});

test("a horizon that isn't in the next result is chosen no longer", async () => {
  const { state } = stateWith(() => [{ result }]);
  for (const [chosen, kept] of [
    [4, 4],
    [96, undefined],
  ] as const) {
    state.horizon.value = chosen;
    await state.run(source);
    expect<number | undefined>(state.horizon.value).toBe(kept);
  }
});

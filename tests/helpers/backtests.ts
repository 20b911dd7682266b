import type { PastKlines, UnixMs } from "../../src/core/mod.ts";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { BacktestJobs, Backtests, type BacktestThread } from "../../src/screening/mod.ts";
import { type BacktestAsked, type BacktestEvent, timeframesOf } from "../../src/strategy/mod.ts";
import { TIMES } from "./screens.ts";

/** Threads that are none: each part of a backtest is done at once. */
export async function backtestsHere(past: PastKlines, capacity = 500, threads = 2): Promise<Backtests> {
  return new Backtests({ past, capacity, threads: await threadsHere(threads) });
}

/** So many such threads. */
export async function threadsHere(threads = 2): Promise<BacktestThread[]> {
  return await Promise.all(Array.from({ length: threads }, () => threadHere()));
}

async function threadHere(): Promise<BacktestThread> {
  const runner: Sandbox = await createSandbox(TIMES);
  await runner.ready();
  const jobs = new BacktestJobs({ runner, stopwatch: TIMES.stopwatch });
  return {
    backtest: async (work) => jobs.do(work),
    timeframesOf: async ({ code, ...asked }) => timeframesOf(runner.check(code).study, asked),
  };
}

/** A backtest of everything since a moment, as a request leaves out all else. */
export function askedOf(code: string, from: number, more: Partial<BacktestAsked> = {}): BacktestAsked {
  return {
    ...{ code, market: "binance", from: from as UnixMs, universe: "all", horizons: [1, 4, 16, 96] },
    ...{ cooldownCandles: 0, facts: true, feesPercent: 0, ...more },
  };
}

/** All that comes of a backtest. */
export async function eventsOf(backtests: Backtests, asked: BacktestAsked, caller = "test"): Promise<BacktestEvent[]> {
  const planned = await backtests.plan(asked, { caller });
  const events: BacktestEvent[] = [];
  for await (const event of planned.events()) events.push(event);
  return events;
}

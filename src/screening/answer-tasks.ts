import { InvalidInput } from "../core/mod.ts";
import type { FilterVerdict, SandboxFigures } from "../sandbox/mod.ts";
import {
  explain,
  FilterCodeFault,
  type FilterRunner,
  type FilterWatcher,
  missesSlice,
  previewSlice,
  Screening,
} from "../strategy/mod.ts";
import { BacktestJobs } from "./backtest-jobs.ts";
import type { Done, Outcome, ScreenReply, ScreenTask, Work } from "./messages.ts";
import { ReceivedMarket } from "./received-market.ts";

/** What the thread asks of a sandbox. */
export interface ThreadSandbox extends FilterRunner, FilterWatcher {
  /** Reads a filter and keeps nothing of it. Throws FilterCodeFault when it can't be one. */
  check(code: string): FilterVerdict;
  figures(): SandboxFigures;
}

/** What the thread is made of. */
export interface AnswerTasksParts {
  readonly sandbox: Promise<ThreadSandbox>;
  /** Milliseconds that the thread has worked. */
  readonly stopwatch: () => number;
  readonly post: (reply: ScreenReply) => void;
}

/**
 * The screening thread's side: gives back what takes a task. Tasks are done in the order in which they come, one after the
 * other: each tells what is new since the one before. A filter's time begins when it is about to run, not before: loading QuickJS
 * and taking over the market's update don't count.
 */
export function answerTasks({ sandbox, stopwatch, post }: AnswerTasksParts): (task: ScreenTask) => void {
  const market = new ReceivedMarket();
  const screening = sandbox.then((runner) => new Screening({ view: market, runner, stopwatch }));
  const backtests = sandbox.then((runner) => new BacktestJobs({ runner, stopwatch }));
  let before: Promise<void> = Promise.resolve();
  return (task) => {
    before = before.then(async () => {
      const [ready, runner, jobs] = [await screening, await sandbox, await backtests];
      await runner.ready();
      market.take(task.update);
      market.look(task.symbols, task.tickers);
      const { id } = task;
      const began = stopwatch();
      post({ id, kind: "began" });
      const outcome = outcomeOf(() => doneOf(task.work, ready, runner, jobs));
      // A filter that broke its machine pays for the next one.
      await runner.ready();
      post({ id, kind: "ended", outcome, ms: stopwatch() - began, sandbox: runner.figures() });
    });
  };
}

function doneOf(work: Work, screening: Screening, sandbox: ThreadSandbox, backtests: BacktestJobs): Done {
  switch (work.kind) {
    case "check":
      return { kind: "check", verdict: sandbox.check(work.code) };
    case "screen":
      return { kind: "screen", slice: screening.slice(work.request, work.slice) };
    case "preview":
      return { kind: "preview", slice: previewSlice(screening, work.request, work.slice) };
    case "explain":
      return { kind: "explain", explanation: explain(screening, sandbox, work.request) };
    case "misses":
      return { kind: "misses", slice: missesSlice(screening, sandbox, work.request, work.slice) };
    case "backtest":
      return { kind: "backtest", done: backtests.do(work.work) };
  }
}

function outcomeOf(done: () => Done): Outcome {
  try {
    return { done: done() };
  } catch (cause) {
    if (cause instanceof FilterCodeFault) return { fault: "filter", message: cause.what, place: cause.place };
    const fault = cause instanceof InvalidInput ? "request" : "internal";
    return { fault, message: cause instanceof Error ? cause.message : String(cause) };
  }
}

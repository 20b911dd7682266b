// Generated filters that do much or do it oddly, in both engines: npm run programs -- COUNT [SEED]
// Prints its seed, and ends with an error when one of them was over its bound, or the engines disagreed.

import {
  type Interval,
  parseSymbol,
  seededRandom,
  type Ticker,
  tickerFromKlines,
  type UnixMs,
} from "../../src/core/mod.ts";
import { createSandbox, type Sandbox, SYMBOL_THREAD_MS } from "../../src/sandbox/mod.ts";
import { Calculator, type ClosedKlines, FilterCodeFault, FilterInput, type FilterRun } from "../../src/strategy/mod.ts";
import { viewOfArrays } from "../helpers/arrays-view.ts";
import { minuteKlines, rolledUp } from "../helpers/truth.ts";
import { generateProgram, type Program } from "./generate.ts";

/** The longest that a program may take, in milliseconds of the thread's own time. */
export interface ProgramBounds {
  readonly runMs: number;
  readonly readingMs: number;
}

/**
 * On a quiet machine. A run may take the hard bound, the longest that runs between two looks at the clock, and the steps in which some
 * systems tell a thread's time; reading a filter's code has the same room.
 */
export const QUIET_BOUNDS: ProgramBounds = { runMs: SYMBOL_THREAD_MS + 40, readingMs: 150 };

/** Between two lines of progress, in programs. */
const TELL_EVERY = 500;

/** The most faults that are told. */
const MAX_FAULTS = 20;

/** What a run found. */
export interface ProgramsResult {
  readonly seed: number;
  readonly programs: number;
  /** How often which engine took it, and what came of it. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Programs that the compiled engine took to its end, and QuickJS too: these were compared. */
  readonly compared: number;
  /** The most thread time of a run, and of a reading, in milliseconds, and whose that was. */
  readonly longestRun: { readonly ms: number; readonly name: string };
  readonly longestReading: { readonly ms: number; readonly name: string };
  /** Programs that took more than the bound of 20 ms and were a match all the same, which the grace allows. */
  readonly lateMatches: number;
  /** What must not be, in words. */
  readonly faults: readonly string[];
}

/** Runs so many programs of a seed in both engines, and tells now and then how many it has run. */
export async function runPrograms(
  count: number,
  seed: number,
  bounds: ProgramBounds,
  onProgress: (ran: number, faults: number) => void = () => {},
): Promise<ProgramsResult> {
  const random = seededRandom(seed);
  const options = { stopwatch: () => performance.now(), threadTime };
  const both = await createSandbox(options);
  const machine = await createSandbox({ ...options, only: "quickjs" });
  const input = inputOf();
  const outcomes: Record<string, number> = {};
  const faults: string[] = [];
  let [compared, lateMatches] = [0, 0];
  let longestRun = { ms: 0, name: "" };
  let longestReading = { ms: 0, name: "" };
  const fault = (what: string, { name, code }: Program): void => {
    if (faults.length < MAX_FAULTS)
      faults.push(`${what}: ${name}\n${code.length > 2_000 ? `${code.slice(0, 2_000)}…` : code}`);
  };

  /** A program in one sandbox; undefined if it was refused. */
  const run = async (sandbox: Sandbox, program: Program): Promise<FilterRun | undefined> => {
    await sandbox.ready();
    const readAt = threadTime();
    let filter: ReturnType<Sandbox["prepare"]>;
    try {
      filter = sandbox.prepare(program.code);
    } catch (cause) {
      if (!(cause instanceof FilterCodeFault)) throw cause;
      return undefined;
    } finally {
      const ms = threadTime() - readAt;
      if (ms > longestReading.ms) longestReading = { ms, name: program.name };
      if (ms > bounds.readingMs) fault(`reading took ${ms.toFixed(0)} ms`, program);
    }
    const began = threadTime();
    const found = filter.run(input);
    const ms = threadTime() - began;
    filter.close();
    const { outcome, engine } = found;
    if (ms > longestRun.ms) longestRun = { ms, name: `${engine}, ${outcome.kind}: ${program.name}` };
    if (ms > bounds.runMs) fault(`${engine} took ${ms.toFixed(0)} ms (${outcome.kind})`, program);
    if (outcome.kind !== "stopped" && ms > 20) lateMatches += 1;
    if (outcome.kind === "stopped" && outcome.message.includes("broke")) fault(outcome.message, program);
    return found;
  };

  // Each makes its machine when it first wants one.
  for (const sandbox of [both, machine]) sandbox.prepare("class A {}\nreturn true;").run(input);

  for (let at = 0; at < count; at += 1) {
    if (at % TELL_EVERY === 0 && at > 0) onProgress(at, faults.length);
    const program = generateProgram(random);
    const together = await run(both, program);
    const alone = await run(machine, program);
    const kind = together === undefined ? "refused" : `${together.engine} ${together.outcome.kind}`;
    outcomes[kind] = (outcomes[kind] ?? 0) + 1;
    if (together === undefined || alone === undefined || together.engine !== "compiled") continue;
    if (together.outcome.kind === "stopped" || alone.outcome.kind === "stopped") continue;
    compared += 1;
    const [one, other] = [together.outcome, alone.outcome].map((outcome) => JSON.stringify(outcome));
    if (one !== other) fault(`compiled says ${one}, QuickJS ${other}`, program);
  }
  return { seed, programs: count, outcomes, compared, longestRun, longestReading, lateMatches, faults };
}

/** The present thread's time, in milliseconds. */
function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function inputOf(): FilterInput {
  const start = Date.UTC(2026, 1, 10);
  const symbol = parseSymbol("BTCUSDT");
  const closeTime = (start + 900 * 60_000 - 1) as UnixMs;
  const minutes = minuteKlines(start, 900, 7, () => false);
  const intervals = ["1m", "5m", "1h"] as const;
  const view = viewOfArrays(
    intervals.map((interval) => ({
      symbol,
      interval,
      settled: true,
      klines: rolledUp(interval, minutes, closeTime + 1),
    })),
    [tickerFromKlines(symbol, minutes, closeTime) as Ticker],
  );
  const windows = new Map<Interval, ClosedKlines>();
  for (const interval of intervals)
    windows.set(interval, view.closed(symbol, interval, closeTime, 250) as ClosedKlines);
  return new FilterInput(symbol, closeTime, view.ticker(symbol), windows, new Calculator());
}

if (import.meta.main) {
  const [count, seed] = [process.argv[2] ?? "20000", process.argv[3] ?? randomSeed()].map(Number) as [number, number];
  if (![count, seed].every((number) => Number.isSafeInteger(number) && number >= 0)) {
    console.error("npm run programs -- COUNT [SEED]: both are whole numbers, as in: npm run programs -- 20000 7");
    process.exit(2);
  }
  console.log(`${count} programs, seed ${seed}`);
  const began = performance.now();
  const result = await runPrograms(count, seed, QUIET_BOUNDS, (ran, faults) => {
    const left = ((performance.now() - began) / ran) * (count - ran);
    console.error(`${ran} of ${count}, ${faults} faults; about ${Math.ceil(left / 1_000)} s left`);
  });
  console.log(JSON.stringify(result, null, 2));
  process.exit(result.faults.length === 0 ? 0 : 1);
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number;
}

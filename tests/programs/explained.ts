import { type Interval, type Kline, parseSymbol, seededRandom, type Ticker, type UnixMs } from "../../src/core/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { explain, FilterCodeFault, type MarketView, Screening, type SeenCondition } from "../../src/strategy/mod.ts";
import { viewOfArrays } from "../helpers/arrays-view.ts";
import { TIMES } from "../helpers/screens.ts";
import { minuteKlines, rolledUp } from "../helpers/truth.ts";
import { generateConditions } from "./conditions.ts";
import { generateProgram, type Program } from "./generate.ts";

const START = Date.UTC(2026, 1, 10);
const MINUTES = 900;
const BTC = parseSymbol("BTCUSDT");
const TIMEFRAMES: readonly Interval[] = ["1m", "5m", "1h"];

/** The most faults that are told. */
const MAX_FAULTS = 20;

/** What a run found. */
export interface ExplainedResult {
  /** How often which engine took a filter, and what came of it. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Explanations with conditions, those conditions, and those of both engines that were compared. */
  readonly explained: number;
  readonly conditions: number;
  readonly compared: number;
  /** Filters that took too long only while they were watched. */
  readonly tooLong: number;
  readonly faults: readonly string[];
}

/** Explains so many filters of a seed at random closes, in both engines, and holds each explanation to the engine's own verdict. */
export async function runExplained(count: number, seed: number): Promise<ExplainedResult> {
  const random = seededRandom(seed);
  const { stopwatch } = TIMES;
  const both = await createSandbox(TIMES);
  const machine = await createSandbox({ ...TIMES, only: "quickjs" });
  const minutes = minuteKlines(START, MINUTES, 7, () => false);
  const view = viewOf(minutes);
  const outcomes: Record<string, number> = {};
  const faults: string[] = [];
  let [explained, conditions, compared, tooLong] = [0, 0, 0, 0];
  const fault = (what: string, { name, code }: Program): void => {
    if (faults.length < MAX_FAULTS) faults.push(`${what}: ${name}\n${code.slice(0, 1_500)}`);
  };
  for (let at = 0; at < count; at += 1) {
    const program = at % 2 === 0 ? generateConditions(random) : generateProgram(random);
    // Now and then the first hour hasn't closed, and the symbol is skipped.
    const closeTime = (START + (40 + Math.ceil(random() * (MINUTES - 40))) * 60_000 - 1) as UnixMs;
    const request = { code: program.code, closeTime, timeframes: TIMEFRAMES, interval: "1m" } as const;
    const found: (readonly SeenCondition[] | undefined)[] = [];
    for (const sandbox of [both, machine]) {
      await sandbox.ready();
      const screening = new Screening({ view, runner: sandbox, stopwatch });
      const plain = unlessRefused(() => screening.screen({ ...request, symbols: [BTC] }));
      await sandbox.ready();
      const told = unlessRefused(() => explain(screening, sandbox, { ...request, symbol: BTC, isPast: false }));
      if (plain === undefined || told === undefined) {
        if (plain !== told) fault("it was refused only once", program);
        outcomes.refused = (outcomes.refused ?? 0) + 1;
        continue;
      }
      const [match, error, skip] = [plain.matches[0], plain.errors[0], plain.skipped[0]];
      const engine = plain.handedOver > 0 ? "quickjs" : plain.engine;
      const kind = `${engine} ${skip ? "skipped" : error ? "error" : match ? "match" : "no_match"}`;
      outcomes[kind] = (outcomes[kind] ?? 0) + 1;
      // Time and memory decide where it is stopped.
      if (error?.message.includes(" MB") || [error, told.error].some((one) => one?.message.includes(" ms"))) continue;
      const verdict = skip || error ? null : match !== undefined;
      if (told.match !== verdict) fault(`${engine} says ${kind}, the explanation ${told.match}`, program);
      if (told.engine !== engine) fault(`${engine} ran it, the explanation says ${told.engine}`, program);
      if (JSON.stringify(told.facts) !== JSON.stringify(match?.facts ?? null)) fault("the facts are others", program);
      if (told.error?.message !== error?.message) fault(`${error?.message}, not ${told.error?.message}`, program);
      if (told.missing.some(({ reason }) => reason === skip?.reason) !== (skip !== undefined)) {
        fault(`it lacks ${skip?.reason}, not ${JSON.stringify(told.missing)}`, program);
      }
      if (told.notes.some((note) => note.startsWith("while it is watched"))) tooLong += 1;
      if (told.notes.some((note) => note.startsWith("watching"))) {
        fault(`${engine} does something else when it is watched`, program);
      }
      for (const one of told.conditions) {
        const wrong = contradiction(one);
        if (wrong !== undefined) fault(`${engine}: ${wrong}`, program);
      }
      if (told.conditions.length > 0) explained += 1;
      conditions += told.conditions.length;
      if (told.conditions.length > 0) found.push(told.conditions);
    }
    const [one, other] = found;
    if (one === undefined || other === undefined) continue;
    compared += 1;
    if (JSON.stringify(one) !== JSON.stringify(other)) {
      const differs = one.findIndex((condition, index) => JSON.stringify(condition) !== JSON.stringify(other[index]));
      fault(`compiled saw ${JSON.stringify(one[differs])}, QuickJS ${JSON.stringify(other[differs])}`, program);
    }
  }
  return { outcomes, explained, conditions, compared, tooLong, faults };
}

/** What a comparison of two numbers says against its own values; undefined if nothing. */
function contradiction({ text, verdict, values, times, distance }: SeenCondition): string | undefined {
  if ((verdict === null) !== (times === 0)) return `${text} was evaluated ${times} times, and is ${verdict}`;
  const [operator, more] = [...text.matchAll(/<=|>=|===|!==|<|>/g)].map(([sign]) => sign);
  if (distance === undefined || operator === undefined || more !== undefined || /=>/.test(text)) return undefined;
  const holds = { "<": distance < 0, "<=": distance <= 0, ">": distance > 0, ">=": distance >= 0 } as const;
  const expected =
    operator === "===" ? distance === 0 : operator === "!==" ? distance !== 0 : holds[operator as keyof typeof holds];
  // A difference of large numbers may be too small for a double.
  if (expected === verdict || distance === 0) return undefined;
  return `${text} is ${verdict} at a distance of ${distance} (${JSON.stringify(values)})`;
}

/** What a filter came to; undefined if its code was refused. */
function unlessRefused<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof FilterCodeFault) return undefined;
    throw cause;
  }
}

function viewOf(minutes: readonly Kline[]): MarketView {
  const end = START + MINUTES * 60_000;
  // Open longer candles of an earlier close are left out by the view itself.
  return viewOfArrays(
    TIMEFRAMES.map((interval) => ({
      symbol: BTC,
      interval,
      settled: true,
      klines: rolledUp(interval, minutes, end),
    })),
    [tickerOf(minutes)],
  );
}

function tickerOf(minutes: readonly Kline[]): Ticker {
  const last = minutes.at(-1) as Kline;
  return {
    ...{ symbol: BTC, price: last.close, open: 100, high: 120, low: 80, volume: 5, quoteVolume: 500 },
    ...{ priceChange: last.close - 100, priceChangePercent: 1.5, updatedAt: last.closeTime, windowMs: 86_400_000 },
  };
}

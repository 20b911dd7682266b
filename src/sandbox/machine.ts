import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, VmCallResult } from "quickjs-emscripten-core";
import { type Interval, KLINE_COLUMNS } from "../core/mod.ts";
import {
  type CodePlace,
  type Facts,
  type FilterInput,
  FilterMistake,
  type FilterOutcome,
  HELPERS,
  INDICATORS,
  KlinesWanted,
  MAX_FACTS_LENGTH,
} from "../strategy/mod.ts";
import { BOARD, Board, LOOK_AHEAD, RESULT } from "./board.ts";
import { HostDoor } from "./host-door.ts";
import { type Instrumented, LOOK_NAME } from "./instrument.ts";
import { Plan } from "./plan.ts";
import { type PreludeFacts, prelude } from "./prelude.ts";
import type { QuickJs } from "./quickjs.ts";
import { COLUMNS, SHORT } from "./short-questions.ts";

/** The memory of a machine, its own needs of about 1 MB among it. */
export const MACHINE_MEMORY_BYTES: number = 8 * 1024 * 1024;

/** The stack of a machine: some hundred calls deep. */
export const MACHINE_STACK_BYTES: number = 64 * 1024;

/** How long a filter may take for one symbol. */
export const SYMBOL_MS = 20;

/**
 * The most that the time between two looks at the clock counts for. They are far less apart while a filter works, so a longer
 * pause is most likely the computer's, which was busy elsewhere, and must not make a filter fail that does little.
 */
export const MOST_BETWEEN_LOOKS_MS = 5;

/** The name of a filter's code in stacks, and of what stands before it on its first line. */
const FILTER_NAME = "filter";
const OPENING = `(function (symbol, closeTime, ticker, timeframes, ${LOOK_NAME}) { return (function () { 'use strict';\n`;
const CLOSING = "\n})(); })";
const OPENING_LINES = 1;
const FILTER_PLACE: RegExp = new RegExp(`\\b${FILTER_NAME}:(\\d{1,6}):(\\d{1,6})\\)?$`, "gm");

/** One QuickJS machine with one filter in it. All symbols of a screen run in it one by one; none leaves a trace. */
export class Machine {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #timeframes: readonly Interval[];
  readonly #door: HostDoor;
  readonly #board: Board;
  readonly #plan: Plan;
  readonly #noTicker: QuickJSHandle;
  readonly #stopwatch: () => number;
  readonly #run: QuickJSHandle;
  readonly #filter: QuickJSHandle | FilterOutcome;
  readonly #original: (place: CodePlace) => CodePlace;
  #spentMs = 0;
  #lastLook = 0;
  #stopped = false;
  /** What the door threw last in the present run. */
  #thrown: KlinesWanted | FilterMistake | undefined;

  constructor(
    { module, memory }: QuickJs,
    filter: Instrumented,
    timeframes: readonly Interval[],
    stopwatch: () => number,
  ) {
    this.#stopwatch = stopwatch;
    this.#original = filter.original;
    this.#timeframes = timeframes;
    this.#door = new HostDoor(timeframes);
    this.#runtime = module.newRuntime();
    this.#runtime.setMaxStackSize(MACHINE_STACK_BYTES);
    this.#context = this.#runtime.newContext();
    try {
      this.#board = new Board(this.#context, memory);
      this.#plan = new Plan(this.#board.cells, this.#door);
      this.#noTicker = this.#context.newString("");
      this.#run = this.#prepare();
    } catch (cause) {
      this.#context.dispose();
      this.#runtime.dispose();
      throw cause;
    }
    this.#runtime.setInterruptHandler(() => this.#isOver());
    this.#runtime.setMemoryLimit(MACHINE_MEMORY_BYTES);
    this.#limit();
    const read = this.#context.evalCode(OPENING + filter.code + CLOSING, FILTER_NAME);
    this.#filter = read.error === undefined ? read.value : this.#failure(read.error);
  }

  /** Whether it was stopped at a bound; what is in it then may be half done, so it is to be closed. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Whether the input has the timeframes that the machine was made for. */
  fits({ windows }: FilterInput): boolean {
    return windows.size === this.#timeframes.length && this.#timeframes.every((interval) => windows.has(interval));
  }

  run(input: FilterInput): FilterOutcome {
    const context = this.#context;
    if ("kind" in this.#filter) return this.#filter;
    this.#door.open(input);
    this.#thrown = undefined;
    const { cells } = this.#board;
    for (let at = 0; at < this.#timeframes.length; at += 1) cells[BOARD.lengths + at] = this.#door.lengthOf(at);
    cells[BOARD.closeTime] = input.closeTime;
    cells[BOARD.result] = RESULT.noMatch;
    this.#plan.prepare();
    const symbol = context.newString(input.symbol);
    const ticker = input.ticker === undefined ? this.#noTicker : context.newString(JSON.stringify(input.ticker));
    try {
      this.#limit();
      const result = context.callFunction(this.#run, context.undefined, this.#filter, symbol, ticker);
      if (result.error !== undefined) return this.#failure(result.error);
      const outcome = this.#skip() ?? this.#outcome(cells[BOARD.result] as number, result.value);
      result.value.dispose();
      return outcome;
    } finally {
      symbol.dispose();
      if (ticker !== this.#noTicker) ticker.dispose();
    }
  }

  close(): void {
    if (!("kind" in this.#filter)) this.#filter.dispose();
    for (const handle of [this.#run, this.#noTicker, this.#board.handle]) handle.dispose();
    this.#context.dispose();
    this.#runtime.dispose();
  }

  #limit(): void {
    this.#spentMs = 0;
    this.#lastLook = this.#stopwatch();
  }

  /** Looks at the clock. */
  #isOver(): boolean {
    const now = this.#stopwatch();
    this.#spentMs += Math.min(now - this.#lastLook, MOST_BETWEEN_LOOKS_MS);
    this.#lastLook = now;
    return this.#spentMs >= SYMBOL_MS;
  }

  /** Runs the prelude, and gives back its `run`. */
  #prepare(): QuickJSHandle {
    const context = this.#context;
    const { cells, handle: board } = this.#board;
    const host = context.newFunction("host", (...handles) => {
      const [operation, ...values] = handles.map((handle) => this.#read(handle));
      return this.#answered(() => this.#made(this.#door.ask(operation as string, values)));
    });
    const short = context.newFunction("short", () =>
      this.#answered(() => {
        const question = cells[BOARD.question] as number;
        cells[BOARD.answer] = question === SHORT.look ? Number(this.#isOver()) : this.#answer(question);
        return context.undefined;
      }),
    );
    const facts: PreludeFacts = {
      columns: KLINE_COLUMNS,
      indicators: INDICATORS.map(({ name, outputs }) => ({ name, outputs })),
      helpers: HELPERS.map(({ name, reads }) => ({ name, reads })),
      timeframes: this.#timeframes,
      board: BOARD,
      result: RESULT,
      lookAhead: LOOK_AHEAD,
      short: SHORT,
      numbers: COLUMNS,
    };
    const told = context.newString(JSON.stringify(facts));
    const start = context.unwrapResult(context.evalCode(`(${prelude.toString()})`, "vyx"));
    const ready = context.unwrapResult(context.callFunction(start, context.undefined, host, short, board, told));
    const run = context.getProp(ready, "run");
    for (const handle of [host, short, told, start, ready]) handle.dispose();
    return run;
  }

  #answer(question: number): number {
    const answer = this.#plan.answer(question);
    if (answer === undefined) throw new FilterMistake("there is no such question");
    return answer;
  }

  /** What the host answers, or what it threw as the machine is to throw it. */
  #answered(answer: () => QuickJSHandle): QuickJSHandle | VmCallResult<QuickJSHandle> {
    try {
      return answer();
    } catch (cause) {
      if (!(cause instanceof KlinesWanted) && !(cause instanceof FilterMistake)) throw cause;
      this.#thrown ??= cause;
      return { error: this.#context.newError({ name: "Error", message: cause.message }) };
    }
  }

  #read(handle: QuickJSHandle): string | number | Float64Array | undefined {
    const context = this.#context;
    const type = context.typeof(handle);
    if (type === "string") return context.getString(handle);
    if (type === "number") return context.getNumber(handle);
    if (type !== "object") return undefined;
    const bytes = context.getArrayBuffer(handle);
    const copy = bytes.value.slice();
    bytes.dispose();
    return new Float64Array(copy.buffer);
  }

  #made(answer: string | number | Float64Array | undefined): QuickJSHandle {
    const context = this.#context;
    if (typeof answer === "number") return context.newNumber(answer);
    if (typeof answer === "string") return context.newString(answer);
    if (answer === undefined) return context.undefined;
    return context.newArrayBuffer(answer.slice().buffer);
  }

  #outcome(result: number, text: QuickJSHandle): FilterOutcome {
    if (result === RESULT.match) return MATCH;
    if (result !== RESULT.facts) return NO_MATCH;
    const context = this.#context;
    return factsOutcome(context.typeof(text) === "string" ? context.getString(text) : undefined);
  }

  /** Once an indicator wanted more klines than there are, the symbol is skipped, whatever the filter made of it. */
  #skip(): FilterOutcome | undefined {
    const thrown = this.#thrown;
    if (!(thrown instanceof KlinesWanted)) return undefined;
    return { kind: "skipped", reason: thrown.message, interval: thrown.interval, wanted: thrown.wanted };
  }

  /** The first place in the filter's own code that a stack names. A filter can make one up; it is a number all the same. */
  #place(stack: string): CodePlace | undefined {
    for (const [, line, column] of stack.matchAll(FILTER_PLACE)) {
      if (Number(line) <= OPENING_LINES) continue;
      return this.#original({ line: Number(line) - OPENING_LINES, column: Number(column) });
    }
    return undefined;
  }

  #failure(error: QuickJSHandle): FilterOutcome {
    const context = this.#context;
    const text = (name: string): string => {
      if (context.typeof(error) !== "object" || context.eq(error, context.null)) return "";
      const handle = context.getProp(error, name);
      const found = context.typeof(handle) === "string" ? context.getString(handle) : "";
      handle.dispose();
      return found.slice(0, MAX_FACTS_LENGTH);
    };
    const [name, message, place] = [text("name"), text("message"), this.#place(text("stack"))];
    const isNull = context.eq(error, context.null);
    const shown = context.typeof(error) === "object" && !isNull ? "" : String(context.dump(error)).slice(0, 200);
    error.dispose();
    const skip = this.#skip();
    if (skip !== undefined) return skip;
    if (this.#spentMs >= SYMBOL_MS) {
      this.#stopped = true;
      return { kind: "stopped", message: `${whereIs(place)}it took longer than ${SYMBOL_MS} ms` };
    }
    // Without memory for an error, the machine throws null.
    if ((name === "InternalError" && message === "out of memory") || shown === "null") {
      this.#stopped = true;
      return { kind: "stopped", message: `${whereIs(place)}it wanted more than ${MACHINE_MEMORY_BYTES / 2 ** 20} MB` };
    }
    const what = shown === "" ? `${name === "Error" || name === "" ? "" : `${name}: `}${message}` : `threw ${shown}`;
    return { kind: "error", message: `${whereIs(place)}${what}`, place };
  }
}

const MATCH: FilterOutcome = { kind: "match", facts: undefined };
const NO_MATCH: FilterOutcome = { kind: "no_match" };

/** A match with the text that its facts are. */
function factsOutcome(text: string | undefined): FilterOutcome {
  if (text === undefined || !text.startsWith("{")) {
    return { kind: "error", message: "facts are not an object: expected one such as {rsi: 28.4}", place: undefined };
  }
  if (text.length > MAX_FACTS_LENGTH) {
    const message = `facts are ${text.length} characters as JSON: expected ${MAX_FACTS_LENGTH} at most`;
    return { kind: "error", message, place: undefined };
  }
  return { kind: "match", facts: JSON.parse(text) as Facts };
}

function whereIs(place: CodePlace | undefined): string {
  return place === undefined ? "" : `line ${place.line}, column ${place.column}: `;
}

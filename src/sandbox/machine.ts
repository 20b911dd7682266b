import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, VmCallResult } from "quickjs-emscripten-core";
import { assert, type Interval, KLINE_COLUMNS } from "../core/mod.ts";
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
import { GUARDS } from "./guards.ts";
import { HostDoor } from "./host-door.ts";
import type { InstrumentedText } from "./insertions.ts";
import { Plan } from "./plan.ts";
import { PRELUDE, type PreludeFacts } from "./prelude/prelude.ts";
import type { QuickJs } from "./quickjs.ts";
import { COLUMNS, SHORT } from "./short-questions.ts";
import { Snapshot } from "./snapshot.ts";
import { SYMBOL_MS, type SymbolClock } from "./symbol-clock.ts";
import { BACK_REFERENCE, MAX_PATTERN_LENGTH, MAX_TEXT_LENGTH } from "./texts.ts";
import { MAX_VALUE_TEXT, type Sightings } from "./trace/sightings.ts";

/** The memory of a machine, its own needs of about 1 MB among it. */
export const MACHINE_MEMORY_BYTES: number = 8 * 1024 * 1024;

/** The stack of a machine: some hundred calls deep. */
export const MACHINE_STACK_BYTES: number = 64 * 1024;

/** The name of a filter's code in stacks, and of what stands before it on its first line. */
const FILTER_NAME = "filter";
const GIVEN: string = [GUARDS.look, GUARDS.spread, GUARDS.key, GUARDS.tooLong, GUARDS.saw].join(", ");
const OPENING: string =
  `(function (symbol, closeTime, ticker, timeframes, ${GIVEN}) { ` +
  `let ${GUARDS.text}; return (function () { 'use strict';\n`;
const CLOSING = "\n})(); })";
const OPENING_LINES = 1;
const FILTER_PLACE: RegExp = new RegExp(`\\b${FILTER_NAME}:(\\d{1,6}):(\\d{1,6})\\)?$`, "gm");

/** What a machine has while a filter is in it. */
interface Loaded {
  /** Whose filter that is. */
  readonly holder: object;
  readonly timeframes: readonly Interval[];
  readonly observes: boolean;
  readonly door: HostDoor;
  readonly plan: Plan;
  readonly instrumented: InstrumentedText;
}

/**
 * The QuickJS machine of a WebAssembly instance, in which one filter is at a time. All symbols of a screen run in it one by
 * one; none leaves a trace. For the next filter the instance's memory is put back to what it was before the first.
 */
export class Machine {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #board: Board;
  readonly #clock: SymbolClock;
  readonly #noTicker: QuickJSHandle;
  readonly #begin: QuickJSHandle;
  readonly #run: QuickJSHandle;
  readonly #seen: QuickJSHandle;
  readonly #fresh: Snapshot;
  #loaded: Loaded | undefined;
  #filter: QuickJSHandle | FilterOutcome | undefined;
  /** Whether a filter is being put in, which is no work of its own: an interrupt would break the machine. */
  #isLoading = false;
  /** Whether the filter made a text that is too long. */
  #madeLongText = false;
  /** What the door threw last in the present run. */
  #thrown: KlinesWanted | FilterMistake | undefined;

  constructor({ module, memory }: QuickJs, clock: SymbolClock) {
    this.#clock = clock;
    this.#runtime = module.newRuntime();
    this.#runtime.setMaxStackSize(MACHINE_STACK_BYTES);
    this.#context = this.#runtime.newContext();
    this.#board = new Board(this.#context, memory);
    this.#noTicker = this.#context.newString("");
    [this.#begin, this.#run, this.#seen] = this.#prepare();
    this.#runtime.setInterruptHandler(() => !this.#isLoading && this.#clock.isOver());
    this.#runtime.setMemoryLimit(MACHINE_MEMORY_BYTES);
    this.#fresh = new Snapshot(memory);
  }

  /** Whether this holder's filter is in it, for such an input. */
  isReady(holder: object, { windows }: FilterInput): boolean {
    const loaded = this.#loaded;
    if (loaded?.holder !== holder || windows.size !== loaded.timeframes.length) return false;
    return loaded.timeframes.every((interval) => windows.has(interval));
  }

  /** Puts a filter in. `observes`: whether each run tells its input how far back its indicators look. */
  load(holder: object, instrumented: InstrumentedText, timeframes: readonly Interval[], observes: boolean): void {
    const context = this.#context;
    this.#fresh.restore();
    const door = new HostDoor(timeframes, observes);
    this.#thrown = undefined;
    const loaded = { holder, timeframes, observes, door, plan: new Plan(this.#board.cells, door), instrumented };
    this.#loaded = loaded;
    // No handle that was made after the snapshot is given back: what it named is gone, and others have its place.
    const told = context.newString(JSON.stringify(timeframes));
    this.#isLoading = true;
    try {
      context.unwrapResult(context.callFunction(this.#begin, context.undefined, told));
    } finally {
      this.#isLoading = false;
    }
    this.#madeLongText = false;
    this.#clock.begin();
    const read = context.evalCode(OPENING + instrumented.code + CLOSING, FILTER_NAME);
    this.#filter = read.error === undefined ? read.value : this.#failure(read.error);
    // One that can't even be read says so for each symbol.
    this.#loaded = loaded;
  }

  /** Takes the filter out, if it is this holder's. */
  unload(holder: object): void {
    if (this.#loaded?.holder === holder) this.#loaded = undefined;
  }

  /** Runs the filter that is in it. One that is stopped at a bound may be half done, and is taken out. */
  run(input: FilterInput): FilterOutcome {
    const { timeframes, door, plan, observes } = this.#at();
    const context = this.#context;
    const filter = this.#filter;
    if (filter === undefined || "kind" in filter) return filter ?? NO_MATCH;
    this.#clock.begin();
    door.open(input);
    this.#thrown = undefined;
    const { cells } = this.#board;
    for (let at = 0; at < timeframes.length; at += 1) cells[BOARD.lengths + at] = door.lengthOf(at);
    cells[BOARD.closeTime] = input.closeTime;
    cells[BOARD.result] = RESULT.noMatch;
    // What was asked at another symbol says nothing of how far this one's indicators look back.
    if (!observes) plan.prepare();
    const symbol = context.newString(input.symbol);
    const ticker = input.ticker === undefined ? this.#noTicker : context.newString(JSON.stringify(input.ticker));
    try {
      const result = context.callFunction(this.#run, context.undefined, filter, symbol, ticker);
      if (result.error !== undefined) return this.#failure(result.error);
      // A filter's own finally may end it well after it was stopped, and so may what it did last: it ran too long all the same.
      const outcome = this.#stopped() ?? this.#skip() ?? this.#outcome(cells[BOARD.result] as number, result.value);
      result.value.dispose();
      return outcome;
    } finally {
      symbol.dispose();
      if (ticker !== this.#noTicker) ticker.dispose();
    }
  }

  /** Hands over what the last run noted of the values that are watched; nothing where the filter was stopped. */
  tell(sightings: Sightings): void {
    if (this.#loaded === undefined) return;
    const context = this.#context;
    this.#isLoading = true;
    const told = context.callFunction(this.#seen, context.undefined);
    this.#isLoading = false;
    // Without memory for the text there are none to tell.
    if (told.error === undefined) sightings.take(JSON.parse(context.getString(told.value)));
    (told.error ?? told.value).dispose();
  }

  #at(): Loaded {
    assert(this.#loaded !== undefined, "only a machine with a filter in it runs or asks");
    return this.#loaded;
  }

  /** Runs the prelude, and gives back its `begin`, its `run` and its `seen`. */
  #prepare(): [QuickJSHandle, QuickJSHandle, QuickJSHandle] {
    const context = this.#context;
    const { cells, handle: board } = this.#board;
    const host = context.newFunction("host", (...handles) => {
      const [operation, ...values] = handles.map((handle) => this.#read(handle));
      const answered = this.#answered(() => this.#made(this.#at().door.ask(operation as string, values)));
      return this.#clock.isOver() ? this.#refused() : answered;
    });
    const short = context.newFunction("short", () =>
      this.#answered(() => {
        const question = cells[BOARD.question] as number;
        if (question === SHORT.look) cells[BOARD.answer] = Number(this.#clock.isOver());
        else if (question === SHORT.tooLong) this.#madeLongText = true;
        else cells[BOARD.answer] = this.#answer(question);
        return context.undefined;
      }),
    );
    const facts: PreludeFacts = {
      columns: KLINE_COLUMNS,
      indicators: INDICATORS.map(({ name, outputs }) => ({ name, outputs })),
      helpers: HELPERS.map(({ name, reads }) => ({ name, reads })),
      board: BOARD,
      result: RESULT,
      lookAhead: LOOK_AHEAD,
      short: SHORT,
      numbers: COLUMNS,
      bounds: { text: MAX_TEXT_LENGTH, pattern: MAX_PATTERN_LENGTH, backReference: BACK_REFERENCE.source },
      maxValueText: MAX_VALUE_TEXT,
    };
    const told = context.newString(JSON.stringify(facts));
    const start = context.unwrapResult(context.evalCode(PRELUDE, "vyx"));
    const ready = context.unwrapResult(context.callFunction(start, context.undefined, host, short, board, told));
    const [begin, run] = [context.getProp(ready, "begin"), context.getProp(ready, "run")];
    const seen = context.getProp(ready, "seen");
    for (const handle of [host, short, told, start, ready]) handle.dispose();
    return [begin, run, seen];
  }

  #answer(question: number): number {
    const answer = this.#at().plan.answer(question);
    if (answer === undefined) throw new FilterMistake("there is no such question");
    // Computing takes long compared with a look at the clock; what a column has somewhere doesn't.
    if (question >= SHORT.compute && this.#clock.isOver()) throw new FilterMistake("its time is over");
    return answer;
  }

  /** For a filter whose time is over: a catch of its own looks at the clock. */
  #refused(): VmCallResult<QuickJSHandle> {
    return { error: this.#context.newError({ name: "Error", message: "its time is over" }) };
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
    this.#loaded?.door.want(thrown);
    return { kind: "skipped", reason: thrown.message, interval: thrown.interval, wanted: thrown.wanted };
  }

  /** The first place in the filter's own code that a stack names. A filter can make one up; it is a number all the same. */
  #place(stack: string): CodePlace | undefined {
    for (const [, line, column] of stack.matchAll(FILTER_PLACE)) {
      if (Number(line) <= OPENING_LINES) continue;
      return this.#at().instrumented.original({ line: Number(line) - OPENING_LINES, column: Number(column) });
    }
    return undefined;
  }

  /** What the run came to if it was over a bound. It may be half done, and is taken out. */
  #stopped(place?: CodePlace): FilterOutcome | undefined {
    const isOver = this.#clock.isOver();
    if (!isOver && !this.#madeLongText) return undefined;
    this.#loaded = undefined;
    const what = isOver ? TOOK_TOO_LONG : `it made a text of more than ${MAX_TEXT_LENGTH} characters`;
    return { kind: "stopped", message: `${whereIs(place)}${what}` };
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
    const early = this.#skip() ?? this.#stopped(place);
    if (early !== undefined) return early;
    // Without memory for an error, the machine throws null.
    if ((name === "InternalError" && message === "out of memory") || shown === "null") {
      this.#loaded = undefined;
      return { kind: "stopped", message: `${whereIs(place)}it wanted more than ${MACHINE_MEMORY_BYTES / 2 ** 20} MB` };
    }
    const what = shown === "" ? `${name === "Error" || name === "" ? "" : `${name}: `}${message}` : `threw ${shown}`;
    return { kind: "error", message: `${whereIs(place)}${what}`, place };
  }
}

/** Said of a filter whose time is over, by either engine. */
export const TOOK_TOO_LONG: string = `it took longer than ${SYMBOL_MS} ms`;

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
